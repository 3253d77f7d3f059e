"""A case (单): what a human has to take. Its states are a table; what is not in it changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class CaseState(StrEnum):
    WAITING = "waiting"  # paged, nobody has taken it
    TAKEN = "taken"  # an engineer has it; the desk is silent towards that person
    RESOLVED = "resolved"


class CaseEvent(StrEnum):
    TAKE = "take"
    RESOLVE = "resolve"
    SOLVED = "solved"  # the staff member says that it works


TRANSITIONS: dict[tuple[CaseState, CaseEvent], CaseState] = {
    (CaseState.WAITING, CaseEvent.TAKE): CaseState.TAKEN,
    (CaseState.WAITING, CaseEvent.RESOLVE): CaseState.RESOLVED,
    (CaseState.WAITING, CaseEvent.SOLVED): CaseState.RESOLVED,
    (CaseState.TAKEN, CaseEvent.RESOLVE): CaseState.RESOLVED,
    (CaseState.TAKEN, CaseEvent.SOLVED): CaseState.RESOLVED,
}


class IllegalEvent(Exception):
    """The event is not possible in this state; nothing has changed."""


def advance(state: CaseState, event: CaseEvent) -> CaseState:
    """The state after `event`. Raises IllegalEvent where the table has no entry."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalEvent(f"{event} is not possible in {state}") from None


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """Stamped on a case when it opens, so that later edits change the next case only.

    `waits` are minutes until the next step; after the last step it is repeated with the last wait, `repeats` times.
    """

    waits: tuple[int, ...]
    repeats: int

    def wait_after(self, step: int) -> timedelta | None:
        """How long step number `step` (from 0) waits for somebody; None when there is no further step."""
        if step >= len(self.waits) + self.repeats:
            return None
        return timedelta(minutes=self.waits[min(step, len(self.waits) - 1)])


@dataclass(frozen=True, slots=True)
class PageDue:
    """The next page of a case: which step, and when the one after it is due (None: this is the last)."""

    step: int
    next_at: datetime | None


def next_page(policy: EscalationPolicy, step: int, now: datetime) -> PageDue | None:
    """What to do when step `step` fires at `now`; None when the plan is used up."""
    if step > len(policy.waits) + policy.repeats:
        return None
    wait = policy.wait_after(step)
    return PageDue(step, now + wait if wait else None)
