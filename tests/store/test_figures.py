"""What the metrics read from the tables, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func
from sqlmodel import Session, select

from app.core.message import Way
from app.store import cases, pace, replicas
from app.store.database import Database
from app.store.figures import MessageCount, figures, lateness
from app.store.tables import InboundRow
from tests.people import MONDAY_NINE, ZHAO
from tests.store.making import claimed, opened, put

NOW = MONDAY_NINE
LATER = NOW + timedelta(minutes=5)


def test_an_empty_desk_has_nothing_to_tell(database: Database) -> None:
    """No row, no number, no error."""
    with database.reading() as session:
        found, late = figures(session, NOW), lateness(session, NOW)
        assert MessageCount().now(session, NOW) == {}
    assert (found.cases, found.outbox, found.late, found.oldest_waiting, found.replicas) == ({}, {}, {}, None, 0)
    assert (late.timer, late.page) == (timedelta(), timedelta())


def test_cases_and_lines_are_told_by_state_and_age(database: Database) -> None:
    """What was sent is left out: it is the most, and says nothing."""
    with database.transaction() as session:
        waiting = opened(session)
        opened(session, ZHAO, state="taken")
        put(session, due=NOW + timedelta(minutes=1))
        put(session, due=LATER + timedelta(minutes=1), way=Way.ROOM)
        put(session, way=Way.PAGE, case_id=waiting.id).state = "failed"
        put(session).state = "sent"
        session.flush()
        found = figures(session, LATER)
    assert found.cases == {"waiting": 1, "taken": 1}
    assert found.outbox == {("desk", "reply", "due"): 1, ("desk", "room", "due"): 1, ("desk", "page", "failed"): 1}
    assert (found.late, found.unsent) == ({"reply": NOW + timedelta(minutes=1)}, {"reply": NOW, "room": NOW})
    assert (found.oldest_waiting, found.oldest_unpaged, found.without_timer) == (NOW, NOW, 1)


def test_a_line_whose_sender_died_is_late_and_one_being_sent_is_not(database: Database) -> None:
    """By the lease."""
    with database.transaction() as session:
        row = put(session)
        row.state, row.lease_until = "sending", LATER
        session.flush()
        assert figures(session, LATER - timedelta(seconds=1)).late == {}
        assert figures(session, LATER + timedelta(seconds=1)).late == {"reply": NOW}


@pytest.mark.parametrize("state", ["due", "sending", "failed", "unknown", "dropped"])
def test_a_page_counts_once_it_has_surely_left(sqlite_database: Database, state: str) -> None:
    """By itself, or as part of another case's that has left."""
    with sqlite_database.transaction() as session:
        speaks = put(session, way=Way.PAGE, case_id=opened(session).id)
        member = put(session, way=Way.PAGE, case_id=opened(session, ZHAO).id)
        member.state, member.bundled_into, speaks.state = "bundled", speaks.id, state
        session.flush()
        assert figures(session, LATER).oldest_unpaged == NOW
        speaks.state = "sent"
        session.flush()
        assert figures(session, LATER).oldest_unpaged is None


def test_timers_tell_how_late_they_are_and_whom_nobody_will_call(database: Database) -> None:
    """A timer of another case does not count."""
    with database.transaction() as session:
        case, other = opened(session), opened(session, ZHAO)
        cases.set_timer(session, case, NOW + timedelta(minutes=1))
        found = figures(session, LATER)
        assert (found.oldest_timer, found.without_timer) == (NOW + timedelta(minutes=1), 1)
        cases.set_timer(session, other, LATER + timedelta(minutes=9))
        assert figures(session, LATER).without_timer == 0
        assert lateness(session, LATER).timer == timedelta(minutes=4)


def test_a_page_that_waits_for_a_locked_out_pager_is_not_late(database: Database) -> None:
    """It waits rightly; one that could leave is late, and a reply is nobody's alarm here."""
    with database.transaction() as session:
        put(session)
        assert lateness(session, LATER).page == timedelta()
        row = put(session, way=Way.PAGE)
        assert lateness(session, LATER).page == timedelta(minutes=5)
        pace.hold(session, row, range(3), LATER + timedelta(minutes=10))
        assert lateness(session, LATER).page == timedelta()


def test_only_living_processes_are_counted(database: Database) -> None:
    """Ten seconds of silence are death."""
    with database.transaction() as session:
        replicas.beat(session, "old", NOW)
        replicas.beat(session, "new", NOW + timedelta(seconds=9))
        assert figures(session, NOW + timedelta(seconds=9)).replicas == 2
        assert figures(session, NOW + timedelta(seconds=11)).replicas == 1


def test_the_running_count_of_messages_is_the_count(database: Database) -> None:
    """While they come in, whatever their order, after they are old, and after their words are forgotten."""
    running, now = MessageCount(), NOW
    for number, minutes in enumerate((0, 3, -2, 9, 4, 30, 29, 61)):
        now = max(now, NOW + timedelta(minutes=minutes))
        with database.transaction() as session:
            row = claimed(session, at=NOW + timedelta(minutes=minutes))
            row.action = "answer" if number % 3 else "handoff"
        with database.reading() as session:
            assert running.now(session, now) == _counted(session)
            assert MessageCount().now(session, now) == _counted(session)
    with database.reading() as session:
        assert sum(running.now(session, now + timedelta(days=1)).values()) == 8


def _counted(session: Session) -> dict[tuple[str, str], int]:
    query = select(InboundRow.channel, InboundRow.action, func.count()).group_by(InboundRow.channel, InboundRow.action)
    return {(channel, action): number for channel, action, number in session.exec(query).all()}
