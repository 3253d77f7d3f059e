"""A case moves by its table and by nothing else; its plan is used up step by step."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.cases import (
    TRANSITIONS,
    CaseEvent,
    CaseState,
    EscalationPolicy,
    IllegalEvent,
    PageDue,
    advance,
    next_page,
)
from tests.people import MONDAY_NINE as NOW

PLAN = EscalationPolicy((10, 5), 2)
plans = st.builds(
    EscalationPolicy, st.lists(st.integers(1, 1440), min_size=1, max_size=5).map(tuple), st.integers(0, 20)
)


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (CaseState.WAITING, CaseEvent.TAKE, CaseState.TAKEN),
        (CaseState.WAITING, CaseEvent.RESOLVE, CaseState.RESOLVED),
        (CaseState.WAITING, CaseEvent.SOLVED, CaseState.RESOLVED),
        (CaseState.TAKEN, CaseEvent.RESOLVE, CaseState.RESOLVED),
        (CaseState.TAKEN, CaseEvent.SOLVED, CaseState.RESOLVED),
    ],
)
def test_what_the_table_allows(state: CaseState, event: CaseEvent, after: CaseState) -> None:
    """Take, resolve, solved; what one has taken no colleague takes."""
    assert advance(state, event) is after


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("event", list(CaseEvent))
def test_what_is_not_in_the_table_is_refused(state: CaseState, event: CaseEvent) -> None:
    """Every other pair raises, naming both."""
    if (state, event) not in TRANSITIONS:
        with pytest.raises(IllegalEvent, match=rf"{event} is not possible in {state}"):
            advance(state, event)


@pytest.mark.parametrize("event", list(CaseEvent))
def test_what_is_resolved_stays_resolved(event: CaseEvent) -> None:
    """Nothing leads out of the end."""
    with pytest.raises(IllegalEvent):
        advance(CaseState.RESOLVED, event)


@pytest.mark.parametrize(("step", "minutes"), [(0, 10), (1, 5), (2, 5), (3, 5), (4, None), (99, None)])
def test_each_step_waits_its_time_and_the_last_wait_is_repeated(step: int, minutes: int | None) -> None:
    """Ten minutes, then five, then twice five more; then nothing."""
    assert PLAN.wait_after(step) == (timedelta(minutes=minutes) if minutes else None)


def test_the_last_page_has_nothing_after_it_and_then_the_plan_is_used_up() -> None:
    """Step 4 is the last of this plan."""
    assert next_page(PLAN, 3, NOW) == PageDue(3, NOW + timedelta(minutes=5))
    assert next_page(PLAN, 4, NOW) == PageDue(4, None)
    assert next_page(PLAN, 5, NOW) is None


@given(plans)
def test_every_plan_ends_and_only_its_last_page_is_without_a_next(plan: EscalationPolicy) -> None:
    """One page, one a wait, one a repeat; each later than the one before."""
    step, now = 0, NOW
    while (due := next_page(plan, step, now)) and due.next_at:
        assert due.step == step and due.next_at > now
        step, now = step + 1, due.next_at
    assert step == len(plan.waits) + plan.repeats
    assert next_page(plan, step + 1, now) is None
