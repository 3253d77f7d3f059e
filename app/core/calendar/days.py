"""What kind of day it is in China: statutory holidays and 调休 working days belong to the rotation itself.

Published years come from `chinesecalendar` (State Council notices). A year that is not published yet is provisional:
weekends and the statutory days of `holidays` (lunar ones computed), no 调休; it never raises.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import chinese_calendar
import holidays
from pydantic import BaseModel, ConfigDict, Field, model_validator

WEEKDAYS = {"周一": 0, "周二": 1, "周三": 2, "周四": 3, "周五": 4, "周六": 5, "周日": 6}


class DayKind(StrEnum):
    """The pay classes of the labour law: one and a half, double and triple pay."""

    WORKDAY = "工作日"
    REST = "周末"  # also the days that a long holiday borrows from weekends
    STATUTORY = "法定节假日"


@dataclass(frozen=True, slots=True)
class Day:
    """`name`: of the holiday that the day belongs to, or that it is worked for. `provisional`: not published yet."""

    kind: DayKind
    name: str = ""
    provisional: bool = False

    @property
    def is_worked(self) -> bool:
        return self.kind is DayKind.WORKDAY


class HolidayEntry(BaseModel):
    """Days that the admin adds or corrects, such as those of a notice that is newer than the installed calendar."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: date = Field(alias="from")
    last: date | None = Field(None, alias="to")
    name: str = Field(min_length=1, max_length=20)
    work: bool = False  # a 调休 working day
    statutory: bool = False  # triple pay

    @model_validator(mode="after")
    def _in_order(self) -> "HolidayEntry":
        if self.until < self.first:
            raise ValueError("to 不能早于 from")
        if (self.until - self.first).days > 31:
            raise ValueError("一段最多 31 天，是不是年份写错了？")
        return self

    @property
    def until(self) -> date:
        return self.last or self.first

    def day(self) -> Day:
        """What the entry says about each of its days."""
        if self.work:
            return Day(DayKind.WORKDAY, f"{self.name}调休上班")
        return Day(DayKind.STATUTORY if self.statutory else DayKind.REST, self.name)


def day_of(entries: Sequence[HolidayEntry], day: date) -> Day:
    """The kind of `day`; the admin's entries win, and a year of which they name a holiday counts as published."""
    for entry in reversed(entries):
        if entry.first <= day <= entry.until:
            return entry.day()
    known = _known(day)
    if known.provisional and any(entry.first.year == day.year and not entry.work for entry in entries):
        return Day(DayKind.REST if day.weekday() >= 5 else DayKind.WORKDAY)
    return known


def is_published(entries: Sequence[HolidayEntry], year: int) -> bool:
    """Whether the holidays of `year` are known, and not only computed."""
    return not day_of(entries, date(year, 1, 1)).provisional


def matches(selector: str, day: date, found: Day) -> bool:
    """Whether `day` is one of those that people call `selector`: 周一…周日, 每天, 工作日, 休息日, 周末, 节假日."""
    if selector in WEEKDAYS:
        return day.weekday() == WEEKDAYS[selector]
    return {
        "每天": True,
        "工作日": found.is_worked,
        "休息日": not found.is_worked,
        "周末": not found.is_worked and not found.name,
        "节假日": not found.is_worked and bool(found.name),
    }[selector]


SELECTORS = (*WEEKDAYS, "每天", "工作日", "休息日", "周末", "节假日")


@lru_cache(maxsize=4096)
def _known(day: date) -> Day:
    statutory = _statutory(day.year).get(day, "")
    try:
        worked = chinese_calendar.is_workday(day)
        _, english = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        if statutory:
            return Day(DayKind.STATUTORY, statutory, provisional=True)
        return Day(DayKind.REST if day.weekday() >= 5 else DayKind.WORKDAY, provisional=True)
    name = _CHINESE.get(english or "", english or "")
    if worked:
        return Day(DayKind.WORKDAY, f"{name}调休上班" if name else "")
    return Day(DayKind.STATUTORY if statutory else DayKind.REST, statutory or name)


@lru_cache(maxsize=64)
def _statutory(year: int) -> dict[date, str]:
    """The days of triple pay, without those that are only given in lieu."""
    if not 1950 <= year <= 2099:
        return {}
    found = holidays.country_holidays("CN", years=year, language="zh_CN")
    return {day: name for day, name in found.items() if "（" not in name and "休息日" not in name}


_CHINESE = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]
