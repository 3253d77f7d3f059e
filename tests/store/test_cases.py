"""Cases and their timers: one open case a conversation, one timer a case."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from app.core.escalation import by_order
from app.store import cases, pictures
from app.store.database import Database
from app.store.tables import TimerRow
from tests.people import MONDAY_NINE, ZHAO
from tests.store.making import claimed, opened, talking

SOON = MONDAY_NINE + timedelta(minutes=10)


@pytest.mark.parametrize(("state", "is_open"), [("waiting", True), ("taken", True), ("resolved", False)])
def test_a_case_is_open_until_it_is_resolved(database: Database, state: str, is_open: bool) -> None:
    """Taken is not closed: the person still has a case."""
    with database.transaction() as session:
        case = opened(session, state=state)
        assert (cases.open_of(session, case.conversation_id) is not None) is is_open
        assert (cases.all_open(session) != []) is is_open


def test_each_person_has_a_case_of_their_own(database: Database) -> None:
    """One person's case is not found under another's name."""
    with database.transaction() as session:
        ours, theirs = opened(session), opened(session, ZHAO)
        found = cases.open_of(session, theirs.conversation_id)
        assert found is not None and found.id == theirs.id
        assert [case.id for case in cases.all_open(session)] == [ours.id, theirs.id]


@pytest.mark.parametrize("number", [0, -1, 999, 2**31, 2**70])
def test_a_number_that_no_case_has_finds_none(database: Database, number: int) -> None:
    """Whatever number a person types, the database can take it."""
    with database.transaction() as session:
        assert cases.get(session, number) is None


def test_a_policy_comes_back_as_it_was_stamped(database: Database) -> None:
    """Waits and repeats are the case's own."""
    with database.transaction() as session:
        number = opened(session).id or 0
    with database.transaction() as session:
        case = cases.get(session, number)
        assert case is not None and cases.plan_of(case) == by_order((10,), 0)
        assert cases.number_of(case) == number


def test_a_timer_is_set_once_and_moved(database: Database) -> None:
    """Setting it again replaces it; clearing it leaves none."""
    with database.transaction() as session:
        case = opened(session)
        cases.set_timer(session, case, MONDAY_NINE)
        cases.set_timer(session, case, SOON)
        assert session.exec(select(TimerRow.due_at)).all() == [SOON]
        cases.clear_timer(session, case)
        assert cases.timer_of(session, cases.number_of(case)) is None


def test_timers_are_due_from_their_moment_on_the_oldest_first(database: Database) -> None:
    """Not a second before, and those of the longest waiting case first."""
    with database.transaction() as session:
        late, early = opened(session), opened(session, ZHAO)
        cases.set_timer(session, late, SOON)
        cases.set_timer(session, early, MONDAY_NINE)
        assert cases.due_timers(session, MONDAY_NINE - timedelta(seconds=1)) == []
        assert cases.due_timers(session, MONDAY_NINE) == [early.id]
        assert cases.due_timers(session, SOON) == [early.id, late.id]
        assert cases.due_timers(session, SOON, most=1) == [early.id]


def test_a_case_cannot_be_loaded_by_two_at_once(postgres_database: Database) -> None:
    """PostgreSQL, two replicas: the second waits for the first."""
    with postgres_database.transaction() as session:
        number = opened(session).id or 0
    with pytest.raises(OperationalError), postgres_database.transaction() as first:
        cases.get(first, number)
        with postgres_database.transaction() as second:
            second.connection().exec_driver_sql("SET lock_timeout = '50ms'")
            cases.get(second, number)


def test_recent_pictures_of_the_person_come_into_the_case(database: Database) -> None:
    """Half an hour back, and never another person's."""
    with database.transaction() as session:
        for minutes in (29, 31):
            row = claimed(session, at=MONDAY_NINE - timedelta(minutes=minutes))
            pictures.keep(session, row.id or 0, None, "image/png", b"png", SOON)
        case, another = opened(session), opened(session, ZHAO)
        pictures.attach(session, talking(session, ZHAO), another, MONDAY_NINE)
        pictures.attach(session, talking(session), case, MONDAY_NINE)
        assert (pictures.count(session, case), pictures.count(session, another)) == (1, 0)
