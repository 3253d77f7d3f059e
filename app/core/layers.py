"""A layer of the roster: hours on certain days, with the same people every time or with people who take turns."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.core.calendar.days import SELECTORS, WEEKDAYS, Day, matches

MIDNIGHT = "24:00"


class Level(StrEnum):
    """How far up a call has gone."""

    FIRST = "一线"
    SECOND = "二线"
    MANAGER = "主管"


class Layer(BaseModel):
    """Hours on certain days. They end on the next day when `until` is not later than `start`; “24:00” is midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[str, ...] = Field(("每天",), min_length=1)
    start: str = Field(alias="from")
    until: str = Field(alias="to")
    level: Level = Level.FIRST

    @field_validator("days")
    @classmethod
    def _known_days(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        for day in days:
            if day not in SELECTORS:
                raise ValueError(f"不认识“{day}”，请写{'、'.join(SELECTORS)}")
        return days

    @field_validator("start", "until")
    @classmethod
    def _clock_time(cls, value: str) -> str:
        if value != MIDNIGHT:
            try:
                time.fromisoformat(value)
            except ValueError:
                raise ValueError(f"“{value}”不是时间，请写成 09:00 这样") from None
        return value

    @property
    def hours(self) -> str:
        return f"{_days(self.days)} {self.start}–{self.until}"

    @property
    def title(self) -> str:
        """The layer's name for people, unique in the roster unless two shifts have the same hours."""
        return self.hours

    def serves(self, day: date, found: Day) -> bool:
        """Whether its hours begin on this day."""
        return any(matches(selector, day, found) for selector in self.days)

    def span(self, day: date) -> tuple[datetime, datetime]:
        """The wall-clock hours (naive) that begin on `day`."""
        begin = datetime.combine(day, time()) + minutes_of(self.start)
        end = datetime.combine(day, time()) + minutes_of(self.until)
        return begin, end if end > begin else end + timedelta(days=1)


class Shift(Layer):
    """A weekly shift: always the same people, the first of whom is called first."""

    days: tuple[str, ...] = Field(min_length=1)
    who: tuple[str, ...] = Field(min_length=1)


class Rotation(Layer):
    """People who take turns by day, week or month.

    A turn in which no day is served is nobody's: a holiday never costs somebody his turn.
    """

    name: str = Field(min_length=1, max_length=20)
    people: tuple[str, ...] = Field(min_length=1)
    every: Literal["日", "周", "月"] = "周"
    since: date  # the day on which the first person begins; weeks change on its weekday

    @property
    def title(self) -> str:
        return self.name

    def period(self, day: date) -> tuple[int, ...]:
        """The turn's period in which `day` lies; comparable with other days' of this rotation."""
        if self.every == "月":
            return (day.year, day.month)
        return ((day - self.since).days // (7 if self.every == "周" else 1),)


def _days(days: tuple[str, ...]) -> str:
    """As people say it: 周一至周五, 每天."""
    numbers = [WEEKDAYS.get(day, -9) for day in days]
    if len(days) == len(WEEKDAYS) == len(set(numbers)):
        return "每天"
    in_a_row = all(b == a + 1 for a, b in pairwise(numbers)) and min(numbers) >= 0
    return f"{days[0]}至{days[-1]}" if len(days) > 2 and in_a_row else "、".join(days)


def minutes_of(value: str) -> timedelta:
    """A clock time as time since midnight."""
    if value == MIDNIGHT:
        return timedelta(days=1)
    parsed = time.fromisoformat(value)
    return timedelta(hours=parsed.hour, minutes=parsed.minute)
