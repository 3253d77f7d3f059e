"""The command line, thin: parses words, calls the rest, chooses exit codes (0 fine, 1 something is wrong, 2 usage)."""

import json
import sys
import webbrowser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from app import main
from app.documents import Fault, Invalid
from app.progress import Bar
from app.settings import Settings
from app.store.backup import Unusable
from app.store.embedders import wanted_embedder
from app.store.trouble import kind_of, reason_for

app = typer.Typer(
    help="值班：企业微信、钉钉群里的 IT 支持台。先试 `zhiban demo`。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
_screen = Console(stderr=True)
_SettingsFile = Annotated[Path | None, typer.Option("--settings", help="设置文件，默认 ./zhiban.yaml")]


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")


@contextmanager
def _faults() -> Iterator[None]:
    """Show what is wrong, in people's files as `file:line: reason`, exit 1."""
    try:
        yield
    except Invalid as error:
        _wrong(map(str, error.faults))
    except Unusable as error:
        _wrong([str(error)])
    except SQLAlchemyError as error:
        _wrong([f"database_url：{reason_for(kind_of(error))}"])


def _wrong(reasons: Iterable[str]) -> NoReturn:
    for reason in reasons:
        _screen.print(reason, style="red", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1) from None


def _settings(file: Path | None) -> Settings:
    with _faults():
        return main.read_settings(file)


@app.command()
def serve(settings: _SettingsFile = None) -> None:
    """启动正式服务：对外只有 webhook 和健康检查，对内是控制台和指标。"""
    from app import logs
    from app.process import harden
    from app.settings import secrets_of

    logs.configure()
    harden()
    with _faults():
        loaded = _settings(settings)
        logs.hide(secrets_of(loaded))
        if not loaded.channels:
            raise Invalid(
                [
                    Fault(
                        "zhiban.yaml",
                        1,
                        "channels 里一个渠道也没有：先照 README 接企业微信或钉钉，或运行 zhiban demo",
                    )
                ]
            )
        house = main.build(loaded, progress=Bar(_screen))
    listen = loaded.listen
    _screen.print(f"对外 http://{listen.host}:{listen.port}  对内 http://{listen.internal_host}:{listen.internal_port}")
    main.serve(house)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="页面端口")] = 8081,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="有浏览器就打开")] = True,
) -> None:
    """体验沙盘：一个命令，不用任何账号，在浏览器里扮演员工和工程师。"""
    import tempfile

    from app.logs import configure

    configure("ERROR")
    with _faults(), tempfile.TemporaryDirectory(prefix="zhiban-demo-") as place:
        loaded = main.demo_settings(_settings(None), Path(place), port)
        house = main.build_demo(loaded, progress=Bar(_screen))
        address = f"http://127.0.0.1:{port}/sandbox"
        _screen.print(f"沙盘已就绪：{address}\n按 Ctrl+C 结束。", highlight=False)
        if open_browser:
            _open_when_there_is_one(address)
        main.serve(house)


def _open_when_there_is_one(address: str) -> None:
    import os

    if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        try:
            webbrowser.get().open(address)
        except webbrowser.Error:
            return


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="员工会怎么说")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="说明为什么这样判断")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='标准输入每行一个 {"text"}，标准输出每行一个结果')] = False,
    phrases: Annotated[Path | None, typer.Option(help="用这份带标签的说法代替 intents/")] = None,
    settings: _SettingsFile = None,
) -> None:
    """问一句，看值班台怎么答。"""
    from app.lab import ask as lab

    with _faults():
        loaded = _settings(settings)
        answerer = lab.make_answerer(
            main.library_of(loaded, Bar(_screen)) if phrases is None else None,
            phrases,
            main.cache_of(loaded),
            Bar(_screen),
            wanted_embedder(loaded.semantic),
        )
    if jsonl:
        with _faults():
            for line in lab.answer_lines(answerer, sys.stdin):
                _out(line)
    elif text is None:
        raise typer.BadParameter("请写一句话，或用 --jsonl")
    else:
        _out(answerer.explain(text) if explain else answerer.reply(text))


@app.command()
def replay(file: Path, settings: _SettingsFile = None) -> None:
    """把多轮对话文件放进正式的流程里跑一遍（模拟时钟），每轮输出一行 JSON。"""
    from app.lab import replay as lab

    with _faults():
        library = main.library_of(_settings(settings), Bar(_screen))
        for line in lab.replay_file(library, file):
            _out(json.dumps(line, ensure_ascii=False))


@app.command("eval")
def evaluate(
    file: Path,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    html: Annotated[Path | None, typer.Option(help="另存为带图的网页")] = None,
    compare: Annotated[Path | None, typer.Option(help="与以前的 --json 结果对比")] = None,
    settings: _SettingsFile = None,
) -> None:
    """在标注好的消息或对话上打分。"""
    from app.lab import evaluate as lab

    with _faults():
        report = lab.evaluate_file(main.library_of(_settings(settings), Bar(_screen)), file)
        if compare:
            _screen.print(lab.compare(report, compare), highlight=False, markup=False)
    _out(json.dumps(report.as_json(), ensure_ascii=False, indent=1) if as_json else report.as_text())
    if html:
        html.write_text(report.as_html(), encoding="utf-8")


@app.command()
def intents(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False, settings: _SettingsFile = None
) -> None:
    """列出所有主题。"""
    from app.lab import intents as lab

    with _faults():
        content = main.content_of(_settings(settings))
    rows = lab.list_intents(content)
    if as_json:
        _out(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            _out(f"{row['id']:28}{row['title']}（{row['examples']} 条说法，{row['source']}）")


@app.command()
def check(
    security: Annotated[bool, typer.Option("--security", help="只看安全：密钥、权限、地址、端口有哪里薄弱")] = False,
    settings: _SettingsFile = None,
) -> None:
    """检查设置、名册、主题和知识；有错退出码 1，每条写明 文件:行: 原因。"""
    from app.lab import check as lab

    if security:
        _check_security(settings)
        return
    with _faults():
        loaded = _settings(settings)
        found = lab.check(loaded, main.folder(loaded.intents_dir), main.folder(loaded.knowledge_dir), Bar(_screen))
    for warning in found.warnings:
        _screen.print(f"提醒 {warning}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    for fault in found.faults:
        _screen.print(str(fault), style="red", highlight=False, markup=False, soft_wrap=True)
    if found.faults:
        raise typer.Exit(1)
    _out(f"检查通过：{found.summary}")


def _check_security(file: Path | None) -> None:
    import os

    from app.lab.security import find_weaknesses
    from app.lab.weakness import Setup

    loaded, path = _settings(file), main.settings_file(file)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    in_container = any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
    setup = Setup(loaded, path if path.exists() else None, dict(os.environ), is_root, in_container)
    found = find_weaknesses(setup)
    for one in found:
        _screen.print(str(one), style="red" if one.serious else "yellow", highlight=False, markup=False, soft_wrap=True)
    serious = sum(one.serious for one in found)
    told = f"{serious} 处严重，{len(found) - serious} 处提醒。来由见 docs/security.md"
    _out(told if found else "没有发现薄弱处。")
    if serious:
        raise typer.Exit(1)


@app.command("register-cards")
def register_cards(address: str, settings: _SettingsFile = None) -> None:
    """告诉钉钉：卡片按钮的回调发到这里。ADDRESS 是平台够得到的地址，如 https://desk.example.com。"""
    from app.channels.base import SendFailed

    chosen = _settings(settings)
    try:
        names = main.register_cards(chosen, address)
    except SendFailed as error:
        _wrong([f"没登记上（{error.code}）：{error.reason}"])
    if not names:
        _wrong(["channels 里没有写了 cards 的钉钉机器人"])
    _out(f"登记好了：{'、'.join(names)}")


@app.command()
def roster(
    settings: _SettingsFile = None,
    days: Annotated[int, typer.Option(min=1, max=92, help="往后看几天")] = 7,
    ledger: Annotated[str, typer.Option(metavar="年-月", help="这个月各人值班的时长，按工作日、周末、法定节假日")] = "",
    csv: Annotated[bool, typer.Option("--csv", help="时长写成 CSV")] = False,
    feeds: Annotated[bool, typer.Option("--feeds", help="日历订阅地址；谁有地址谁就能看，不要外传")] = False,
) -> None:
    """现在谁值班、往后的班次、哪里没有人；各人的时长；日历订阅地址。"""
    from app.lab import duty as lab

    with _faults():
        chosen = _settings(settings)
        if feeds:
            _out(lab.feeds(chosen, main.open_vault(chosen)))
        elif ledger:
            _out(lab.share(chosen, ledger, as_csv=csv))
        else:
            _out(lab.describe(chosen, days))


@app.command()
def cases(
    number: Annotated[int | None, typer.Argument(help="单号：看这一张的经过")] = None, settings: _SettingsFile = None
) -> None:
    """列出最近的单；给单号就看它的经过：每次呼叫、每段等待的缘由。"""
    from app.lab import duty as lab

    with _faults():
        _out(lab.list_cases(_settings(settings)) if number is None else lab.tell_case(_settings(settings), number))


@app.command()
def lessons(
    accept: Annotated[int | None, typer.Option(metavar="编号", help="学这一句，写进 phrases/taught.yaml")] = None,
    refuse: Annotated[int | None, typer.Option(metavar="编号", help="不学这一句")] = None,
    settings: _SettingsFile = None,
) -> None:
    """工程师在单里教的说法：列出来，点头的才学。"""
    from app.lab import lessons as lab

    with _faults():
        chosen = _settings(settings)
        places = (main.folder(chosen.intents_dir), main.folder(chosen.knowledge_dir))
        number = refuse if accept is None else accept
        if number is None:
            _out(lab.list_lessons(chosen, *places))
        else:
            _out(lab.decide(chosen, *places, number, accept=accept is not None))


@app.command()
def audit(
    since: Annotated[str, typer.Option(help="看多久以内的：30m、24h、7d")] = "24h",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    settings: _SettingsFile = None,
) -> None:
    """给 cron 用：收下了没答的、没呼到人的、卡住的。退出码 0 没有，1 有，2 没看成。"""
    from app.lab import audit as lab

    try:
        found = lab.audit_now(main.read_settings(settings), since)
    except (Invalid, lab.CannotLook) as error:
        _screen.print(f"没看成：{error}", style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    _out(found.as_json() if as_json else found.as_text())
    raise typer.Exit(found.exit_code)


@app.command()
def drill(
    faults: Annotated[int, typer.Option(min=1, help="至少多少次故障")] = 200,
    seed: Annotated[int, typer.Option(help="随机种子：同一个种子，同一场演练")] = 1,
    database: Annotated[str, typer.Option(help="在这个空的 PostgreSQL 库上演练，不写就用临时的 SQLite 文件")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="只输出一行 JSON")] = False,
    settings: _SettingsFile = None,
) -> None:
    """演练：几天的值班压缩成几秒，中间杀进程、丢答复、限流、改名册、跳时间；有丢、有重、有迟退出码 1。"""
    from app.lab import drill as lab

    with _faults():
        library = main.library_of(_settings(settings), Bar(_screen))
    bar = Bar(_screen, "正在演练")
    try:
        found = lab.drill(library, faults=faults, seed=seed, database_url=database, tell=lambda n: bar("", n, faults))
    except lab.CannotDrill as error:
        _wrong([str(error)])
    _out(json.dumps(found.figures, ensure_ascii=False) if as_json else found.text)
    if as_json:
        for remark in found.remarks:
            _screen.print(remark, highlight=False, markup=False, soft_wrap=True)
    if not found.good:
        raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="备份写到哪个文件")],
    force: Annotated[bool, typer.Option("--force", help="已经有这个文件就覆盖")] = False,
    settings: _SettingsFile = None,
) -> None:
    """备份数据库，服务不用停；写完自己核对一遍。"""
    from app.lab import backup as lab

    with _faults():
        _out(lab.backup(_settings(settings), file, force=force))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="zhiban backup 做的备份")], settings: _SettingsFile = None
) -> None:
    """从备份恢复，要先停服务；原来的库改名留着。"""
    from app.lab import backup as lab

    with _faults():
        _out(lab.restore(_settings(settings), file))


@app.command("new-key")
def new_key() -> None:
    """生成一把 secret_key。"""
    from app.store.vault import Vault

    _out(Vault.new_key())
