"""After a send: when to try again, when to give up. A value, decided from what the channel reported."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"  # permanent, or tried often enough: a person must look
    MOVED = "moved"  # urgent, and tried often enough here: it goes another way that is open
    UNKNOWN = "unknown"  # it may have arrived; not repeated where that would double it


class Failure(StrEnum):
    PERMANENT = "permanent"  # will fail again without a person's intervention
    TEMPORARY = "temporary"  # nothing left; try again
    UNKNOWN = "unknown"  # the request left and no answer came
    NEVER_AGAIN = "never-again"  # it may have arrived, and went a way on which a second one would show


MAX_ATTEMPTS = 12
MAX_ATTEMPTS_BEFORE_ANOTHER = 3  # of an urgent line, where another way is open now: within five seconds
_DELAYS = (1, 2, 5, 10, 30, 60, 120, 300, 600)  # seconds
MAX_ATTEMPTS_OF_LAST_HOPE = 800  # of an urgent line for which no other way is open: about forty minutes
_FIRST_REST, _LONGEST_REST = timedelta(seconds=2.5), timedelta(minutes=1)
_LONGEST_DELAY_OF_URGENT = 3  # seconds: once the platform takes lines again, an urgent one is there within five


def rest(moves: int) -> timedelta:
    """How long an urgent line that has left a way `moves` times stays away from it: longer each time, up to a minute.

    So it finds a short disturbance's end at once, and runs to and fro between two broken ways but once a minute.
    """
    return min(_FIRST_REST * 2 ** (moves - 1), _LONGEST_REST) if moves else timedelta()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an outbox row; `due_at` only with RETRY."""

    outcome: Outcome
    due_at: datetime | None = None


def after_failure(
    failure: Failure,
    *,
    attempts: int,
    idempotent: bool,
    now: datetime,
    retry_after: timedelta | None = None,
    urgent: bool = False,
    last_hope: bool = False,
) -> Verdict:
    """`attempts` counts this one. `idempotent`: the platform drops a second send with the same key.

    `urgent`: somebody's phone shall ring. `last_hope`: there is no other way by which it could now.
    """
    most = MAX_ATTEMPTS
    if urgent:
        most = MAX_ATTEMPTS_OF_LAST_HOPE if last_hope else MAX_ATTEMPTS_BEFORE_ANOTHER
    if failure is Failure.NEVER_AGAIN:
        return Verdict(Outcome.UNKNOWN)
    if failure is Failure.UNKNOWN and (not idempotent or (urgent and attempts >= most)):
        return Verdict(Outcome.UNKNOWN)
    if failure is Failure.PERMANENT or attempts >= most:
        moves = failure is not Failure.PERMANENT and urgent and not last_hope
        return Verdict(Outcome.MOVED if moves else Outcome.FAILED)
    seconds = _DELAYS[min(attempts - 1, len(_DELAYS) - 1)]
    if urgent:
        seconds = min(seconds, _LONGEST_DELAY_OF_URGENT)
    return Verdict(Outcome.RETRY, now + (retry_after or timedelta(seconds=seconds)))
