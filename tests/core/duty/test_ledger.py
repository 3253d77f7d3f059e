"""Hours are counted by the day on which they were served; the feed says what the plan says."""

from datetime import date, timedelta

from hypothesis import given, settings
from icalendar import Calendar, Event

from app.core.calendar.days import DayKind
from app.core.duty.feed import feed
from app.core.duty.ledger import ledger
from app.core.duty.plan import Cover, Plan, stints
from tests.core.duty.making import MONDAY, at, plans, roster, rotation


def test_a_long_holiday_is_paid_by_its_days() -> None:
    """Three statutory days, the days borrowed from weekends, and a Saturday that is a working day."""
    plan = Plan(roster(rotations=[rotation("an", **{"from": "00:00", "to": "24:00"})]))
    account = ledger(plan, at(date(2026, 10, 1), "00:00"), at(date(2026, 10, 11), "00:00"))[0]
    hours = {kind: account.hours(kind) for kind in DayKind}
    assert hours == {DayKind.STATUTORY: 72.0, DayKind.REST: 96.0, DayKind.WORKDAY: 72.0}
    assert (account.shifts, account.total, account.provisional) == (10, 240.0, False)


def test_a_night_before_a_holiday_is_cut_at_midnight() -> None:
    """Six hours of a working day, nine of a holiday."""
    plan = Plan(roster(rotations=[rotation("an", **{"from": "18:00", "to": "09:00"})]))
    account = ledger(plan, at(date(2026, 9, 30), "12:00"), at(date(2026, 10, 1), "12:00"))[0]
    assert (account.hours(DayKind.WORKDAY), account.hours(DayKind.STATUTORY)) == (6.0, 9.0)


def test_whoever_covers_has_the_hours() -> None:
    """Not the one whose turn it would have been."""
    cover = Cover(1, "an", at(MONDAY, "09:00"), at(MONDAY, "18:00"), "bo")
    plan = Plan(roster(rotations=[rotation()]), (), (cover,))
    accounts = {a.person: a.total for a in ledger(plan, at(MONDAY, "00:00"), at(MONDAY + timedelta(days=1), "00:00"))}
    assert accounts == {"an": 0, "bo": 9.0, "chen": 0, "ding": 0}


@settings(max_examples=25)
@given(plans())
def test_every_hour_that_is_served_is_somebodys(plan: Plan) -> None:
    """The sum over people is the sum over stints."""
    start, end = at(MONDAY), at(MONDAY + timedelta(days=40))
    served = sum((min(s.end, end) - max(s.start, start) for s in stints(plan, start, end) if s.who), start=timedelta())
    total = sum(account.total for account in ledger(plan, start, end))
    assert abs(total - served / timedelta(hours=1)) < 1e-6


def test_the_feed_has_the_shifts_of_one_person_or_of_all() -> None:
    """In UTC, with ids that stay."""
    plan = Plan(roster(rotations=[rotation(days=["工作日"])]))
    window = (at(MONDAY, "00:00"), at(MONDAY + timedelta(days=14), "00:00"))
    mine = Calendar.from_ical(feed(plan, "bo", *window, at(MONDAY)))
    events = [event for event in mine.walk() if isinstance(event, Event)]
    assert len(events) == 6 and {str(event["SUMMARY"]) for event in events} == {"值班 柏工"}
    assert events[0].start == at(MONDAY + timedelta(days=7), "09:00")
    everybody = Calendar.from_ical(feed(plan, "", *window, at(MONDAY)))
    ids = [event.uid for event in everybody.walk() if isinstance(event, Event)]
    assert len(ids) == len(set(ids)) == 11, "a Sunday before a holiday is worked"
