"""A case moves by its table and by nothing else."""

import pytest

from app.core.cases import TRANSITIONS, CaseEvent, CaseState, IllegalEvent, advance


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (CaseState.WAITING, CaseEvent.TAKE, CaseState.TAKEN),
        (CaseState.WAITING, CaseEvent.RESOLVE, CaseState.RESOLVED),
        (CaseState.WAITING, CaseEvent.SOLVED, CaseState.RESOLVED),
        (CaseState.TAKEN, CaseEvent.ACCEPT, CaseState.TAKEN),
        (CaseState.TAKEN, CaseEvent.EXPIRE, CaseState.WAITING),
        (CaseState.TAKEN, CaseEvent.RESOLVE, CaseState.RESOLVED),
        (CaseState.TAKEN, CaseEvent.SOLVED, CaseState.RESOLVED),
        (CaseState.RESOLVED, CaseEvent.REOPEN, CaseState.TAKEN),
    ],
)
def test_what_the_table_allows(state: CaseState, event: CaseEvent, after: CaseState) -> None:
    """What one has taken no colleague takes, unless it is handed to him."""
    assert advance(state, event) is after


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("event", list(CaseEvent))
def test_what_is_not_in_the_table_is_refused(state: CaseState, event: CaseEvent) -> None:
    """Every other pair raises, naming both."""
    if (state, event) not in TRANSITIONS:
        with pytest.raises(IllegalEvent, match=rf"{event} is not possible in {state}"):
            advance(state, event)


@pytest.mark.parametrize("event", [event for event in CaseEvent if event is not CaseEvent.REOPEN])
def test_what_is_resolved_stays_resolved(event: CaseEvent) -> None:
    """Nothing leads out of the end, unless an engineer says so."""
    with pytest.raises(IllegalEvent):
        advance(CaseState.RESOLVED, event)
