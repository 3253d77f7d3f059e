"""What is stamped on a case: steps, rounds, a last resort, hours; whom a step calls when it fires."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.duty.calling import called
from app.core.duty.plan import Plan, on_duty
from app.core.escalation import Policy, Steps, by_order, opens_at, stamped
from app.core.layers import Layer
from tests.core.duty.making import MONDAY, at, moments, plans, roster, rotation

CHINA = ZoneInfo("Asia/Shanghai")
OFFICE = {"days": ["工作日"], "from": "09:00", "to": "18:00"}


def _policy(*calls: Any, **more: Any) -> Policy:
    steps = [{"call": call if isinstance(call, list) else [call], "wait": 5} for call in calls]
    return Policy.model_validate({"steps": steps, **more})


def _calls(plan: Plan, policy: Policy, moment: datetime) -> list[list[str]]:
    steps, duty = stamped(policy), on_duty(plan, moment)
    return [[person.id for person in called(duty, steps, number)] for number in range(len(steps.steps))]


@given(st.lists(st.integers(1, 1440), min_size=1, max_size=5), st.integers(0, 20))
def test_by_order_is_as_long_as_its_waits_and_repeats(waits: list[int], repeats: int) -> None:
    """The last wait is repeated; beyond the end there is no step."""
    plan = by_order(waits, repeats)
    assert [step.wait for step in plan.steps] == [*waits, *[waits[-1]] * (repeats + 1)]
    assert plan.at(len(plan.steps)) is None and plan.at(0) == plan.steps[0]


def test_roles_are_filled_by_whoever_is_on_duty() -> None:
    """Twice 一线 is the first of it twice where there is only one; the last resort ends each round."""
    layers = [rotation("an", "bo"), rotation("chen", name="二线班", level="二线")]
    policy = _policy("一线", "一线", "二线", ["二线", "主管"], repeat=1)
    expected = [["an"], ["an"], ["chen"], ["chen", "ding"], ["ding"]]
    assert _calls(Plan(roster(rotations=layers)), policy, at(MONDAY)) == expected * 2


def test_a_level_with_two_people_calls_one_after_the_other() -> None:
    """A weekly shift names two."""
    shift = {"days": ["每天"], "from": "00:00", "to": "24:00", "who": ["an", "bo"]}
    assert _calls(Plan(roster(shifts=[shift])), _policy("一线", "一线", repeat=0), at(MONDAY)) == [
        ["an"],
        ["bo"],
        ["ding"],
    ]


def test_a_role_that_nobody_has_is_skipped() -> None:
    """There is no second line: its step calls nobody."""
    assert _calls(Plan(roster(rotations=[rotation()])), _policy("二线", "一线", repeat=0), at(MONDAY))[0] == []


@given(plans(), moments)
def test_every_policy_calls_somebody_in_every_round(plan: Plan, moment: datetime) -> None:
    """The last resort is mandatory, whatever the admin wrote."""
    calls = _calls(plan, _policy("二线", "主管", repeat=2), moment)
    assert all("ding" in [id for step in calls[i : i + 3] for id in step] for i in range(0, len(calls), 3))


def test_what_is_stamped_comes_back_as_it_was() -> None:
    """Through JSON, hours included."""
    plan = stamped(_policy("一线", hours=OFFICE, ack_minutes=60))
    assert Steps.model_validate(plan.model_dump(mode="json", by_alias=True)) == plan
    assert plan.ack == timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at(date(2026, 11, 23), "10:00"), at(date(2026, 11, 23), "10:00")),
        (at(date(2026, 11, 23), "08:00"), at(date(2026, 11, 23), "09:00")),
        (at(date(2026, 11, 23), "18:00"), at(date(2026, 11, 24), "09:00")),
        (at(date(2026, 11, 27), "20:00"), at(date(2026, 11, 30), "09:00")),  # Friday evening
        (at(date(2026, 9, 30), "20:00"), at(date(2026, 10, 8), "09:00")),  # a long holiday
        (at(date(2026, 10, 9), "20:00"), at(date(2026, 10, 10), "09:00")),  # a Saturday that is worked
    ],
)
def test_outside_of_its_hours_a_case_waits_for_the_next(moment: datetime, opens: datetime) -> None:
    """Holidays and the Saturdays worked for them included."""
    assert opens_at(Layer.model_validate(OFFICE), (), CHINA, moment) == opens


@given(moments)
def test_hours_open_at_the_moment_or_later_and_stay_open(moment: datetime) -> None:
    """Asked again at the moment that it gave, it gives the same."""
    hours = Layer.model_validate(OFFICE)
    opens = opens_at(hours, (), CHINA, moment)
    assert opens >= moment and opens_at(hours, (), CHINA, opens) == opens
    assert opens_at(None, (), CHINA, moment) == moment


def test_a_role_that_does_not_exist_is_refused_by_name() -> None:
    """With the ones that do."""
    with pytest.raises(ValidationError, match=r"三线.*一线、二线、主管或兜底"):
        _policy("三线")
