.DEFAULT_GOAL := help
.PHONY: help run test check fix serve lock licences advisories bench kill drill clean fuzz

help: ## 这份说明
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## 打开沙盘：不用任何账号，在浏览器里试
	@.ci/install
	@.venv/bin/zhiban demo

test: ## 装好测试要用的一切，跑全部检查和测试
	@.ci/install dev
	@.ci/browser
	@$(MAKE) --no-print-directory check
	@echo "▸ 准备匹配模型（第一次约半分钟）" >&2
	@.venv/bin/zhiban ask 你好 > /dev/null
	@echo "▸ 跑测试（SQLite 和 PostgreSQL 都跑）" >&2
	@.venv/bin/python -m pytest -n 2 --dist loadgroup -q

check: ## 代码风格、类型、内容
	@.ci/install dev
	@echo "▸ 代码风格" >&2; .venv/bin/ruff check -q . && .venv/bin/ruff format -q --check .
	@echo "▸ 类型" >&2; .venv/bin/mypy
	@echo "▸ 主题与知识" >&2; .venv/bin/zhiban check

fix: ## 自动整理代码风格
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format -q .

serve: ## 启动正式服务（先写好 zhiban.yaml 和 roster.yaml）
	@.ci/install
	@.venv/bin/zhiban serve

bench: ## 速度与同类对比（打印比例，不计入测试）
	@.ci/install dev
	@.venv/bin/python -m tests.bench speed
	@.venv/bin/python -m tests.bench peers

kill: ## 反复杀进程，看有没有丢、有没有重（约半小时，不计入测试）
	@.ci/install dev
	@.venv/bin/python -m tests.kill --database sqlite --messages 500 --kills 100
	@.venv/bin/python -m tests.kill --database postgres --messages 500 --kills 100
	@.venv/bin/python -m tests.kill --database postgres --messages 300 --kills 30 --replicas 2

drill: ## 一万次故障的值班演练（SQLite，十几分钟，不计入测试；SEED=种子）
	@.ci/install dev
	@.venv/bin/zhiban drill --faults 10000 --seed $(or $(SEED),1) --json

fuzz: ## 用模糊测试去撞各个解码器，约一百万次（几分钟，不计入测试；RUNS=每个目标的次数）
	@.ci/install dev
	@.venv/bin/python -m tests.hostile.fuzz --runs $(or $(RUNS),100000)

lock: ## 重新锁定依赖
	@.ci/install dev
	@.ci/lock

licences: ## 重写 docs/licences.md：依赖的许可证
	@.ci/install dev
	@.venv/bin/python .ci/licences

advisories: ## 查依赖有没有已知漏洞（要能连上公告服务；连不上会说没查成）
	@.ci/install dev
	@.ci/advisories

clean: ## 删除环境和缓存
	rm -rf .venv data/cache .pytest_cache .mypy_cache .ruff_cache
