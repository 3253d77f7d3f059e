"""Backup of a database in use, and the way back. What a copy holds is checked before anybody relies on it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update
from sqlmodel import SQLModel, col

from app.core.cases import CaseState
from app.store.cases import ESCALATE
from app.store.migrate import versions
from app.store.tables import AuditRow, CaseRow, OutboxRow, PaceRow, ReplicaRow, TimerRow

WHY = "恢复了备份：备份之后可能已经说过，不再重发"
_CHUNK = 1 << 20


class Unusable(Exception):
    """A backup or a restore cannot be done; nothing has changed. The text tells a person why, and what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds. `made_at` is None where it does not say."""

    version: str
    rows: Mapping[str, int]
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Amends:
    """What a restore changed in the copy, so that nothing is said twice and nobody is forgotten."""

    silenced: int  # lines that were on their way when the copy was made
    called: int  # cases that nobody had taken, paged again at once


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `lost`: messages, and the cases, of the old database that the copy does not know."""

    contents: Contents
    amends: Amends
    kept: str  # where the old database is now; empty when there was none
    lost_messages: int | None  # None where the old database could not be read
    lost_cases: tuple[int, ...] = ()


def table_names() -> list[str]:
    """Ours, in the order in which they can be filled."""
    return [table.name for table in SQLModel.metadata.sorted_tables]


def check_version(contents: Contents) -> None:
    """An older version is fine: the next start migrates. Raises Unusable for one that this program does not know."""
    if not contents.version:
        raise Unusable("这份文件里没有值班台的表，不是它的备份")
    if contents.version not in versions():
        raise Unusable(
            f"备份的表结构版本 {contents.version} 比这个程序新（只认识到 {versions()[0]}）："
            "请先换上做备份时的那版程序，再恢复"
        )


def make_amends(connection: Connection, now: datetime, actor: str) -> Amends:
    """The restored rows as of now. Inside the caller's transaction.

    What was to be said when the copy was made may have been said since: it is settled as unknown, never sent as new.
    Cases that nobody had taken are due at once, since a page too many wakes somebody and one too few helps nobody.
    Names only columns that the first version had: the copy may be older than this program.
    """
    spent = {"state": "unknown", "error": WHY, "finished_at": now, "lease_until": None}
    spent |= {"sealed_reply": "", "reply_expires_at": None}
    on_the_way = col(OutboxRow.state).in_(("due", "sending"))
    silenced = connection.execute(update(OutboxRow).where(on_the_way).values(**spent)).rowcount
    waiting = select(col(CaseRow.id)).where(col(CaseRow.state) == CaseState.WAITING.value)
    timers = update(TimerRow).where(col(TimerRow.kind) == ESCALATE, col(TimerRow.subject).in_(waiting))
    called = connection.execute(timers.values(due_at=now)).rowcount
    for table in (PaceRow, ReplicaRow):  # of processes and limits that are long past
        if connection.dialect.has_table(connection, str(table.__tablename__)):
            connection.execute(delete(table))
    told = f"{silenced} 句不再重发，{called} 张单重新呼叫"
    connection.execute(
        insert(AuditRow).values(at=now, actor=actor, action="restore", subject="database", before="", after=told)
    )
    return Amends(silenced, called)


@contextmanager
def written_whole(file: Path, *, force: bool, draft: Path) -> Iterator[Path]:
    """A draft beside `file`, readable by its owner only, that takes its name when the block ends well.

    It is on the disk before it has the name. Without `force`, a file that has come there meanwhile is left alone.
    """
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft
        sync(draft)
        if force:
            draft.replace(file)
        else:
            _take_name(draft, file)
        sync(file.parent)
    except FileExistsError:
        raise Unusable(f"{file} 已经有了：换个名字，或加 --force 覆盖") from None
    except OSError as error:
        raise Unusable(f"写不了 {file}：{error.strerror}") from None
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            draft.with_name(f"{draft.name}{suffix}").unlink(missing_ok=True)


def _take_name(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)  # fails where the name is taken; a rename would not
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if file.exists():
            raise FileExistsError from None
        draft.replace(file)


def sync(path: Path) -> None:
    """What was written is on the disk: a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def aside(name: str, now: datetime) -> str:
    """The name under which what was there before is kept."""
    return f"{name}.before-{now:%Y%m%d-%H%M%S}"
