"""A case (单): what a human has to take. Its states are a table; what is not in it changes nothing."""

from enum import StrEnum


class CaseState(StrEnum):
    WAITING = "waiting"  # paged, nobody has taken it
    TAKEN = "taken"  # an engineer has it; the desk is silent towards that person
    RESOLVED = "resolved"


class CaseEvent(StrEnum):
    TAKE = "take"
    ACCEPT = "accept"  # a colleague takes it over from the one who has it and offered it
    EXPIRE = "expire"  # taken, and then nothing happened
    RESOLVE = "resolve"
    SOLVED = "solved"  # the staff member says that it works
    REOPEN = "reopen"  # an engineer takes it up again


TRANSITIONS: dict[tuple[CaseState, CaseEvent], CaseState] = {
    (CaseState.WAITING, CaseEvent.TAKE): CaseState.TAKEN,
    (CaseState.WAITING, CaseEvent.RESOLVE): CaseState.RESOLVED,
    (CaseState.WAITING, CaseEvent.SOLVED): CaseState.RESOLVED,
    (CaseState.TAKEN, CaseEvent.ACCEPT): CaseState.TAKEN,
    (CaseState.TAKEN, CaseEvent.EXPIRE): CaseState.WAITING,
    (CaseState.TAKEN, CaseEvent.RESOLVE): CaseState.RESOLVED,
    (CaseState.TAKEN, CaseEvent.SOLVED): CaseState.RESOLVED,
    (CaseState.RESOLVED, CaseEvent.REOPEN): CaseState.TAKEN,
}


class IllegalEvent(Exception):
    """The event is not possible in this state; nothing has changed."""


def advance(state: CaseState, event: CaseEvent) -> CaseState:
    """The state after `event`. Raises IllegalEvent where the table has no entry."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalEvent(f"{event} is not possible in {state}") from None
