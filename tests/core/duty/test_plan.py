"""Who is on duty, and why: total, covers win, leave finds the next, who has not taken over is not relied on."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given

from app.core.duty.plan import Cover, Plan, Stint, is_absent, on_duty, stints
from app.core.duty.weak import double_bookings, gaps, weaknesses
from app.core.layers import Level
from tests.core.duty.making import MONDAY, at, moments, plans, roster, rotation

TUESDAY = MONDAY + timedelta(days=1)


def _names(plan: Plan, moment: datetime) -> list[str]:
    return [person.id for person in on_duty(plan, moment).order]


@given(plans(), moments)
def test_somebody_is_always_called_and_nobody_twice(plan: Plan, moment: datetime) -> None:
    """With a reason, and a last resort, whatever leave and covers say."""
    found = on_duty(plan, moment)
    ids = [person.id for person in found.order]
    assert ids and len(ids) == len(set(ids)) and found.reason and found.fallback is not None
    assert found.fallback.id == "ding" and "ding" in ids


@given(plans(), moments)
def test_whoever_is_on_leave_serves_in_no_shift(plan: Plan, moment: datetime) -> None:
    """But for the last resort, who is told to the admins instead."""
    serving = [s for s in stints(plan, moment, moment + timedelta(microseconds=1)) if s.start <= moment < s.end]
    for stint in serving:
        for person in stint.who:
            covering = any(c.into == person and c.start <= moment < c.end for c in plan.covers)
            newest = [c for c in plan.covers if c.out == person and c.start <= moment < c.end]
            assert covering or not newest or not is_absent(plan, person, moment) or newest[-1].into


@given(plans(), moments)
def test_the_newest_cover_wins(plan: Plan, moment: datetime) -> None:
    """Somebody who is free stands in for exactly the one whom he covers."""
    served = [s for s in stints(plan, moment, moment + timedelta(microseconds=1)) if s.who]
    assume(served)
    out = served[0].who[0]
    free = next((p for p in ("an", "bo", "chen", "ding") if not any(c.out == p for c in plan.covers) and p != out), "")
    assume(free)
    cover = Cover(99, out, moment - timedelta(minutes=1), moment + timedelta(minutes=1), free)
    after = Plan(plan.roster, plan.anchors, (*plan.covers, cover))
    now = [s for s in stints(after, moment, moment + timedelta(microseconds=1)) if s.start <= moment < s.end]
    assert all(out not in stint.who for stint in now) and any(free in stint.who for stint in now)


@given(plans(), moments)
def test_stints_of_a_layer_do_not_overlap_unless_its_hours_do(plan: Plan, moment: datetime) -> None:
    """A layer has at most as many at once as days whose hours reach into one another."""
    found = stints(plan, moment, moment + timedelta(days=3))
    for layer in {stint.layer for stint in found}:
        mine = sorted((s for s in found if s.layer == layer), key=lambda s: s.start)
        assert all(a.end <= b.start for a, b in pairwise(mine))


def test_leave_calls_the_next_of_the_rotation_and_the_rotation_goes_on() -> None:
    """安工 is away on Tuesday: 柏工 steps in, and still has the week that is his."""
    away = Cover(1, "an", at(TUESDAY, "00:00"), at(TUESDAY + timedelta(days=1), "00:00"))
    plan = Plan(roster(rotations=[rotation()]), (), (away,))
    assert _names(plan, at(MONDAY)) == ["an", "ding"]
    assert _names(plan, at(TUESDAY)) == ["bo", "ding"]
    assert "柏工替安工" in on_duty(plan, at(TUESDAY)).reason
    assert _names(plan, at(MONDAY + timedelta(days=7))) == ["bo", "ding"]


def test_a_cover_is_for_its_hours_only_and_can_be_passed_on() -> None:
    """陈工 covers the morning, and 丁 covers for him at eleven."""
    covers = (
        Cover(1, "an", at(MONDAY, "09:00"), at(MONDAY, "12:00"), "chen"),
        Cover(2, "chen", at(MONDAY, "11:00"), at(MONDAY, "11:30"), "ding"),
    )
    plan = Plan(roster(rotations=[rotation()]), (), covers)
    clocks = ("09:30", "11:15", "11:45", "12:00")
    assert [_names(plan, at(MONDAY, clock))[0] for clock in clocks] == ["chen", "ding", "chen", "an"]


def test_two_who_cover_for_each_other_are_both_away() -> None:
    """A circle is nobody: the next of the rotation serves."""
    day = (at(MONDAY, "00:00"), at(TUESDAY, "00:00"))
    plan = Plan(roster(rotations=[rotation()]), (), (Cover(1, "an", *day, "bo"), Cover(2, "bo", *day, "an")))
    assert _names(plan, at(MONDAY)) == ["chen", "ding"]


def test_when_all_are_away_there_is_a_gap_and_the_last_resort() -> None:
    """And it is told beforehand."""
    day = (at(MONDAY, "00:00"), at(TUESDAY, "00:00"))
    away = tuple(Cover(number, person, *day) for number, person in enumerate(("an", "bo", "chen")))
    plan = Plan(roster(rotations=[rotation(**{"from": "00:00", "to": "24:00"})]), (), away)
    assert _names(plan, at(MONDAY)) == ["ding"] and gaps(plan, at(MONDAY, "00:00")) == []
    empty = [found.text for found in weaknesses(plan, [], at(MONDAY, "00:00"), 7) if found.code == "empty"]
    assert empty == ["09-07 00:00 的“白班”没有人：白班，00:00–24:00，安工请假"]


def test_levels_are_called_in_their_order_whatever_the_order_of_the_file() -> None:
    """二线 after 一线; a manager without a layer by his level."""
    second = rotation("chen", name="二线班", level="二线")
    found = on_duty(Plan(roster(rotations=[second, rotation("an", "bo")])), at(MONDAY))
    assert [person.id for person in found.order] == ["an", "chen", "ding"]
    assert {level: [p.id for p in people] for level, people in found.by_level.items()} == {
        Level.FIRST: ["an"],
        Level.SECOND: ["chen"],
        Level.MANAGER: ["ding"],
    }


def test_until_the_next_has_said_so_the_one_before_is_called_first() -> None:
    """On the second Monday 安工 stays responsible, until 柏工 is there."""
    week = MONDAY + timedelta(days=7)
    found = roster(rotations=[rotation(days=["工作日"])], handover={"ask_before": 30})
    start = at(week, "09:00")
    silent = Plan(found, unconfirmed=frozenset({("白班", start)}))
    assert _names(silent, at(week)) == ["an", "bo", "ding"] and "还没交接" in on_duty(silent, at(week)).reason
    assert _names(silent, at(week + timedelta(days=2))) == ["an", "bo", "ding"], "for the whole turn"
    assert _names(Plan(found), at(week)) == ["bo", "ding"], "who was not asked is not doubted"
    free = roster(rotations=[rotation(days=["工作日"])], handover={"confirm": False})
    assert _names(Plan(free, unconfirmed=silent.unconfirmed), at(week)) == ["bo", "ding"]


def test_what_is_wrong_is_told_before_it_bites() -> None:
    """Hours without anybody, one person in two layers, somebody without an id, a year that is not known."""
    layers = [rotation("an"), rotation("an", name="夜班", level="二线")]
    found = roster(rotations=layers)
    plan = Plan(found.model_copy(update={"people": (*found.people[:-1], found.people[-1])}))
    assert [(a.who, a.layer, b.layer) for a, b in double_bookings(plan, at(MONDAY, "00:00"), 1)] == [
        (("an",), "白班", "夜班")
    ]
    codes = {weakness.code for weakness in weaknesses(plan, ["wecom"], at(date(2026, 12, 28)), 7)}
    assert codes == {"gap", "double", "unreachable", "provisional"}


def test_a_stint_is_the_same_from_wherever_one_looks() -> None:
    """Its beginning is its identity: it does not move with the window."""
    plan = Plan(roster(rotations=[rotation(**{"from": "18:00", "to": "09:00"})]))
    night: list[Stint] = stints(plan, at(TUESDAY, "03:00"), at(TUESDAY, "04:00"))
    assert [s.start for s in night] == [at(MONDAY, "18:00")]
    assert night == stints(plan, at(MONDAY, "20:00"), at(MONDAY, "21:00"))
