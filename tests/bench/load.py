"""How much one box takes: commits together against alone, messages a second, a backlog that drains; both databases."""

import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from app.clock import new_id
from app.core.escalation import by_order
from app.core.library import Library
from app.core.message import Person
from app.flows.deliver import deliver
from app.store.database import Database
from app.store.library import build_library, read_content
from app.store.migrate import migrate
from app.store.tables import AuditRow, OutboxRow
from app.store.writer import GroupWriter
from tests import postgres
from tests.bench.data import CACHE, ROOT
from tests.bench.show import say, table
from tests.flows.backlog import in_order, waiting_answer
from tests.flows.stage import CHANNEL, Stage
from tests.people import MONDAY_NINE

# Never a large-scale fault, however many ask.
QUESTIONS = ("新手机怎么设置公司邮箱", "新员工的邮箱什么时候开通", "邮箱想扩容要找谁", "附件太大发不出去")
POLICY = by_order((10, 10, 15), 1)


def measure(rows: int, threads: int) -> None:
    """Print all of it; `rows` is the length of the backlog."""
    _commits(threads)
    library = build_library(read_content(ROOT / "intents", ROOT / "knowledge"), CACHE)
    shown = []
    with _databases() as databases:
        for name, database in databases:
            shown.append([name, *_messages(database, library, threads), *_backlog(database, library, rows)])
    heads = ["数据库", "消息/秒（单线程）", f"消息/秒（{threads} 线程）", "发件/秒（单线程）", "顺序", "内存增长"]
    table(f"一台机器的吞吐；积压 {rows} 条", heads, shown)


@contextmanager
def _databases() -> Iterator[list[tuple[str, Database]]]:
    with tempfile.TemporaryDirectory() as place, postgres.running_server() as server:
        name = f"bench_{new_id()}"
        postgres.run(server, f"CREATE DATABASE {name}")
        address = server.set(database=name).render_as_string(hide_password=False)
        made = [("SQLite", Database(f"sqlite:///{place}/bench.db")), ("PostgreSQL", Database(address))]
        for _, database in made:
            migrate(database)
        yield made
        for _, database in made:
            database.close()
        postgres.run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _commits(threads: int) -> None:
    """Durable transactions a second on SQLite, the same ones, each with its own commit and together."""
    with tempfile.TemporaryDirectory() as place:
        took: dict[str, float] = {}
        for name, most in (("各提交各的", 1), ("一起提交", 64)):
            database = Database(f"sqlite:///{Path(place) / str(most)}.db")
            migrate(database)
            writer = GroupWriter(database.engine, most)
            took[name] = _in_threads(threads, lambda w=writer: _note(w), 60)  # type: ignore[misc]
            writer.close()
            database.close()
    alone, together = took["各提交各的"], took["一起提交"]
    say(f"SQLite，{threads} 个线程，每次提交都落盘：一起提交是各提交各的 {alone / together:.1f} 倍快")


def _note(writer: GroupWriter) -> None:
    with writer.transaction() as session:
        session.add(AuditRow(at=MONDAY_NINE, actor="bench", action="note", subject=new_id()))


def _messages(database: Database, library: Library, threads: int) -> list[str]:
    stage = Stage(database, library, POLICY)
    count = iter(range(10**9))

    def one() -> None:
        number = next(count)
        stage.hears(Person(f"p{number}"), QUESTIONS[number % len(QUESTIONS)])

    alone = 200 / _in_threads(1, one, 200)
    crowd = threads * 40 / _in_threads(threads, one, 40)
    return [f"{alone:.0f}", f"{crowd:.0f}"]


def _in_threads(number: int, work: Callable[[], None], times: int) -> float:
    """Seconds until each of `number` threads has worked so many times."""

    def run() -> None:
        for _ in range(times):
            work()

    crowd = [threading.Thread(target=run) for _ in range(number)]
    begin = time.perf_counter()
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return time.perf_counter() - begin


def _backlog(database: Database, library: Library, rows: int) -> list[str]:
    """A platform was away for an hour; now everything may go."""
    stage = Stage(database, library, POLICY)
    with database.transaction() as session:
        session.exec(OutboxRow.__table__.delete())  # type: ignore[attr-defined]
        for number in range(rows):
            session.add(waiting_answer(number))
    stage.clock.set(MONDAY_NINE + timedelta(hours=1))
    deliver(stage.desk, "bench", [CHANNEL])
    before, begin = _peak_mb(), time.perf_counter()
    while deliver(stage.desk, "bench", [CHANNEL]):
        pass
    rate = rows / (time.perf_counter() - begin)
    return [f"{rate:.0f}", "对" if in_order(stage, rows) else "错", f"{_peak_mb() - before:.0f} MB"]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
