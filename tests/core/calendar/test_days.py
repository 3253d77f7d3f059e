"""What kind of day it is: published years as the State Council says, later ones provisional, never an error."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.calendar.days import SELECTORS, DayKind, HolidayEntry, day_of, is_published, matches


def _entry(**fields: object) -> HolidayEntry:
    return HolidayEntry.model_validate(fields)


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        (date(2026, 9, 30), DayKind.WORKDAY, ""),
        (date(2026, 10, 1), DayKind.STATUTORY, "国庆节"),
        (date(2026, 10, 3), DayKind.STATUTORY, "国庆节"),
        (date(2026, 10, 5), DayKind.REST, "国庆节"),  # borrowed from a weekend: double pay, not triple
        (date(2026, 10, 10), DayKind.WORKDAY, "国庆节调休上班"),  # a Saturday
        (date(2026, 2, 17), DayKind.STATUTORY, "春节"),
        (date(2026, 11, 28), DayKind.REST, ""),
        (date(2026, 12, 31), DayKind.WORKDAY, ""),
    ],
)
def test_a_published_year(day: date, kind: DayKind, name: str) -> None:
    """Statutory days, the days that a long holiday borrows, and the Saturdays that are worked for it."""
    found = day_of((), day)
    assert (found.kind, found.name, found.provisional) == (kind, name, False)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2027, 1, 1), DayKind.STATUTORY),
        (date(2027, 2, 6), DayKind.STATUTORY),  # the first day of the first lunar month
        (date(2027, 9, 15), DayKind.STATUTORY),  # mid-autumn
        (date(2027, 10, 4), DayKind.WORKDAY),  # a Monday: whether it is free is not known yet
        (date(2027, 10, 9), DayKind.REST),
    ],
)
def test_a_year_that_is_not_published_is_provisional(day: date, kind: DayKind) -> None:
    """Weekends and the statutory days, computed; the swaps are nobody's to guess."""
    found = day_of((), day)
    assert (found.kind, found.provisional) == (kind, True)
    assert not is_published((), 2027) and is_published((), 2026)


def test_what_the_admin_enters_makes_the_year_a_published_one() -> None:
    """The notice of November, before the calendar that is installed knows of it."""
    entries = (
        _entry(**{"from": date(2027, 10, 1), "to": date(2027, 10, 7), "name": "国庆节"}),
        _entry(**{"from": date(2027, 10, 1), "to": date(2027, 10, 3), "name": "国庆节", "statutory": True}),
        _entry(**{"from": date(2027, 10, 9), "name": "国庆节", "work": True}),
    )
    assert day_of(entries, date(2027, 10, 2)).kind is DayKind.STATUTORY
    assert day_of(entries, date(2027, 10, 6)).kind is DayKind.REST
    worked = day_of(entries, date(2027, 10, 9))
    assert (worked.kind, worked.name) == (DayKind.WORKDAY, "国庆节调休上班")
    assert day_of(entries, date(2027, 6, 1)).kind is DayKind.WORKDAY and is_published(entries, 2027)


def test_an_entry_wins_over_the_installed_calendar() -> None:
    """A company that works on a Saturday, or is closed on a Monday."""
    closed = (_entry(**{"from": date(2026, 11, 30), "name": "厂休"}),)
    assert day_of(closed, date(2026, 11, 30)).kind is DayKind.REST


@pytest.mark.parametrize("last", [date(2026, 9, 30), date(2027, 10, 1)])
def test_a_span_that_cannot_be_meant_is_refused(last: date) -> None:
    """Backwards, or a year by a slip."""
    with pytest.raises(ValidationError):
        _entry(**{"from": date(2026, 10, 1), "to": last, "name": "国庆节"})


@given(st.dates())
def test_every_day_has_a_kind_and_is_either_worked_or_not(day: date) -> None:
    """From the first year to the last; the selectors divide the days between them."""
    found = day_of((), day)
    chosen = {selector for selector in SELECTORS if matches(selector, day, found)}
    assert "每天" in chosen and len(chosen & {"工作日", "休息日"}) == 1
    assert ("休息日" in chosen) == bool(chosen & {"周末", "节假日"})
