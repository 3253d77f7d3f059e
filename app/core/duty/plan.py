"""Who is on duty at a moment, and why: turns, then leave and covers, then who has not taken over yet.

Total: there is always at least the fallback person. Covers win over the rotation, the newest over older ones; the
rotation goes on as if nothing had happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from app.core.duty.turns import Anchor, Turn, turns
from app.core.layers import Level
from app.core.roster import Engineer, Roster

HELD_OVER = timedelta(days=4)  # the one before stays responsible over a weekend, not over a holiday of a week
MOST_STINTS = 10  # of one person in a row that are looked back through


@dataclass(frozen=True, slots=True)
class Cover:
    """In this time `into` stands in for `out`; without `into` it is leave. `layer` limits it to one layer."""

    number: int
    out: str
    start: datetime
    end: datetime
    into: str = ""
    layer: str = ""

    def holds(self, person: str, layer: str, at: datetime) -> bool:
        return self.out == person and self.start <= at < self.end and self.layer in ("", layer)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides who is on duty. `unconfirmed`: (layer, start) of shifts whose person has not answered."""

    roster: Roster
    anchors: tuple[Anchor, ...] = ()
    covers: tuple[Cover, ...] = ()
    unconfirmed: frozenset[tuple[str, datetime]] = frozenset()


@dataclass(frozen=True, slots=True)
class Stint:
    """An uninterrupted piece of a turn with the same people. Nobody may be left."""

    layer: str
    level: Level
    start: datetime
    end: datetime
    who: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is called at a moment, first to last, and why. Never empty. `by_level`: who of them has which level."""

    order: tuple[Engineer, ...]
    reason: str
    by_level: Mapping[Level, tuple[Engineer, ...]] = field(default_factory=dict)
    fallback: Engineer | None = None  # the last resort

    @property
    def first(self) -> Engineer:
        return self.order[0]

    def at_step(self, step: int) -> Engineer:
        """Whom step number `step` (from 0) calls; beyond the order it is the last again."""
        return self.order[min(step, len(self.order) - 1)]


def stints(plan: Plan, start: datetime, end: datetime) -> list[Stint]:
    """All that reaches into [start, end), each as a whole, in the order of the file, then of time."""
    zone = plan.roster.zone
    first, last = start.astimezone(zone).date() - timedelta(days=2), end.astimezone(zone).date()
    found = (piece for turn in turns(plan.roster, plan.anchors, first, last) for piece in _pieces(plan, turn))
    return [stint for stint in found if stint.end > start and stint.start < end]


def on_duty(plan: Plan, at: datetime) -> Duty:
    """The order of call at `at` (aware): who has not handed over yet, the shift's people by level, the fallback."""
    now = at.astimezone(UTC)
    current = stints(plan, now, now + timedelta(microseconds=1))
    current.sort(key=lambda stint: list(Level).index(stint.level))
    by_level: dict[Level, tuple[Engineer, ...]] = {}
    order: dict[Engineer, None] = {}
    reasons: list[str] = []
    for stint in current:
        before = not_handed_over(plan, stint)
        people = _people(plan, [*before, *stint.who])
        by_level[stint.level] = tuple(dict.fromkeys((*by_level.get(stint.level, ()), *people)))
        order |= dict.fromkeys(people)
        reasons.append(stint.reason + ("，还没交接" if before else ""))
    for level in (Level.SECOND, Level.MANAGER):  # whoever belongs to no layer, but has the level
        by_level.setdefault(
            level, tuple(p for p in plan.roster.people if p.level == level and not is_absent(plan, p.id, now))
        )
    fallback = _people(plan, [plan.roster.fallback])
    order |= dict.fromkeys(fallback)
    return Duty(tuple(order), "；".join(reasons) or "没有排班，由后备人员负责", by_level, fallback[0])


def is_absent(plan: Plan, person: str, at: datetime) -> bool:
    """Whether the person is on leave at `at`."""
    return any(not c.into and c.out == person and not c.layer and c.start <= at < c.end for c in plan.covers)


def before(plan: Plan, stint: Stint) -> Stint | None:
    """The stint of the same layer that ended last before this one, if that is not too long ago."""
    earlier = stints(plan, stint.start - HELD_OVER, stint.start)
    mine = [other for other in earlier if other.layer == stint.layer and other.who and other.end <= stint.start]
    return max(mine, key=lambda other: other.end, default=None)


def not_handed_over(plan: Plan, stint: Stint) -> tuple[str, ...]:
    """Who stays responsible because the next has not said that he is there: nobody, or one."""
    handover = plan.roster.handover
    if handover is None or not handover.confirm:
        return ()
    here = stint
    for _ in range(MOST_STINTS):  # back to where this person's run of stints began
        earlier = before(plan, here)
        if earlier is None:
            return ()
        if earlier.who[:1] != stint.who[:1]:
            silent = (here.layer, here.start) in plan.unconfirmed
            return tuple(p for p in earlier.who[:1] if silent and not is_absent(plan, p, stint.start))
        here = earlier
    return ()


def _pieces(plan: Plan, turn: Turn) -> Iterable[Stint]:
    edges = {turn.start, turn.end}
    for cover in plan.covers:
        edges |= {edge for edge in (cover.start, cover.end) if turn.start < edge < turn.end}
    for begin, until in pairwise(sorted(edges)):
        who, why = _covered(plan, turn, begin)
        yield Stint(turn.layer, turn.level, begin, until, who, turn.reason + why)


def _covered(plan: Plan, turn: Turn, at: datetime) -> tuple[tuple[str, ...], str]:
    """Who really serves, and what has to be said about it."""
    who: list[str] = []
    notes: list[str] = []
    for person in turn.who:
        stand_in = _stand_in(plan, turn, person, at)
        if stand_in != person:
            notes.append(_note(plan, person, stand_in))
        if stand_in:
            who.append(stand_in)
    if not who:
        reserve = next((found for p in turn.reserves if (found := _stand_in(plan, turn, p, at))), "")
        if reserve:
            who = [reserve]
            notes.append(_note(plan, turn.who[0], reserve))
    return tuple(dict.fromkeys(who)), "".join(f"，{note}" for note in dict.fromkeys(notes) if note)


def _stand_in(plan: Plan, turn: Turn, person: str, at: datetime) -> str:
    """Who serves for `person`: himself, who covers for him (and for that one), or nobody."""
    seen = {person}
    while True:
        holding = [c for c in plan.covers if c.holds(person, turn.layer, at)]
        if not holding:
            return person
        person = max(holding, key=lambda cover: cover.number).into
        if not person or person in seen:
            return ""
        seen.add(person)


def _note(plan: Plan, out: str, into: str) -> str:
    absent, present = plan.roster.engineer(out), plan.roster.engineer(into)
    if absent and present:
        return f"{present.name}替{absent.name}"
    return f"{absent.name}请假" if absent else ""


def _people(plan: Plan, ids: Sequence[str]) -> tuple[Engineer, ...]:
    found = (plan.roster.engineer(id) for id in dict.fromkeys(ids))
    return tuple(person for person in found if person)
