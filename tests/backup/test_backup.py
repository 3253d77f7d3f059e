"""A copy of a database in use: of one moment, whole, private, and never in the place of something else."""

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.lab import backup as lab
from app.settings import Settings
from app.store import backup_postgres, backup_sqlite
from app.store.backup import Contents, Unusable
from app.store.tables import InboundRow
from tests.backup.tools import zhiban
from tests.platforms.wecom.courier import Outcome
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import QUESTION

BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


def _read(file: Path, settings: Settings) -> Contents:
    return backup_sqlite.read(file) if settings.database_url.startswith("sqlite") else backup_postgres.read(file)


@BOTH
def test_a_copy_under_load_holds_all_that_was_accepted_before_and_nothing_half(
    wecom: WeComScene, tmp_path: Path, pg_tools: None
) -> None:
    settings = wecom.house.house.settings
    accepted, stop = [0], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            assert wecom.asks("你好").status is Outcome.ANSWERED
            wecom.house.clock.advance(30)  # so that nobody is slowed down for asking too often
            accepted[0] += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for number in range(2):
            before = len(wecom.house.rows(InboundRow))
            seen = accepted[0]
            while accepted[0] < seen + 4:
                assert asking.is_alive()
            told = lab.backup(settings, tmp_path / f"{number}.copy", force=False)
            after = len(wecom.house.rows(InboundRow))
            rows = _read(tmp_path / f"{number}.copy", settings).rows
            assert before + 3 <= rows["inbound"] <= after
            assert rows["outbox"] == rows["inbound"], "每条消息和它的回答在同一个事务里"
            assert f"{rows['inbound']} 消息" in told and "没有：密钥" in told and "员工的原话" in told
    finally:
        stop.set()
        asking.join()
    assert accepted[0] >= 8


@BOTH
def test_the_command_works_beside_the_serving_process(wecom: WeComScene, tmp_path: Path, pg_tools: None) -> None:
    wecom.asks(QUESTION)
    done = zhiban("backup", "copy", place=tmp_path, DATABASE_URL=wecom.house.house.settings.database_url)
    assert done.returncode == 0 and "1 消息" in done.stdout, done
    copy = tmp_path / "copy"
    assert copy.stat().st_mode & 0o777 == 0o600
    contents = _read(copy, wecom.house.house.settings)
    assert contents.rows["inbound"] == 1 and contents.version
    assert contents.made_at and abs(contents.made_at - SystemClock().now()) < timedelta(minutes=5)
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy"], "草稿没有收拾掉"
    wecom.asks(QUESTION)
    assert wecom.house.counts()["InboundRow"] == 2, "备份之后服务照常"


def test_a_file_that_is_there_is_replaced_only_when_told(wecom: WeComScene, tmp_path: Path) -> None:
    file, settings = tmp_path / "copy", wecom.house.house.settings
    file.write_text("老板的年终总结")
    with pytest.raises(Unusable, match="已经有了：换个名字，或加 --force 覆盖"):
        lab.backup(settings, file, force=False)
    assert file.read_text() == "老板的年终总结"
    lab.backup(settings, file, force=True)
    assert _read(file, settings).rows["inbound"] == 0 and file.stat().st_mode & 0o777 == 0o600


def test_a_name_that_is_taken_meanwhile_is_left_alone(wecom: WeComScene, tmp_path: Path) -> None:
    """Between the look and the end of a long copy."""
    file, database = tmp_path / "copy", Path(wecom.house.house.settings.database_url.removeprefix("sqlite:///"))
    file.write_text("别人刚写的")
    with pytest.raises(Unusable, match="已经有了"):
        backup_sqlite.backup(database, file, SystemClock().now(), force=False, draft=tmp_path / "draft")
    assert file.read_text() == "别人刚写的" and not (tmp_path / "draft").exists()


def test_a_backup_never_goes_over_the_database_itself(wecom: WeComScene, tmp_path: Path) -> None:
    """By no name that it has."""
    settings = wecom.house.house.settings
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    (tmp_path / "another-name.db").symlink_to(database)
    for name in (database, tmp_path / "another-name.db"):
        with pytest.raises(Unusable, match="不能写到数据库自己身上"):
            lab.backup(settings, name, force=True)
    assert wecom.asks(QUESTION) and wecom.house.counts()["InboundRow"] == 1


def test_a_full_disk_leaves_the_old_copy_and_no_draft(wecom: WeComScene, database_url: str, tmp_path: Path) -> None:
    """The limit is real: the other process may write small files only."""
    file = tmp_path / "copy"
    file.write_text("上一次的备份")
    wecom.asks("人工")
    done = zhiban("backup", "copy", "--force", place=tmp_path, file_bytes=20_000, DATABASE_URL=database_url)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done
    assert "磁盘满了" in done.stderr, done
    assert file.read_text() == "上一次的备份" and not [p for p in tmp_path.iterdir() if p.name.startswith(".copy")]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///nowhere/zhiban.db", "没有数据库文件"),
        ("sqlite:///notes.txt", "数据库出错|坏了"),
        ("sqlite://", "内存里的数据库没法备份"),
    ],
)
def test_what_cannot_be_copied_is_told(tmp_path: Path, url: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a trace of a file."""
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("只是笔记" * 400)
    with pytest.raises(Unusable, match=reason):
        lab.backup(Settings(database_url=url), tmp_path / "copy", force=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt"]
    with pytest.raises(Unusable, match="没有目录"):
        lab.backup(Settings(database_url=url), tmp_path / "nowhere" / "copy", force=False)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_where_pg_dump_is_missing_the_very_command_is_told(
    wecom: WeComScene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a machine that has it; the password is not in it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(backup_postgres, "DEBIAN", tmp_path)
    address = "postgresql://zhiban:g3heim%40@db.example.com:5432/desk?sslmode=require"
    with pytest.raises(Unusable) as refused:
        lab.backup(Settings(database_url=address), tmp_path / "copy", force=False)
    told = str(refused.value)
    assert "postgresql-client" in told and "g3heim" not in told
    assert "pg_dump --format=custom --no-owner --no-privileges" in told
    assert "--dbname=postgresql://zhiban@db.example.com:5432/desk?sslmode=require" in told


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_password_stands_in_no_command_line(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody on the machine may read those; a program in the place of pg_dump writes down what it was given."""
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/argv\necho "$PGPASSWORD" >> {tmp_path}/env\nexit 1\n'
        )
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with_password = database_url.replace("postgres@", "postgres:g3heim@", 1)
    with pytest.raises(Unusable) as refused:
        lab.backup(Settings(database_url=with_password), tmp_path / "copy", force=False)
    assert "g3heim" in (tmp_path / "env").read_text() and "--snapshot=" in (tmp_path / "argv").read_text()
    assert "g3heim" not in (tmp_path / "argv").read_text() + str(refused.value)
    assert not (tmp_path / "copy").exists()


def test_a_copy_carries_no_log_of_its_own(wecom: WeComScene, tmp_path: Path) -> None:
    """One file that can be carried away, with nothing beside it."""
    wecom.asks("人工")
    lab.backup(wecom.house.house.settings, tmp_path / "copy", force=False)
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute('SELECT count(*) FROM "case"').fetchone() == (1,)
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy"]
