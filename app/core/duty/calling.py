"""Whom a step of a case calls: its roles, filled by whoever is on duty when it fires."""

from app.core.duty.plan import Duty
from app.core.escalation import LAST_RESORT, NEXT_IN_ORDER, Steps
from app.core.layers import Level
from app.core.roster import Engineer


def called(duty: Duty, plan: Steps, number: int) -> tuple[Engineer, ...]:
    """The people whom step `number` (from 0) calls. Empty: nobody has that role now, the step is skipped at once.

    A role that comes again calls the next person of its level, and after the last the first again.
    """
    step = plan.at(number)
    if step is None:
        return ()
    found: dict[Engineer, None] = {}
    for role in step.call:
        before = sum(role in earlier.call for earlier in plan.steps[:number])
        if role == NEXT_IN_ORDER:
            found[duty.at_step(before)] = None
        elif role == LAST_RESORT:
            found[duty.fallback or duty.order[-1]] = None
        elif people := duty.by_level.get(Level(role), ()):
            found[people[before % len(people)]] = None
    return tuple(found)
