"""The days that engineers write are read as they are meant, or not at all."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar.dates import begins_with_day, read_time

MONDAY = date(2026, 11, 23)


def _at(day: int, hour: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour)  # noqa: DTZ001 - wall-clock


@pytest.mark.parametrize(
    ("text", "start", "end", "rest"),
    [
        ("今天", _at(23), _at(24), ""),
        ("明天下午", _at(24, 12), _at(25), ""),
        ("明天 下午 李工", _at(24, 12), _at(25), "李工"),
        ("今晚", _at(23, 18), _at(24), ""),
        ("大后天", _at(26), _at(27), ""),
        ("周一", _at(23), _at(24), ""),
        ("周日", _at(29), _at(30), ""),
        ("下周三", _at(2, month=12), _at(3, month=12), ""),
        ("星期天", _at(29), _at(30), ""),
        ("11-25", _at(25), _at(26), ""),
        ("11月25日", _at(25), _at(26), ""),
        ("25号", _at(25), _at(26), ""),
        ("20号", _at(20, month=12), _at(21, month=12), ""),
        ("11-20", _at(20, year=2027), _at(21, year=2027), ""),
        ("2026-12-31", _at(31, month=12), _at(1, month=1, year=2027), ""),
        ("11-25 到 11-27 李工", _at(25), _at(28), "李工"),
        ("11月25日至27日", _at(25), _at(28), ""),
        ("12-30 到 1-2", _at(30, month=12), _at(3, month=1, year=2027), ""),
        ("11-25 9:00-12:00", _at(25, 9), _at(25, 12), ""),
        ("11-25 22:00-06:00", _at(25, 22), _at(26, 6), ""),
    ],
)
def test_a_time(text: str, start: datetime, end: datetime, rest: str) -> None:
    """A day, half of one, hours, several days; what follows is left over."""
    assert read_time(text, MONDAY) == (start, end, rest)


@pytest.mark.parametrize("text", ["", "昨天", "李工", "13-45", "2-30", "11-27 到 11-25 的前一年", "32号", "周八"])
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    """Nothing, or days that no calendar has."""
    found = read_time(text, MONDAY)
    assert found is None or found[2]


@given(st.text(alphabet="今明后大天晚周下本这一二三日号月年上午0123456789-/.:：到至 李工", max_size=24), st.dates())
def test_no_text_raises_and_every_time_runs_forward(text: str, today: date) -> None:
    """Whatever is typed, on whatever day that a clock shows."""
    if not date(2000, 1, 1) <= today <= date(2100, 1, 1):
        return
    found = read_time(text, today)
    if found:
        start, end, _ = found
        assert start < end <= start + timedelta(days=94) and begins_with_day(text)
