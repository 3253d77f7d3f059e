"""What is wrong with a plan before it bites: hours without anybody, people who serve twice or cannot be reached."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.core.calendar.days import day_of, days_between
from app.core.duty.plan import Plan, Stint, stints


@dataclass(frozen=True, slots=True)
class Weakness:
    """One thing to be mended. `code` is stable; `text` is for the admin, in Chinese."""

    code: str
    text: str


def gaps(plan: Plan, start: datetime, days: int = 7) -> list[tuple[datetime, datetime]]:
    """Stretches of the next `days` days that no layer plans for, in the roster's own time."""
    begin = start.astimezone(plan.roster.zone).replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(days=days)
    served = sorted((s.start, s.end) for s in stints(plan, begin, end))
    found: list[tuple[datetime, datetime]] = []
    covered_until = begin
    for from_, until in served:
        if from_ > covered_until:
            found.append((covered_until, from_.astimezone(plan.roster.zone)))
        covered_until = max(covered_until, until.astimezone(plan.roster.zone))
    if covered_until < end:
        found.append((covered_until, end))
    return found


def double_bookings(plan: Plan, start: datetime, days: int = 7) -> list[tuple[Stint, Stint]]:
    """Pairs of stints at the same time whose first is the same person: the second layer adds nobody."""
    found = stints(plan, start, start + timedelta(days=days))
    by_person: dict[str, list[Stint]] = {}
    for stint in found:
        if stint.who:
            by_person.setdefault(stint.who[0], []).append(stint)
    pairs: list[tuple[Stint, Stint]] = []
    for mine in by_person.values():
        ordered = sorted(mine, key=lambda stint: stint.start)
        pairs += [(a, b) for a, b in pairwise(ordered) if b.start < a.end and a.layer != b.layer]
    return pairs


def provisional_days(plan: Plan, first: date, last: date) -> list[date]:
    """The days of that time whose kind is computed, since the year has not been published."""
    return [day for day in days_between(first, last) if day_of(plan.roster.holidays, day).provisional]


def weaknesses(plan: Plan, platforms: Collection[str], start: datetime, days: int) -> list[Weakness]:
    """All that an admin should know of the next `days` days. `platforms`: those on which engineers are paged."""
    zone = plan.roster.zone
    found = [
        Weakness("empty", f"{_when(s.start.astimezone(zone))} 的“{s.layer}”没有人：{s.reason}")
        for s in stints(plan, start, start + timedelta(days=days))
        if not s.who
    ]
    found += [
        Weakness("gap", f"{_when(a)} 到 {_when(b)} 没有人值班，只有后备{_name(plan, plan.roster.fallback)}")
        for a, b in gaps(plan, start, days)
    ]
    for a, b in double_bookings(plan, start, days):
        who, when = _name(plan, b.who[0]), _when(b.start.astimezone(zone))
        found.append(Weakness("double", f"{when} {who}同时排在“{a.layer}”和“{b.layer}”"))
    serving = {person for s in stints(plan, start, start + timedelta(days=days)) for person in s.who}
    for person in plan.roster.people:
        if person.id in serving | {plan.roster.fallback}:
            missing = [p for p in platforms if not person.platform_id(p) and not person.mobile]
            found += [Weakness("unreachable", f"{person.name}没有填 {p} 的 id，那里呼不到") for p in missing]
    today = start.astimezone(zone).date()
    if days_not_known := provisional_days(plan, today, today + timedelta(days=days)):
        years = "、".join(str(year) for year in sorted({day.year for day in days_not_known}))
        found.append(Weakness("provisional", f"{years} 年的放假调休安排还没录入，按周末和法定节日暂排"))
    return found


def _when(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M}"


def _name(plan: Plan, id: str) -> str:
    person = plan.roster.engineer(id)
    return person.name if person else id
