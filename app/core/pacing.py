"""How much of a target's limit each kind of line may use, and when there is room again. Pure; moments are arguments."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)  # the platforms count a minute
PAGE, ROOM, REPLY = 0, 1, 2  # priorities: pages first, then hand-off lines, then answers
_SHARE = {PAGE: 1.0, ROOM: 0.85, REPLY: 0.7}  # what answers leave free is there when a page comes
_NEAR = 0.4  # from here on pages to one engineer travel together
PERSON_LIMIT = 12  # messages a minute that one person gets answers to


def share(limit: int, priority: int) -> int:
    """How many of `limit` lines a minute may be used up when a line of this priority goes out."""
    return max(1, int(limit * _SHARE[priority]))


def room_at(limit: int, priority: int, started: Sequence[datetime], now: datetime) -> datetime | None:
    """When a line of this priority may go out: None at once. `started`: the target's sends, oldest first."""
    recent = [moment for moment in started if moment > now - WINDOW]
    free = share(limit, priority)
    if len(recent) < free:
        return None
    return recent[len(recent) - free] + WINDOW


def is_near(limit: int, used: int) -> bool:
    """Whether so much of the limit is used that pages should be bundled."""
    return used >= limit * _NEAR


def floods(earlier: int) -> bool:
    """Whether a person who wrote `earlier` messages in the last minute is to be slowed."""
    return earlier >= PERSON_LIMIT
