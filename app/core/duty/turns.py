"""Whose turn it is: the roster's layers laid out over the days, before leave and covers.

A rotation goes on from its anchors: the first is what the file says, each edit of its people adds one, so that nobody
loses his turn or has it twice because a colleague joined. The past keeps the anchors it had.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from app.core.calendar.days import Day, HolidayEntry, day_of, days_between
from app.core.layers import Layer, Level, Rotation
from app.core.roster import Roster

LOOK_AHEAD = timedelta(days=120)  # how far the next served day of a rotation is looked for


@dataclass(frozen=True, slots=True)
class Anchor:
    """From `day` on the rotation goes through `people`, the first of whom has the period in which `day` lies."""

    rotation: str
    day: date
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A layer's hours on one day: whom the plan names, first to last, and who would stand in, in that order."""

    layer: str
    level: Level
    start: datetime
    end: datetime
    who: tuple[str, ...]
    reserves: tuple[str, ...]
    reason: str


def turns(roster: Roster, anchors: Sequence[Anchor], first: date, last: date) -> list[Turn]:
    """All hours that begin on a day from `first` to `last`, in the order of the file, then of time."""
    found: list[Turn] = []
    days = days_between(first, last)
    for shift in roster.shifts:
        found += [_turn(roster, shift, day, shift.who, (), shift.hours) for day in _served(roster, shift, days)]
    for rotation in roster.rotations:
        for day in _served(roster, rotation, days):
            order = order_on(roster, rotation, anchors, day)
            if order:
                reason = f"{rotation.name}，{rotation.start}–{rotation.until}"
                found.append(_turn(roster, rotation, day, order[:1], order[1:], reason))
    return found


def order_on(roster: Roster, rotation: Rotation, anchors: Sequence[Anchor], day: date) -> tuple[str, ...]:
    """The rotation's people from the one whose turn `day` is; empty before the rotation begins."""
    anchor = _anchor_of(rotation, anchors, day)
    if day < anchor.day:
        return ()
    horizon = date(day.year, 12, 31)
    periods = _periods(rotation, roster.holidays, anchor.day, horizon)
    turn = bisect_right(periods, rotation.period(day)) - 1
    begin = max(turn, 0) % len(anchor.people)
    return anchor.people[begin:] + anchor.people[:begin]


def next_anchor(roster: Roster, rotation: Rotation, anchors: Sequence[Anchor], today: date) -> Anchor | None:
    """How a rotation whose people were edited goes on from `today`: whose turn it is keeps it.

    None where nothing changed. Who left the rotation is followed by the next of the old order who is still in it.
    """
    mine = [anchor for anchor in anchors if anchor.rotation == rotation.name]
    if not mine:
        return Anchor(rotation.name, rotation.since, rotation.people)
    latest = max(mine, key=lambda anchor: anchor.day)
    if set(latest.people) == set(rotation.people) and _same_circle(latest.people, rotation.people):
        return None
    day = max(today, latest.day)
    serving = next((d for d in days_between(day, day + LOOK_AHEAD) if rotation.serves(d, _day(roster, d))), day)
    old = order_on(roster, rotation, anchors, serving) or latest.people
    first = next((person for person in old if person in rotation.people), rotation.people[0])
    begin = rotation.people.index(first)
    return Anchor(rotation.name, day, rotation.people[begin:] + rotation.people[:begin])


def _anchor_of(rotation: Rotation, anchors: Iterable[Anchor], day: date) -> Anchor:
    mine = sorted((a for a in anchors if a.rotation == rotation.name), key=lambda anchor: anchor.day)
    past = [anchor for anchor in mine if anchor.day <= day]
    return past[-1] if past else Anchor(rotation.name, rotation.since, mine[0].people if mine else rotation.people)


def _served(roster: Roster, layer: Layer, days: Iterable[date]) -> list[date]:
    return [day for day in days if layer.serves(day, _day(roster, day))]


def _day(roster: Roster, day: date) -> Day:
    return day_of(roster.holidays, day)


@lru_cache(maxsize=128)
def _periods(
    rotation: Rotation, holidays: tuple[HolidayEntry, ...], first: date, last: date
) -> tuple[tuple[int, ...], ...]:
    """The periods in which at least one day is served: only these are anybody's turn."""
    served = (day for day in days_between(first, last) if rotation.serves(day, day_of(holidays, day)))
    return tuple(sorted({rotation.period(day) for day in served}))


def _turn(
    roster: Roster, layer: Layer, day: date, who: tuple[str, ...], reserves: tuple[str, ...], reason: str
) -> Turn:
    begin, end = (moment.replace(tzinfo=roster.zone).astimezone(UTC) for moment in layer.span(day))
    holiday = _day(roster, day).name
    note = f"{reason}（{holiday}）" if holiday else reason
    return Turn(layer.title, layer.level, begin, end, who, reserves, note)


def _same_circle(left: Sequence[str], right: Sequence[str]) -> bool:
    begin = right.index(left[0])
    return tuple(left) == (*right[begin:], *right[:begin])
