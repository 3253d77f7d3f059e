"""A rotation goes on over holidays and over edits of the roster: nobody loses a turn, nobody has two."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar.days import day_of, days_between
from app.core.duty.turns import Anchor, next_anchor, order_on, turns
from app.core.roster import Roster
from tests.core.duty.making import MONDAY, PEOPLE, roster, rotation


def _who(found: Roster, *days: date, anchors: tuple[Anchor, ...] = ()) -> list[str]:
    return [order_on(found, found.rotations[0], anchors, day)[0] for day in days]


def test_people_take_turns_week_by_week() -> None:
    """The first from the day that the file names."""
    found = roster(rotations=[rotation()])
    weeks = [MONDAY + timedelta(days=7 * i) for i in range(4)]
    assert _who(found, *weeks) == ["an", "bo", "chen", "an"]
    assert _who(found, MONDAY + timedelta(days=6)) == ["an"]
    assert order_on(found, found.rotations[0], (), MONDAY - timedelta(days=1)) == ()


def test_a_month_is_a_calendar_month() -> None:
    """However long it is."""
    found = roster(rotations=[rotation(every="月")])
    assert _who(found, date(2026, 9, 30), date(2026, 10, 1), date(2026, 11, 30)) == ["an", "bo", "chen"]


def test_a_holiday_costs_nobody_a_turn() -> None:
    """By day, on working days: whoever would have had the 1st of October has the first working day after it."""
    found = roster(rotations=[rotation(every="日", days=["工作日"])])
    assert _who(found, date(2026, 9, 30)) == ["chen"]
    assert _who(found, date(2026, 10, 8)) == ["an"]
    saturday = date(2026, 10, 10)  # worked, for the holiday
    assert _who(found, date(2026, 10, 9), saturday, date(2026, 10, 12)) == ["bo", "chen", "an"]
    assert any(turn.start.date() == saturday for turn in turns(found, (), saturday, saturday))


def test_a_week_without_a_working_day_is_nobodys() -> None:
    """The week of a long holiday is skipped, not lost by whoever it would have met."""
    closed = {"from": date(2026, 9, 14), "to": date(2026, 9, 20), "name": "厂休"}
    found = roster(rotations=[rotation(days=["工作日"])], holidays=[closed])
    assert _who(found, MONDAY, MONDAY + timedelta(days=14)) == ["an", "bo"]


@given(st.permutations(PEOPLE), st.integers(1, 4), st.sampled_from(["日", "周"]), st.integers(0, 200))
def test_turns_are_shared_out_evenly(people: list[str], count: int, every: str, offset: int) -> None:
    """Over as many served periods as there are people, each has exactly one, in the order of the file."""
    found = roster(rotations=[rotation(*people[:count], every=every, days=["工作日"])])
    layer = found.rotations[0]
    served = [
        day
        for day in days_between(MONDAY + timedelta(days=offset), MONDAY + timedelta(days=offset + 90))
        if layer.serves(day, day_of(found.holidays, day))
    ]
    by_period = {layer.period(day): order_on(found, layer, (), day)[0] for day in served}
    window = list(by_period.values())[1 : 1 + count]
    assert Counter(window) == Counter(people[:count])
    position = people.index(window[0])
    assert window == [people[(position + i) % count] for i in range(count)]


@given(
    st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True),
    st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True),
    st.integers(0, 150),
    st.sampled_from(["日", "周", "月"]),
)
def test_an_edit_leaves_the_turn_that_is_on_and_the_past_as_they_are(
    before: list[str], after: list[str], days: int, every: str
) -> None:
    """Whoever has it keeps it; where he left, the next of the old order who is still there."""
    today = MONDAY + timedelta(days=days)
    old, new = (roster(rotations=[rotation(*people, every=every)]) for people in (before, after))
    first = next_anchor(old, old.rotations[0], (), MONDAY)
    assert first is not None
    has_it = order_on(old, old.rotations[0], (first,), today)
    anchor = next_anchor(new, new.rotations[0], (first,), today)
    anchors = (first, anchor) if anchor and anchor != first else (first,)
    now = order_on(new, new.rotations[0], anchors, today)[0]
    still_there = [person for person in has_it if person in after]
    assert now == (still_there[0] if still_there else after[0])
    assert set(order_on(new, new.rotations[0], anchors, today)) == set(after)
    past = [day for day in days_between(MONDAY, today) if day < (anchor.day if anchor else today)]
    assert all(
        order_on(new, new.rotations[0], anchors, day) == order_on(old, old.rotations[0], (first,), day) for day in past
    )


def test_the_same_circle_is_no_edit() -> None:
    """Reading the file again changes nothing, nor does writing the circle from another person on."""
    found = roster(rotations=[rotation("an", "bo", "chen")])
    first = next_anchor(found, found.rotations[0], (), MONDAY)
    assert first == Anchor("白班", MONDAY, ("an", "bo", "chen"))
    turned = roster(rotations=[rotation("bo", "chen", "an")])
    for again in (found, turned):
        assert next_anchor(again, again.rotations[0], (first,), MONDAY + timedelta(days=30)) is None


def test_a_colleague_who_joins_comes_after_whoever_is_on() -> None:
    """In the second week 柏工 has it; 丁 joins at the end of the circle."""
    found = roster(rotations=[rotation("an", "bo", "chen", "ding")])
    first = Anchor("白班", MONDAY, ("an", "bo", "chen"))
    wednesday = MONDAY + timedelta(days=9)
    anchor = next_anchor(found, found.rotations[0], (first,), wednesday)
    assert anchor == Anchor("白班", wednesday, ("bo", "chen", "ding", "an"))
    weeks = [MONDAY + timedelta(days=7 * i) for i in (0, 2, 3, 4, 5)]
    assert _who(found, *weeks, anchors=(first, anchor)) == ["an", "chen", "ding", "an", "bo"]


@pytest.mark.parametrize("year", [2026, 2027, 2028, 2040])
def test_a_year_that_nobody_has_published_breaks_nothing(year: int) -> None:
    """Turns are there, and say nothing of holidays that are not known."""
    found = roster(rotations=[rotation(days=["工作日"])])
    assert turns(found, (), date(year, 12, 1), date(year, 12, 31))
