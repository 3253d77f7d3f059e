"""The days that engineers write: 明天, 下周三, 11-25, 11月25日 下午, 11-25 到 11-27, 25号 9:00-12:00."""

import re
from datetime import date, datetime, time, timedelta

_WEEK = "一二三四五六日"
_DAY = re.compile(
    r"(?P<near>今天|今晚|明天|明晚|后天|大后天)"
    r"|(?P<which>本|这|下下|下)?(?:个)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    r"|(?:(?P<year>20\d\d)[-/.年])?(?P<month>\d{1,2})(?:[-/.]|月)(?P<day>\d{1,2})(?:日|号)?"
    r"|(?P<only>\d{1,2})(?:日|号)"
)
_NEAR = {"今天": 0, "今晚": 0, "明天": 1, "明晚": 1, "后天": 2, "大后天": 3}
_HALVES = {"上午": (0, 12), "下午": (12, 24), "晚上": (18, 24), "今晚": (18, 24), "明晚": (18, 24), "白天": (6, 18)}
_UNTIL = re.compile(r"\s*(?:到|至|~|～|—|-|－)\s*")
_CLOCK = re.compile(r"(?P<from>\d{1,2}[:：]\d{2})\s*(?:到|至|~|～|—|-|－)\s*(?P<to>\d{1,2}[:：]\d{2})")
MOST_DAYS = 92


def read_time(text: str, today: date) -> tuple[datetime, datetime, str] | None:
    """The wall-clock time (naive) that `text` begins with, and what follows it; None when it begins with none.

    A day without hours is the whole day. A date without a year is the next one.
    """
    match = _DAY.match(text := text.strip())
    first = _day_of(match, today) if match else None
    if match is None or first is None:
        return None
    start, end, rest = _hours(first, match, text[match.end() :])
    if start.time() == time() and (until := _UNTIL.match(rest)) and (other := _DAY.match(rest, until.end())):
        last = _day_of(other, first)
        if last is None or not first <= last <= first + timedelta(days=MOST_DAYS):
            return None
        _, end, rest = _hours(last, other, rest[other.end() :])
    return start, end, rest.strip(" ，,、")


def begins_with_day(text: str) -> bool:
    """Whether a day stands at the beginning of `text`, whichever it is."""
    return _DAY.match(text.strip(" ，,:：")) is not None


def _hours(day: date, match: re.Match[str], rest: str) -> tuple[datetime, datetime, str]:
    midnight = datetime.combine(day, time())
    near = match["near"] or ""
    half = next((name for name in _HALVES if near == name or rest.strip().startswith(name)), "")
    if half:
        begin, end = _HALVES[half]
        rest = rest.strip().removeprefix(half) if near != half else rest
        return midnight + timedelta(hours=begin), midnight + timedelta(hours=end), rest
    clock = _CLOCK.match(rest.strip())
    if clock and (hours := _clock(midnight, clock)):
        return *hours, rest.strip()[clock.end() :]
    return midnight, midnight + timedelta(days=1), rest


def _clock(midnight: datetime, match: re.Match[str]) -> tuple[datetime, datetime] | None:
    found: list[datetime] = []
    for name in ("from", "to"):
        hour, minute = (int(part) for part in re.split("[:：]", match[name]))
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return None
        found.append(midnight + timedelta(hours=hour, minutes=minute))
    start, end = found
    return start, end if end > start else end + timedelta(days=1)


def _day_of(match: re.Match[str], today: date) -> date | None:
    if match["near"]:
        return today + timedelta(days=_NEAR[match["near"]])
    if match["weekday"]:
        return _weekday(match["which"] or "", match["weekday"].replace("天", "日"), today)
    try:
        if match["only"]:
            return _next_with(today, today.month, int(match["only"]), months=True)
        year = int(match["year"]) if match["year"] else None
        if year:
            return date(year, int(match["month"]), int(match["day"]))
        return _next_with(today, int(match["month"]), int(match["day"]), months=False)
    except ValueError:
        return None


def _weekday(which: str, name: str, today: date) -> date:
    """周三 is the next one, today included; 本周三 is of this week, 下周三 of the next."""
    index = _WEEK.index(name)
    monday = today - timedelta(days=today.weekday())
    weeks = {"本": 0, "这": 0, "下": 1, "下下": 2}.get(which)
    if weeks is not None:
        return monday + timedelta(days=7 * weeks + index)
    return today + timedelta(days=(index - today.weekday()) % 7)


def _next_with(today: date, month: int, day: int, *, months: bool) -> date:
    """The next such day from today on. Raises ValueError where there is none within a year."""
    year = today.year
    for _ in range(13):
        try:
            found = date(year, month, day)
        except ValueError:
            found = None
        if found and found >= today:
            return found
        year, month = (year + month // 12, month % 12 + 1) if months else (year + 1, month)
        if not months and year > today.year + 8:
            break
    raise ValueError(f"no such day: {month}-{day}")
