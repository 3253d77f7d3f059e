"""Moments are aware, transactions are whole, on both databases."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlmodel import select, text

from app.store import audit
from app.store.database import Database
from app.store.tables import AuditRow, ConversationRow, TimerRow
from tests.people import MONDAY_NINE


def _note(session: object, at: datetime) -> None:
    audit.write(session, at=at, actor="zhang", action="take", subject="case:1")  # type: ignore[arg-type]


def test_a_naive_moment_is_refused(database: Database) -> None:
    """Nine o'clock, but where? Such a moment never reaches the database."""
    with pytest.raises(StatementError, match="naive"), database.transaction() as session:
        _note(session, datetime(2026, 1, 5, 9, 0))  # noqa: DTZ001


def test_any_zone_goes_in_and_utc_comes_out(database: Database) -> None:
    """Nine in China is one in UTC."""
    china = timezone(timedelta(hours=8))
    with database.transaction() as session:
        _note(session, datetime(2026, 1, 5, 9, 0, tzinfo=china))
    with database.reading() as session:
        at = session.exec(select(AuditRow.at)).one()
    assert (at, at.tzinfo) == (MONDAY_NINE, UTC)


def test_an_empty_moment_stays_empty(database: Database) -> None:
    """None is not 1970."""
    with database.transaction() as session:
        session.add(ConversationRow(channel="c", room="r", room_kind="group", person="p", updated_at=MONDAY_NINE))
    with database.reading() as session:
        assert session.exec(select(ConversationRow.reply_expires_at)).one() is None


def test_an_error_takes_everything_back(database: Database) -> None:
    """All or nothing."""
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        _note(session, MONDAY_NINE)
        session.flush()
        raise ZeroDivisionError
    with database.reading() as session:
        assert session.exec(select(AuditRow)).all() == []


def test_reading_keeps_nothing(database: Database) -> None:
    """A page that looks cannot change anything by mistake."""
    with database.reading() as session:
        _note(session, MONDAY_NINE)
        session.flush()
    with database.reading() as session:
        assert session.exec(select(AuditRow)).all() == []


def test_many_writers_at_once_all_get_through(database: Database) -> None:
    """On SQLite they queue instead of failing with «locked»."""

    def write() -> None:
        for _ in range(5):
            with database.transaction() as session:
                _note(session, MONDAY_NINE)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert len(session.exec(select(AuditRow)).all()) == 20


def test_a_reference_to_nothing_is_refused(database: Database) -> None:
    """Foreign keys hold on SQLite too."""
    statement = (
        'INSERT INTO "case" (conversation_id, state, words, guesses, tried, waits, repeats, step, paged, engineer, '
        "reason, opened_at) VALUES (99, '', '[]', '[]', '[]', '[]', 0, 0, '', '', '', '2026-01-05')"
    )
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text(statement))


def test_a_second_timer_of_one_case_is_refused(database: Database) -> None:
    """(kind, subject) is unique: a page cannot be planned twice."""
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(TimerRow(kind="escalate", subject=1, due_at=MONDAY_NINE))
        session.add(TimerRow(kind="escalate", subject=1, due_at=MONDAY_NINE))


def test_a_database_that_answers_can_be_pinged(database: Database) -> None:
    """Readiness asks the database itself."""
    database.ping()


def test_a_database_that_is_away_raises() -> None:
    """And says so when it cannot be reached."""
    away = Database("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2")
    with pytest.raises(OperationalError):
        away.ping()
    away.close()


def test_sqlite_survives_a_power_cut(sqlite_database: Database) -> None:
    """A commit is on the disk when the platform gets its 200."""
    with sqlite_database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_the_audit_trail_tells_one_subject_in_order(database: Database) -> None:
    """Who changed what, from what to what."""
    with database.transaction() as session:
        audit.write(session, at=MONDAY_NINE, actor="zhang", action="take", subject="case:1", after="zhang")
        audit.write(session, at=MONDAY_NINE, actor="li", action="take", subject="case:2")
        audit.write(session, at=MONDAY_NINE, actor="zhang", action="resolve", subject="case:1", before="taken")
        assert [(row.action, row.before, row.after) for row in audit.of(session, "case:1")] == [
            ("take", "", "zhang"),
            ("resolve", "taken", ""),
        ]
