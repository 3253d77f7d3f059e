"""The way back: refused while anybody serves, whole or not at all, and nobody hears a line twice as if it were new."""

import os
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from app.lab import backup as lab
from app.settings import Settings
from app.store.backup import WHY, Unusable
from app.store.database import Database
from app.store.opening import open_database
from app.store.tables import AuditRow, CaseRow, OutboxRow
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.wire import Endpoint
from tests.stories.clock import MONDAY_TEN, HouseClock
from tests.stories.dingtalk_scene import PATH_SECRET, DingTalkScene
from tests.stories.house import RunningHouse, running
from tests.stories.words import QUESTION
from tests.stories.workshop import Workshop

BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@contextmanager
def _started_again(scene: DingTalkScene, workshop: Workshop) -> Iterator[RunningHouse]:
    """The same company with the database as it is now."""
    with running(scene.house.house.settings, workshop.clock, workshop.log, workshop.library) as house:
        scene.robot.callback_url = f"{house.url}/webhooks/dingtalk/{PATH_SECRET}"
        scene.house = house
        yield house


@BOTH
def test_after_a_restore_nothing_is_said_twice_and_nobody_is_forgotten(
    dingtalk: DingTalkScene, workshop: Workshop, tmp_path: Path, pg_tools: None
) -> None:
    settings, copy = dingtalk.house.house.settings, tmp_path / "copy"
    dingtalk.asks("人工")
    dingtalk.expect_pages(1)
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(-1))
    dingtalk.asks(QUESTION, by=dingtalk.chen)  # the platform is busy: the answer waits for its second try
    dingtalk.house.failed_once(3)
    lab.backup(settings, copy, force=False, clock=HouseClock(workshop.clock))

    dingtalk.house.advance(seconds=2)
    dingtalk.house.settle()
    answers = len(dingtalk.support.seen())
    dingtalk.asks("人工", by=dingtalk.chen)  # case 2, of which the copy knows nothing
    dingtalk.expect_pages(2)
    answers_before, pages_before = len(dingtalk.answers()), len(dingtalk.pages())
    assert answers_before > answers
    dingtalk.house.house.close()

    told = lab.restore(settings, copy, clock=HouseClock(workshop.clock))
    assert "没发完的 1 句不再重发" in told and "1 张没人接的单" in told
    assert "备份之后的 1 条消息不在了，其中开过的单：2" in told and "原来的库留在" in told
    with _started_again(dingtalk, workshop) as house:
        pages = dingtalk.expect_pages(pages_before + 1)
        assert "【单 1】" in pages[-1].text and "第 2 次" in pages[-1].text
        (silenced,) = [row for row in house.rows(OutboxRow) if row.state == "unknown"]
        assert silenced.error == WHY and silenced.sealed_reply == "" and silenced.finished_at
        assert [row.action for row in house.rows(AuditRow)] == ["restore"]
        assert [case.id for case in house.rows(CaseRow)] == [1]
        assert len(dingtalk.answers()) == answers_before + 1, "只有“转给下一位”那句是新的"
        dingtalk.orders("接单 1", by=dingtalk.li)
        house.settle()
        assert house.case().engineer == "li"


@BOTH
def test_a_restore_is_refused_while_the_house_serves(dingtalk: DingTalkScene, tmp_path: Path, pg_tools: None) -> None:
    settings = dingtalk.house.house.settings
    dingtalk.asks(QUESTION)
    dingtalk.house.settle()
    lab.backup(settings, tmp_path / "copy", force=False)
    dingtalk.asks("人工")
    with pytest.raises(Unusable, match="请先停掉"):
        lab.restore(settings, tmp_path / "copy")
    assert dingtalk.house.counts()["InboundRow"] == 2 and dingtalk.house.case().state == "waiting"


@BOTH
def test_a_second_house_is_refused_on_sqlite_and_welcome_on_postgres(
    dingtalk: DingTalkScene, database_url: str
) -> None:
    if database_url.startswith("postgresql"):
        open_database(database_url, serving=True).close()
        return
    with pytest.raises(Exception, match=rf"另一个值班进程使用（进程号 {os.getpid()}）"):
        open_database(database_url, serving=True)
    open_database(database_url).close()  # the tools may look


@BOTH
def test_what_was_there_is_kept_and_can_be_restored_itself(workshop: Workshop, tmp_path: Path, pg_tools: None) -> None:
    settings = _with_people(workshop, 3)
    lab.backup(settings, tmp_path / "copy", force=False)
    _with_people(workshop, 2)
    told = lab.restore(settings, tmp_path / "copy")
    assert _people(settings) == 3
    kept = told.split("原来的库留在 ")[1].split("，")[0]
    if kept.startswith("schema "):
        database = Database(settings.database_url)
        with database.reading() as session:
            assert session.execute(text(f"SELECT count(*) FROM {kept.removeprefix('schema ')}.audit")).scalar() == 5
        database.close()
    else:
        assert Path(kept).stat().st_mode == Path(settings.database_url.removeprefix("sqlite:///")).stat().st_mode
        workshop.clock.advance(1)
        lab.restore(settings, Path(kept), clock=HouseClock(workshop.clock))
        assert _people(settings) == 5


@BOTH
def test_a_copy_goes_into_an_empty_place(
    workshop: Workshop, tmp_path: Path, pg_tools: None, request: pytest.FixtureRequest
) -> None:
    """A new machine, or a database just made."""
    settings = _with_people(workshop, 3)
    lab.backup(settings, tmp_path / "copy", force=False)
    if settings.database_url.startswith("sqlite"):
        elsewhere = Settings(database_url=f"sqlite:///{tmp_path / 'elsewhere.db'}")
    else:
        elsewhere = settings
        database = Database(settings.database_url)
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        database.close()
    told = lab.restore(elsewhere, tmp_path / "copy")
    assert "原来的库" not in told and _people(elsewhere) == 3
    if not settings.database_url.startswith("sqlite"):
        database = Database(settings.database_url)
        with database.reading() as session:
            left = session.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'zhiban%'")).all()
        database.close()
        assert left == []


@SQLITE
def test_a_copy_of_an_older_version_is_brought_up_to_date_at_the_start(workshop: Workshop, tmp_path: Path) -> None:
    """Restored as it is; the migration is the start's."""
    old = tmp_path / "old.db"
    _make_first_version(old)
    told = lab.restore(workshop.settings(), old)
    assert "表结构版本 0001" in told and "没发完的 1 句不再重发" in told
    house_database = open_database(workshop.database_url)
    with house_database.reading() as session:
        row = session.execute(text("SELECT state, target FROM outbox")).one()
    house_database.close()
    assert row == ("unknown", "room")


def _make_first_version(path: Path) -> None:
    from alembic import command

    from app.store.migrate import _config

    database = Database(f"sqlite:///{path}")
    config = _config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    database.close()
    with closing(sqlite3.connect(path)) as copy:
        copy.execute(
            "INSERT INTO outbox (key, channel, way, priority, room, room_kind, person, person_name, markdown, title, "
            "mentions, sealed_reply, state, attempts, owner, error, due_at, created_at) VALUES "
            "('k', 'c', 'room', 1, 'room', 'group', 'p', '', 'x', '', '[]', '', 'due', 0, '', '', "
            "'2026-03-02 02:00:00', '2026-03-02 02:00:00')"
        )
        copy.commit()
        copy.execute("PRAGMA journal_mode=DELETE")


def _newer(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
        opened.commit()


def _row_missing(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("DELETE FROM audit WHERE id = 2")
        opened.commit()


def _damaged(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[4096 * 5 : 4096 * 9] = os.urandom(4096 * 4)
    copy.write_bytes(content)


def _cut(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-8192])


def _other_tables(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("CREATE TABLE songs (id INTEGER)")


def _copied_by_hand(copy: Path) -> None:
    copy.with_name(f"{copy.name}-wal").write_bytes(b"\x37\x7f\x06\x82")


def _a_dump(copy: Path) -> None:
    copy.write_bytes(b"PGDMP\x01\x0f\x00")


def _a_letter(copy: Path) -> None:
    copy.write_text("亲爱的运维")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_newer, "表结构版本 9999 比这个程序新"),
        (_row_missing, "行数和做备份时对不上"),
        (_damaged, "坏了"),
        (_cut, "坏了"),
        (_other_tables, "没有值班台的表"),
        (_copied_by_hand, "直接复制的库，不完整"),
        (_a_dump, "是 PostgreSQL 的备份"),
        (_a_letter, "不是值班台的备份"),
        (Path.unlink, "没有这个文件"),
    ],
)
@SQLITE
def test_a_copy_that_cannot_be_trusted_changes_nothing(
    workshop: Workshop, tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    settings, copy = _with_people(workshop, 3), tmp_path / "copy"
    lab.backup(settings, copy, force=False)
    spoil(copy)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(Unusable, match=reason):
        lab.restore(settings, copy)
    assert _people(settings) == 3
    left = {path.name for path in tmp_path.iterdir()} - set(before)
    assert left <= {"story.db.lock"}, "没有留下草稿或半个库"


def _cut_dump(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-300])


@pytest.mark.parametrize(("spoil", "reason"), [(_cut_dump, "坏了"), (_a_dump, "坏了"), (_a_letter, "坏了")])
@POSTGRES
def test_a_dump_that_cannot_be_trusted_changes_nothing(
    workshop: Workshop, tmp_path: Path, pg_tools: None, spoil: Callable[[Path], None], reason: str
) -> None:
    settings, copy = _with_people(workshop, 3), tmp_path / "copy"
    lab.backup(settings, copy, force=False)
    spoil(copy)
    with pytest.raises(Unusable, match=reason):
        lab.restore(settings, copy)
    assert _people(settings) == 3


@SQLITE
def test_a_damaged_database_is_put_aside_with_all_its_parts(workshop: Workshop, tmp_path: Path) -> None:
    """The best reason to restore; its log must not be replayed into the copy."""
    settings, database = _with_people(workshop, 3), tmp_path / "story.db"
    lab.backup(settings, tmp_path / "copy", force=False)
    database.write_bytes(b"SQLite format 3\0" + os.urandom(40_000))
    database.with_name("story.db-wal").write_bytes(os.urandom(8192))
    told = lab.restore(settings, tmp_path / "copy")
    assert not database.with_name("story.db-wal").exists()
    assert "原来的库读不了" in told and _people(settings) == 3
    assert len(list(tmp_path.glob("story.db.before-*"))) >= 1


@BOTH
def test_killed_at_any_step_there_is_the_old_database_or_the_new_one(
    workshop: Workshop, tmp_path: Path, pg_tools: None, database_url: str
) -> None:
    """The process dies at each file operation in turn, as if by kill -9."""
    settings, copy = _with_people(workshop, 3), tmp_path / "copy"
    lab.backup(settings, copy, force=False)
    _with_people(workshop, 1)
    seen: list[int] = []
    for step in range(200):
        workshop.clock.advance(1)  # what was there before is kept under a name with the second in it
        if _dies_at(step, lambda: lab.restore(settings, copy, clock=HouseClock(workshop.clock))):
            seen.append(_people(settings))
            assert seen[-1] in (4, 3), f"第 {step} 步"
            if seen[-1] == 3:
                _with_people(workshop, 1)
        else:
            break
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")], "上一次没做完的草稿还在"
    assert _people(settings) == 3 and 4 in seen and len(seen) > (3 if database_url.startswith("postgresql") else 10)


def _dies_at(step: int, work: Callable[[], object]) -> bool:
    """Do `work` in a process that dies at its event number `step`; whether it came that far."""
    events = ("os.link", "os.rename", "os.remove", "sqlite3.connect", "os.chmod", "open", "subprocess.Popen")
    left = [step]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in events and not (event == "open" and str(arguments[0]).endswith((".py", ".pyc", ".so"))):
            if left[0] == 0:
                os._exit(99)
            left[0] -= 1

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a fork beside threads: this one calls nothing of theirs
        child = os.fork()
    if child == 0:
        sys.addaudithook(watch)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 99), "恢复本身失败了"
    return code == 99


def _with_people(workshop: Workshop, number: int) -> Settings:
    """A database with so many lines in it, as a house that has stopped leaves it."""
    settings = workshop.settings()
    database = open_database(settings.database_url)
    with database.transaction() as session:
        for _ in range(number):
            session.add(AuditRow(at=MONDAY_TEN, actor="zhang", action="take", subject="case:1"))
    database.close()
    return settings


def _people(settings: Settings) -> int:
    """Lines that people left: those of restores are not counted."""
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            found = session.execute(text("SELECT count(*) FROM audit WHERE action <> 'restore'")).scalar_one()
    finally:
        database.close()
    return int(found)
