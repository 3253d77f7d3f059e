"""Backup and restore of a SQLite file: SQLite's own online copy, one file that is checked before it gets its name."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from app.store.backup import (
    Amends,
    Contents,
    Restored,
    Unusable,
    aside,
    check_version,
    make_amends,
    sync,
    table_names,
    written_whole,
)
from app.store.serving import InUse, ServingLock, like_its_neighbours
from app.store.trouble import kind_of, reason_for

MAGIC = b"SQLite format 3\0"
_NOTE = "zhiban_backup"  # a table of the copy alone: when it was made, and what must be in it
_BUSY_SECONDS = 30.0


def backup(database: Path, file: Path, now: datetime, *, force: bool, draft: Path) -> Contents:
    """Copy as of one moment, while others read and write. Raises Unusable; `file` is then as it was."""
    if not database.exists():
        raise Unusable(f"没有数据库文件 {database}")
    if file.exists() and file.samefile(database):
        raise Unusable("备份不能写到数据库自己身上")
    with _told(), written_whole(file, force=force, draft=draft):
        counted = _copy(database, draft, now)
        contents = read(draft)
        if (contents.version, contents.rows) != (counted.version, counted.rows):
            raise Unusable("备份和数据库对不上，没有留下：请再试一次，还不行就检查磁盘")
    return contents


def _copy(database: Path, draft: Path, now: datetime) -> Contents:
    """Counts and copy come from the same reading transaction, so they must agree."""
    with closing(_open(database, "rw")) as source, closing(_open(draft, "rw")) as target:
        source.execute("BEGIN")
        contents = replace(_count(source), made_at=now)
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, that can be carried away
        target.execute(f"CREATE TABLE {_NOTE} (made_at TEXT, rows TEXT)")
        note = (now.isoformat(), json.dumps(dict(contents.rows)))
        target.execute(f"INSERT INTO {_NOTE} VALUES (?, ?)", note)  # noqa: S608 - a name of our own
    return contents


def read(file: Path) -> Contents:
    """What a copy holds. Raises Unusable unless it is whole."""
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise Unusable(f"{file} 旁边有 {wal.name}：这是直接复制的库，不完整。请用 zhiban backup 做的备份")
    try:
        with closing(_open(file, "ro", "&immutable=1")) as copy:
            faults = [line for (line,) in copy.execute("PRAGMA integrity_check(5)")]
            if faults != ["ok"] or copy.execute("PRAGMA foreign_key_check").fetchone():
                raise Unusable(f"{file} 坏了，没有通过完整性检查：请换一份备份")
            contents, note = _count(copy), _note(copy)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        raise Unusable(f"{file} 坏了或者不是备份，读不了：请换一份") from None
    if note is None:
        return contents
    made_at, rows = note
    if {name: contents.rows.get(name) for name in rows} != rows:
        raise Unusable(f"{file} 里的行数和做备份时对不上：文件被改过，请换一份备份")
    return replace(contents, made_at=made_at)


def restore(url: str, database: Path, file: Path, now: datetime, *, actor: str, draft: Path) -> Restored:
    """Put the copy in the database's place; what was there is kept beside it. Raises Unusable; nothing has changed."""
    try:
        right = ServingLock(url)
    except InUse as error:
        raise Unusable(f"{error}。请先停掉服务，再恢复") from None
    except OSError as error:
        raise Unusable(f"写不了 {database.parent}：{error.strerror}") from None
    try:
        for left in database.parent.glob(f".{database.name}.{'[0-9a-f]' * 16}"):
            left.unlink()  # of a restore that was killed: nobody else makes these while we have the right
        with _told():
            return _replace(database, file, now, actor, draft)
    finally:
        right.release()


def _replace(database: Path, file: Path, now: datetime, actor: str, draft: Path) -> Restored:
    contents = read(file)
    check_version(contents)
    _fold(database)
    kept = database.with_name(aside(database.name, now))
    if kept.exists():
        raise Unusable(f"{kept} 已经有了：请过一秒再试")
    lost_messages, lost_cases = _lost(database, file)
    with written_whole(database, force=True, draft=draft):
        with closing(_open(file, "ro", "&immutable=1")) as source, closing(_open(draft, "rw")) as target:
            source.backup(target)
            target.execute(f"DROP TABLE IF EXISTS {_NOTE}")
        amends = _amend(draft, now, actor)
        read(draft)
        if database.exists():
            draft.chmod(database.stat().st_mode & 0o777)
        like_its_neighbours(draft, database)
        had_one = _set_aside(database, kept)
    return Restored(contents, amends, str(kept) if had_one else "", lost_messages, lost_cases)


def _amend(draft: Path, now: datetime, actor: str) -> Amends:
    engine = create_engine(URL.create("sqlite", database=str(draft)), poolclass=NullPool, hide_parameters=True)
    with engine.begin() as connection:
        return make_amends(connection, now, actor)


def _fold(database: Path) -> None:
    """Everything into the one file, so that it can be put aside. Raises Unusable while anybody has it open."""
    if not database.exists():
        return
    try:
        with closing(_open(database, "rw", seconds=2.0)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise Unusable(f"{database} 还被别的程序打开着：请先停掉服务和别的工具，再恢复") from None
    except sqlite3.DatabaseError:
        return  # it is damaged, which is a good reason to restore: its parts are put aside as they are


def _set_aside(database: Path, kept: Path) -> bool:
    """A second name for what is there; the first one goes on being there until the copy takes it."""
    if not database.exists():
        return False
    os.link(database, kept)
    for suffix in ("-wal", "-shm", "-journal"):
        part = database.with_name(f"{database.name}{suffix}")
        if part.exists():  # only of a damaged one; left behind it would be replayed into the copy
            part.rename(kept.with_name(f"{kept.name}{suffix}"))
    sync(database.parent)
    return True


def _lost(database: Path, file: Path) -> tuple[int | None, tuple[int, ...]]:
    """Messages and cases of the old database that are newer than the copy."""
    if not database.exists():
        return 0, ()
    try:
        with closing(_open(database, "ro")) as old, closing(_open(file, "ro", "&immutable=1")) as copy:
            (message,) = copy.execute("SELECT coalesce(max(id), 0) FROM inbound").fetchone()
            (case,) = copy.execute('SELECT coalesce(max(id), 0) FROM "case"').fetchone()
            (messages,) = old.execute("SELECT count(*) FROM inbound WHERE id > ?", (message,)).fetchone()
            cases = old.execute('SELECT id FROM "case" WHERE id > ? ORDER BY id', (case,)).fetchall()
    except sqlite3.DatabaseError:
        return None, ()
    return messages, tuple(number for (number,) in cases)


def _count(connection: sqlite3.Connection) -> Contents:
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in names:
        return Contents("", {})
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    rows = {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - names of our own
        for name in table_names()
        if name in names
    }
    return Contents(found[0] if found else "", rows)


def _note(copy: sqlite3.Connection) -> tuple[datetime, dict[str, int]] | None:
    if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_NOTE,)).fetchone():
        return None
    made_at, rows = copy.execute(f"SELECT made_at, rows FROM {_NOTE}").fetchone()  # noqa: S608 - a name of our own
    return datetime.fromisoformat(made_at), json.loads(rows)


def _open(path: Path, mode: str, more: str = "", seconds: float = _BUSY_SECONDS) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}?mode={mode}{more}"
    return sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None)


@contextmanager
def _told() -> Iterator[None]:
    """What the database says, in words for a person."""
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise Unusable(reason_for(kind_of(error))) from None
