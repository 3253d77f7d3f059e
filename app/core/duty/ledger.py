"""How fairly duty is shared out: hours of each person by pay class, for the time sheet."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.calendar.days import DayKind, day_of
from app.core.duty.plan import Plan, stints


@dataclass(slots=True)
class Account:
    """One person's share: time by the pay class of the calendar day on which it was served, and shifts begun."""

    person: str
    shifts: int = 0
    served: dict[DayKind, timedelta] = field(default_factory=lambda: defaultdict(timedelta))
    provisional: bool = False  # some of it lies in a year whose holidays are not published

    def hours(self, kind: DayKind) -> float:
        return self.served[kind] / timedelta(hours=1)

    @property
    def total(self) -> float:
        return sum(self.hours(kind) for kind in DayKind)


def ledger(plan: Plan, start: datetime, end: datetime) -> list[Account]:
    """Everybody of the roster in its order, [start, end). Only who is first in a shift serves; nobody's is left out."""
    accounts = {person.id: Account(person.id) for person in plan.roster.people}
    for stint in stints(plan, start, end):
        account = accounts.get(stint.who[0]) if stint.who else None
        if account is None:
            continue
        account.shifts += start <= stint.start < end
        _add(plan, account, max(stint.start, start), min(stint.end, end))
    return list(accounts.values())


def _add(plan: Plan, account: Account, begin: datetime, end: datetime) -> None:
    """Cut at midnight: a night before a holiday is two pay classes."""
    zone = plan.roster.zone
    moment = begin.astimezone(zone)
    while moment < end:
        midnight = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        until = min(midnight, end.astimezone(zone))
        day = day_of(plan.roster.holidays, moment.date())
        account.served[day.kind] += until - moment
        account.provisional |= day.provisional
        moment = until
