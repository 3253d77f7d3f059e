"""Who is on duty, in which order, and why. Total: at any moment there is at least the fallback person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

DAYS = {"周一": 0, "周二": 1, "周三": 2, "周四": 3, "周五": 4, "周六": 5, "周日": 6}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Engineer(_Strict):
    """Somebody who can be on duty, with the ids under which the platforms know them."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    name: str = Field(min_length=1, max_length=20)
    wecom: str = Field("", max_length=64)
    dingtalk: str = Field("", max_length=64)
    mobile: str = Field("", pattern=r"^(?:\+?\d{6,15})?$")
    extension: str = Field("", max_length=16)

    def platform_id(self, platform: str) -> str:
        """The id on `platform`; in the sandbox the roster's own id."""
        ids = {"wecom": self.wecom, "dingtalk": self.dingtalk}
        return ids.get(platform, self.id)

    @property
    def shown(self) -> str:
        return f"{self.name}（分机 {self.extension}）" if self.extension else self.name


class Shift(_Strict):
    """A weekly shift. Ends on the next day when `until` is not later than `start`; “24:00” is midnight."""

    days: tuple[str, ...] = Field(min_length=1)
    start: str = Field(alias="from")
    until: str = Field(alias="to")
    who: tuple[str, ...] = Field(min_length=1)

    @field_validator("days")
    @classmethod
    def _known_days(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        for day in days:
            if day not in DAYS:
                raise ValueError(f"不认识“{day}”，请写周一到周日")
        return days

    @field_validator("start", "until")
    @classmethod
    def _clock_time(cls, value: str) -> str:
        if value != "24:00":
            try:
                time.fromisoformat(value)
            except ValueError:
                raise ValueError(f"“{value}”不是时间，请写成 09:00 这样") from None
        return value

    def covers(self, local: datetime) -> bool:
        """Whether the wall-clock moment `local` falls into this shift."""
        minute = local.hour * 60 + local.minute
        start, until = _minutes(self.start), _minutes(self.until)
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        weekdays = {DAYS[day] for day in self.days}
        if until > start:
            return today in weekdays and start <= minute < until
        return (today in weekdays and minute >= start) or (yesterday in weekdays and minute < until)


class Roster(_Strict):
    """The duty roster as the IT admin keeps it."""

    timezone: str = "Asia/Shanghai"
    people: tuple[Engineer, ...] = Field(min_length=1)
    shifts: tuple[Shift, ...] = ()
    fallback: str

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"不认识时区“{name}”") from None
        return name

    @model_validator(mode="after")
    def _people_exist(self) -> "Roster":
        ids = [person.id for person in self.people]
        for person in sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"people 里“{person}”写了两遍")
        for shift in self.shifts:
            for person in shift.who:
                if person not in ids:
                    raise ValueError(f"班次里的“{person}”不在 people 里")
        if self.fallback not in ids:
            raise ValueError(f"fallback“{self.fallback}”不在 people 里")
        return self

    def engineer(self, id: str) -> Engineer | None:
        return next((person for person in self.people if person.id == id), None)

    def by_platform(self, platform: str, user_id: str) -> Engineer | None:
        """The engineer behind a platform's user id; None for everybody else."""
        return next((p for p in self.people if user_id and p.platform_id(platform) == user_id), None)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is called at a moment, first to last, and why. Never empty."""

    order: tuple[Engineer, ...]
    reason: str

    @property
    def first(self) -> Engineer:
        return self.order[0]

    def at_step(self, step: int) -> Engineer:
        """Whom step number `step` (from 0) calls; beyond the order it is the last again."""
        return self.order[min(step, len(self.order) - 1)]


def on_duty(roster: Roster, at: datetime) -> Duty:
    """The order of call at `at` (aware): the shift's people, then the fallback person."""
    local = at.astimezone(ZoneInfo(roster.timezone))
    ids: list[str] = []
    reasons: list[str] = []
    for shift in roster.shifts:
        if shift.covers(local):
            ids.extend(shift.who)
            reasons.append(f"{'、'.join(shift.days)} {shift.start}–{shift.until}")
    reason = "；".join(reasons) or "没有排班，由后备人员负责"
    ids.append(roster.fallback)
    people = [roster.engineer(id) for id in dict.fromkeys(ids)]
    return Duty(tuple(person for person in people if person), reason)


def gaps(roster: Roster, start: datetime, days: int = 7) -> list[tuple[datetime, datetime]]:
    """Stretches of the next `days` days that no shift covers, in the roster's own time, to the half hour."""
    local = start.astimezone(ZoneInfo(roster.timezone)).replace(minute=0, second=0, microsecond=0)
    return list(_stretches(roster, [local + timedelta(minutes=30 * i) for i in range(days * 48)]))


def _stretches(roster: Roster, moments: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    begin: datetime | None = None
    for moment in moments:
        covered = any(shift.covers(moment) for shift in roster.shifts)
        if not covered and begin is None:
            begin = moment
        elif covered and begin is not None:
            yield begin, moment
            begin = None
    if begin is not None:
        yield begin, moments[-1] + timedelta(minutes=30)


def _minutes(value: str) -> int:
    if value == "24:00":
        return 24 * 60
    parsed = time.fromisoformat(value)
    return parsed.hour * 60 + parsed.minute
