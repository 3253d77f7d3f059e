"""Nobody waits without end for SQLite's one writer, and nobody who is done waits for one who gave up."""

import threading
import time
from datetime import datetime

import pytest
from sqlalchemy.exc import OperationalError

from app.store import audit, writer
from app.store.database import Database
from tests.people import MONDAY_NINE


def _note(database: Database, at: datetime = MONDAY_NINE) -> None:
    with database.transaction() as session:
        audit.write(session, at=at, actor="zhang", action="take", subject="case:1")


def _rows(database: Database) -> int:
    with database.reading() as session:
        return len(audit.of(session, "case:1"))


def test_who_waits_too_long_is_told_that_it_is_locked(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who had the turn goes on; nothing of the other is kept."""
    monkeypatch.setattr(writer, "PATIENCE", 0.05)
    with sqlite_database.transaction() as session:
        refused: list[BaseException] = []
        other = threading.Thread(target=lambda: _expect_locked(sqlite_database, refused))
        other.start()
        other.join(5)
        assert [str(error.orig) for error in refused if isinstance(error, OperationalError)] == ["database is locked"]
        audit.write(session, at=MONDAY_NINE, actor="zhang", action="take", subject="case:1")
    assert _rows(sqlite_database) == 1


def _expect_locked(database: Database, refused: list[BaseException]) -> None:
    try:
        _note(database)
    except OperationalError as error:
        refused.append(error)


def test_who_is_done_is_committed_though_the_one_behind_him_gave_up(sqlite_database: Database) -> None:
    """A transaction leaves the commit to the next in the queue; here that one never comes."""
    queue = sqlite_database._writer
    with queue._count:
        queue._waiting += 1  # as if somebody stood behind, who then loses patience without a turn
    began = time.monotonic()
    _note(sqlite_database)
    assert time.monotonic() - began < 10
    with queue._count:
        queue._waiting -= 1
    _note(sqlite_database)
    assert _rows(sqlite_database) == 2
