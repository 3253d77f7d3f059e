"""What is done when nobody comes: steps with waits, the hours in which they run, what is stamped on a case.

A policy is stamped on the case when it opens, so that a later edit changes the next case only; whom a step calls is
looked up when it fires.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.calendar.days import HolidayEntry, day_of
from app.core.layers import Layer, Level

LAST_RESORT = "兜底"
MOST_DAYS = 60  # how far ahead the next office hour is looked for
NEXT_IN_ORDER = ""  # whoever comes next in the roster's order


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Strict):
    """Whom it calls (all of them), by which pagers (empty: the first that reaches him), how many minutes it waits."""

    call: tuple[Level | str, ...] = (NEXT_IN_ORDER,)
    by: tuple[str, ...] = ()
    wait: int = Field(ge=1, le=24 * 60)

    @property
    def waits(self) -> timedelta:
        return timedelta(minutes=self.wait)

    @model_validator(mode="after")
    def _known(self) -> "Step":
        for role in self.call:
            if role not in (*Level, LAST_RESORT, NEXT_IN_ORDER):
                raise ValueError(f"call 里不认识“{role}”，请写{'、'.join(Level)}或{LAST_RESORT}")
        return self


class Policy(_Strict):
    """Steps, then the whole again `repeat` times; the last resort (the fallback person) ends every round.

    `hours`: outside of them a case waits for the next; none means day and night. `ack_minutes`: how long a case that
    was taken may lie without a sign of work; None means for ever.
    """

    steps: tuple[Step, ...] = Field(min_length=1, max_length=20)
    repeat: int = Field(1, ge=0, le=20)
    hours: Layer | None = None
    ack_minutes: int | None = Field(None, ge=5, le=24 * 60)

    @property
    def round(self) -> tuple[Step, ...]:
        """One round, the mandatory last resort included."""
        names_it = any(role in (LAST_RESORT, NEXT_IN_ORDER) for step in self.steps for role in step.call)
        return self.steps if names_it else (*self.steps, Step(call=(LAST_RESORT,), wait=self.steps[-1].wait))


class Steps(_Strict):
    """What is stamped on a case: all rounds in one row, and the hours in which they run."""

    steps: tuple[Step, ...] = Field(min_length=1)
    hours: Layer | None = None
    ack_minutes: int | None = None

    def at(self, number: int) -> Step | None:
        """Step `number` (from 0); None when the plan is used up."""
        return self.steps[number] if number < len(self.steps) else None

    @property
    def ack(self) -> timedelta | None:
        return timedelta(minutes=self.ack_minutes) if self.ack_minutes else None


def by_order(waits: Sequence[int], repeats: int) -> Steps:
    """The plain plan of the settings: each step calls the next in the roster's order, the last wait is repeated."""
    steps = [Step(wait=wait) for wait in waits]
    return Steps(steps=(*steps, *[steps[-1]] * (repeats + 1)))


def stamped(policy: Policy) -> Steps:
    """All rounds of a policy in one row."""
    return Steps(steps=policy.round * (policy.repeat + 1), hours=policy.hours, ack_minutes=policy.ack_minutes)


def opens_at(hours: Layer | None, holidays: Sequence[HolidayEntry], zone: ZoneInfo, at: datetime) -> datetime:
    """`at`, or the next moment inside the hours. Total: after two months without any hour it is `at`."""
    if hours is None:
        return at
    today = at.astimezone(zone).date()
    for offset in range(-1, MOST_DAYS):
        day = _shifted(today, offset)
        if day is None or not hours.serves(day, day_of(holidays, day)):
            continue
        begin, end = (moment.replace(tzinfo=zone) for moment in hours.span(day))
        if at < end:
            return max(at, begin.astimezone(at.tzinfo))
    return at


def _shifted(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None
