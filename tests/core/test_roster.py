"""At every moment somebody is on duty, in the roster's own time, whatever the shifts are."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.calendar.days import WEEKDAYS
from app.core.duty.plan import Duty, Plan, on_duty, stints
from app.core.duty.weak import gaps
from app.core.roster import Roster

CHINA = ZoneInfo("Asia/Shanghai")
PEOPLE = [{"id": "zhang", "name": "张工"}, {"id": "li", "name": "李工"}, {"id": "wang", "name": "王主管"}]


def _roster(*shifts: dict[str, Any], **more: Any) -> Roster:
    return Roster.model_validate({"people": PEOPLE, "shifts": shifts, "fallback": "wang", **more})


def _shift(days: str, start: str, until: str, *who: str) -> dict[str, Any]:
    return {"days": [f"周{day}" for day in days], "from": start, "to": until, "who": who or ("zhang",)}


def _names(roster: Roster, day: int, clock: str) -> list[str]:
    """Who is called on that day of January 2026 (the 5th is a Monday), in China."""
    hour, minute = clock.split(":")
    return [e.name for e in on_duty(Plan(roster), datetime(2026, 1, day, int(hour), int(minute), tzinfo=CHINA)).order]


times = st.times().map(lambda t: f"{t.hour:02}:{t.minute:02}") | st.just("24:00")
shifts = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(list(WEEKDAYS)), min_size=1, max_size=7),
        "from": times,
        "to": times,
        "who": st.lists(st.sampled_from(["zhang", "li", "wang"]), min_size=1, max_size=3),
    }
)
rosters = st.lists(shifts, max_size=4).map(lambda found: _roster(*found))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(rosters, moments)
def test_somebody_is_always_on_duty_and_nobody_twice(roster: Roster, at: datetime) -> None:
    """Whatever the shifts; with a reason, and a person for every step."""
    duty = on_duty(Plan(roster), at)
    ids = [person.id for person in duty.order]
    assert "wang" in ids and len(ids) == len(set(ids)) and duty.reason
    assert duty.first == duty.at_step(0) and duty.at_step(99) == duty.order[-1]


@given(rosters, moments)
def test_the_fallback_comes_after_the_shift(roster: Roster, at: datetime) -> None:
    """Last, unless a shift names that person itself."""
    duty = on_duty(Plan(roster), at)
    in_a_shift = any("wang" in stint.who for stint in stints(Plan(roster), at, at + timedelta(microseconds=1)))
    assert in_a_shift or duty.order[-1].id == "wang"


@given(rosters, moments)
def test_the_same_moment_in_another_zone_is_the_same_duty(roster: Roster, at: datetime) -> None:
    """A moment is a moment."""
    assert on_duty(Plan(roster), at) == on_duty(Plan(roster), at.astimezone(ZoneInfo("America/New_York")))


@pytest.mark.parametrize(
    ("clock", "first"),
    [("08:59", "王主管"), ("09:00", "张工"), ("17:59", "张工"), ("18:00", "王主管")],
)
def test_a_shift_begins_with_its_first_minute_and_ends_before_its_last(clock: str, first: str) -> None:
    """Nine is in, six is out."""
    assert _names(_roster(_shift("一", "09:00", "18:00")), 5, clock)[0] == first


@pytest.mark.parametrize(
    ("day", "clock", "covered"),
    [(9, "21:59", False), (9, "22:00", True), (10, "05:59", True), (10, "06:00", False), (10, "23:00", False)],
)
def test_a_night_shift_reaches_into_the_next_day(day: int, clock: str, covered: bool) -> None:
    """Friday ten in the evening to Saturday six."""
    night = _roster(_shift("五", "22:00", "06:00"))
    assert ("张工" in _names(night, day, clock)) is covered


def test_monday_at_midnight_belongs_to_sundays_night_shift() -> None:
    """The week goes round."""
    roster = _roster(_shift("日", "20:00", "08:00", "li"), _shift("一", "08:00", "20:00", "zhang"))
    assert _names(roster, 5, "00:00")[0] == "李工" and _names(roster, 5, "08:00")[0] == "张工"


@pytest.mark.parametrize("until", ["24:00", "00:00"])
def test_midnight_can_be_written_both_ways(until: str) -> None:
    """To the end of the day, and no minute of the next."""
    roster = _roster(_shift("一", "18:00", until))
    assert _names(roster, 5, "23:59")[0] == "张工" and _names(roster, 6, "00:00")[0] == "王主管"


def test_from_equal_to_to_is_a_whole_day() -> None:
    """Nine to nine is twenty-four hours."""
    roster = _roster(_shift("一", "09:00", "09:00"))
    assert _names(roster, 5, "08:59")[0] == "王主管"
    assert [_names(roster, day, clock)[0] for day, clock in ((5, "09:00"), (6, "08:59"))] == ["张工", "张工"]


def test_two_shifts_at_once_are_called_in_the_order_of_the_file() -> None:
    """Each person once."""
    roster = _roster(_shift("一", "00:00", "24:00", "zhang", "li"), _shift("一", "08:00", "12:00", "li"))
    assert _names(roster, 5, "09:00") == ["张工", "李工", "王主管"]


def test_the_clock_on_the_wall_is_the_rosters() -> None:
    """One in the morning in UTC is nine in China, and eight in the evening in New York."""
    shift = _shift("一", "09:00", "10:00")
    at = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
    assert on_duty(Plan(_roster(shift)), at).first.name == "张工"
    assert on_duty(Plan(_roster(shift, timezone="America/New_York")), at).first.name == "王主管"


def test_the_reason_names_the_shift() -> None:
    """So that a person can check the roster."""
    duty = on_duty(Plan(_roster(_shift("一", "09:00", "18:00"))), datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
    assert duty.reason == "周一 09:00–18:00"
    assert on_duty(Plan(_roster()), datetime(2026, 1, 5, 2, 0, tzinfo=UTC)).reason == "没有排班，由后备人员负责"


def test_a_step_beyond_the_order_calls_the_last_again() -> None:
    """Somebody must come."""
    duty = Duty(_roster().people, "x")
    assert [duty.at_step(step).id for step in range(5)] == ["zhang", "li", "wang", "wang", "wang"]


def test_gaps_are_the_stretches_that_no_shift_covers() -> None:
    """A week with one hole on Wednesday afternoon."""
    roster = _roster(_shift("一二四五六日", "00:00", "24:00"), _shift("三", "00:00", "13:30"))
    start = datetime(2026, 1, 4, 16, 0, tzinfo=UTC)
    hole = [datetime(2026, 1, 7, 13, 30, tzinfo=CHINA), datetime(2026, 1, 8, tzinfo=CHINA)]
    assert [list(gap) for gap in gaps(Plan(roster), start)] == [hole]


def test_without_shifts_the_whole_week_is_a_gap_and_with_all_there_is_none() -> None:
    """From one end to the other."""
    start = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
    (begin, end), *more = gaps(Plan(_roster()), start)
    assert (end - begin, more) == (timedelta(days=7), [])
    assert gaps(Plan(_roster(_shift("一二三四五六日", "00:00", "24:00"))), start) == []


def test_an_engineer_is_found_by_the_platforms_id() -> None:
    """An empty id is nobody, even where an engineer has none."""
    people = [{"id": "zhang", "name": "张工", "wecom": "ZhangGong"}, {"id": "wang", "name": "王主管"}]
    roster = _roster(people=people)
    found = roster.by_platform("wecom", "ZhangGong")
    assert found is not None and found.id == "zhang"
    assert roster.by_platform("wecom", "") is None and roster.by_platform("dingtalk", "ZhangGong") is None
    assert roster.engineer("nobody") is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timezone": "Mars/Olympus"}, "不认识时区"),
        ({"timezone": "../../etc/passwd"}, "不认识时区"),
        ({"fallback": "nobody"}, "fallback“nobody”不在 people 里"),
        ({"people": [PEOPLE[0], PEOPLE[0]], "fallback": "zhang"}, "“zhang”写了两遍"),
        ({"people": []}, "people"),
        ({"people": [{"id": "Zhang", "name": "张工"}]}, "id"),
        ({"people": [{"id": "wang", "name": "王主管", "mobile": "12-34"}]}, "mobile"),
        ({"shifts": [_shift("八", "09:00", "18:00")]}, "不认识“周八”"),
        ({"shifts": [_shift("一", "9 点", "18:00")]}, "“9 点”不是时间"),
        ({"shifts": [_shift("一", "25:00", "18:00")]}, "不是时间"),
        ({"shifts": [_shift("一", "09:00", "18:00", "nobody")]}, "班次里的“nobody”不在 people 里"),
        ({"shift": []}, "shift"),
    ],
)
def test_a_wrong_roster_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    """Named, so that it can be mended."""
    with pytest.raises(ValidationError, match=reason):
        Roster.model_validate({"people": PEOPLE, "shifts": [], "fallback": "wang", **change})
