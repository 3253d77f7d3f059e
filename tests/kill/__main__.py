"""`python -m tests.kill --database sqlite --messages 500 --kills 100 --seed 1 --json`: a run and its verdict."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests import postgres
from tests.kill.driver import Plan, run
from tests.kill.evidence import Evidence
from tests.kill.verdict import judge


def main() -> int:
    """0 when every promise was kept, 1 when not."""
    wanted = _wanted()
    with tempfile.TemporaryDirectory(prefix="zhiban-kill-") as folder, _database(wanted.database, Path(folder)) as url:
        plan = Plan(url, wanted.messages, wanted.kills, wanted.seed, wanted.replicas, linger=12.0)
        done = run(plan, Path(folder), _tell)
        verdict = judge(done.evidence)
        if wanted.keep:
            _keep(Path(folder), Path(wanted.keep), done.evidence)
    figures = {"database": wanted.database, "replicas": wanted.replicas, "seed": wanted.seed}
    figures |= {"seconds": round(done.seconds), **asdict(verdict), "troubles": done.troubles[:20]}
    if wanted.json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{name:18} {value}\n" for name, value in figures.items()))
    return 1 if verdict.problems or done.troubles else 0


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description="反复杀进程，看有没有丢、有没有重")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite", help="哪种数据库")
    parser.add_argument("--messages", type=int, default=500, help="至少多少条员工消息")
    parser.add_argument("--kills", type=int, default=100, help="杀多少次")
    parser.add_argument("--replicas", type=int, default=1, help="几个副本（多于一个要用 postgres）")
    parser.add_argument("--seed", type=int, default=1, help="随机种子")
    parser.add_argument("--json", action="store_true", help="结果写成一行 JSON")
    parser.add_argument("--keep", default="", help="把日志和证据留在这个目录")
    wanted = parser.parse_args()
    if wanted.replicas > 1 and wanted.database == "sqlite":
        parser.error("多个副本要用 --database postgres")
    return wanted


def _tell(step: str) -> None:
    sys.stderr.write(f"\r{step}          ")
    sys.stderr.flush()


@contextmanager
def _database(kind: str, place: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{place / 'kill.db'}"
        return
    with postgres.running_server() as server:
        postgres.run(server, "DROP DATABASE IF EXISTS zhiban_kill")
        postgres.run(server, "CREATE DATABASE zhiban_kill")
        yield server.set(database="zhiban_kill").render_as_string(hide_password=False)


def _keep(place: Path, target: Path, evidence: Evidence) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for log in place.glob("*.log"):
        (target / log.name).write_bytes(log.read_bytes())
    text = json.dumps(asdict(evidence), ensure_ascii=False, indent=0)
    (target / "evidence.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
