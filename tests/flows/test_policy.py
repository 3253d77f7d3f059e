"""A case goes by its policy: roles looked up when a step fires, office hours, urgent ones at once, a last resort."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.channels.base import SendFailed
from app.core.delivery import Failure
from app.core.message import OutboundMessage
from app.store.tables import CaseEventRow
from tests.flows.duty import NORMAL, OFFICE, china, go_to, pages, with_roster
from tests.flows.stage import Stage
from tests.people import XIAOLIN, ZHANG

URGENT = {"steps": [{"call": ["一线"], "wait": 2}, {"call": ["主管"], "wait": 2}], "repeat": 1}


def _events(stage: Stage, number: int = 1) -> list[str]:
    with stage.desk.database.transaction() as session:
        rows = session.exec(select(CaseEventRow).order_by(CaseEventRow.id)).all()  # type: ignore[arg-type]
        return [row.kind for row in rows if row.case_id == number]


def test_steps_call_their_roles_one_after_the_other(stage: Stage) -> None:
    """The first line, the manager; then both sides hear that nobody came."""
    with_roster(stage)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.paged == ["张工"]
    stage.waits(5)
    assert stage.paged == ["张工", "王主管"] and "已经改呼 王主管" in stage.said[-1]
    stage.waits(20)
    assert pages(stage, "没人接 单 1") == ["王主管"] and "还没有人接" in stage.said[-1]
    assert _events(stage) == ["opened", "paged", "paged", "paged", "used_up"]


def test_the_person_is_looked_up_when_the_step_fires(stage: Stage) -> None:
    """It opens in 张工's week and is called out again in 李工's."""
    steps = [{"call": ["一线"], "wait": 1440}, {"call": ["一线"], "wait": 5}]
    with_roster(stage, policies={"normal": {"steps": steps, "hours": OFFICE}})
    go_to(stage, china(1, 9, "17:00"))
    stage.asks_for_a_person(XIAOLIN)
    go_to(stage, china(1, 12, "17:01"))
    assert stage.paged[:2] == ["张工", "李工"]


def test_outside_of_its_hours_it_waits_and_the_person_is_told_until_when(stage: Stage) -> None:
    """Friday evening; the next working day is Monday, 李工's week."""
    with_roster(stage, policies={"normal": {**NORMAL, "hours": OFFICE}})
    go_to(stage, china(1, 9, "20:00"))
    reply = stage.hears(XIAOLIN, "人工").reply
    assert "1 月 12 日 09:00" in reply and "紧急" not in reply
    stage.works()
    assert stage.paged == []
    go_to(stage, china(1, 12, "09:00"))
    assert stage.paged == ["李工"] and _events(stage) == ["opened", "closed", "paged"]


def test_an_urgent_one_is_called_out_at_once(stage: Stage) -> None:
    """Whoever cannot wait says so, once; the manager's step comes after two minutes, not ten."""
    with_roster(stage, policies={"normal": {**NORMAL, "hours": OFFICE}, "urgent": URGENT})
    go_to(stage, china(1, 9, "20:00"))
    assert "紧急" in stage.hears(XIAOLIN, "人工").reply
    assert "改成紧急" in stage.hears(XIAOLIN, "紧急").reply
    assert "已经按紧急" in stage.hears(XIAOLIN, "紧急").reply
    stage.works()
    assert stage.paged == ["王主管"] and "【紧急】" in stage.pager.sent[0].markdown
    assert _events(stage)[:4] == ["opened", "closed", "urgent", "skipped"]


def test_urgent_from_the_start(stage: Stage) -> None:
    """Without a case before it, 紧急 opens one."""
    with_roster(stage, policies={"normal": {**NORMAL, "hours": OFFICE}, "urgent": URGENT})
    go_to(stage, china(1, 7, "20:00"))
    stage.hears(XIAOLIN, "邮箱登不上了")
    assert stage.hears(XIAOLIN, "紧急").action == "handoff"
    stage.works()
    assert stage.case(1).urgent and stage.paged == ["王主管"]


def test_without_an_urgent_plan_the_person_is_given_the_telephone(stage: Stage) -> None:
    """The normal plan goes on as it was."""
    with_roster(stage)
    stage.asks_for_a_person(XIAOLIN)
    assert "请直接打" in stage.hears(XIAOLIN, "紧急").reply and not stage.case(1).urgent


def test_a_role_that_nobody_has_is_skipped_at_once(stage: Stage) -> None:
    """No second line: the manager is called without a wait."""
    steps = [{"call": ["二线"], "wait": 30}, {"call": ["主管"], "wait": 5}]
    with_roster(stage, policies={"normal": {"steps": steps, "repeat": 0}})
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.paged == ["王主管"] and _events(stage) == ["opened", "skipped", "paged"]


def test_a_step_may_ring_by_several_pagers(two_pagers: Stage) -> None:
    """The urgent step names two: both ring, once each."""
    steps = [{"call": ["一线"], "wait": 5, "by": ["oncall", "second"]}]
    stage = with_roster(two_pagers, policies={"normal": {"steps": steps, "repeat": 0}})
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert [len(pager.sent) for pager in (stage.pager, stage.second_pager)] == [1, 1]


def test_when_one_of_two_pagers_refuses_the_other_is_not_rung_twice(two_pagers: Stage) -> None:
    """It rings there anyway."""
    steps = [{"call": ["一线"], "wait": 5, "by": ["oncall", "second"]}]
    stage = with_roster(two_pagers, policies={"normal": {"steps": steps, "repeat": 0}})
    stage.pager.before_sending = _refuse
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert len(stage.second_pager.sent) == 1


def test_who_cannot_be_called_is_told_to_the_admin_once(stage: Stage) -> None:
    """A broken id: the platform refuses for good."""
    with_roster(stage, admins=["li"])

    def refuse(message: OutboundMessage) -> None:
        if message.mentions[0].user_id == "zhang":
            _refuse(message)

    stage.pager.before_sending = refuse
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(XIAOLIN, "撤销")
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert pages(stage, "呼不到张工") == ["李工"]


def test_what_the_admin_edits_later_changes_the_next_case_only(stage: Stage) -> None:
    """Waits and roles are stamped."""
    with_roster(stage)
    stage.asks_for_a_person(XIAOLIN)
    with_roster(stage, policies={"normal": {"steps": [{"call": ["一线"], "wait": 1}], "repeat": 5}})
    stage.waits(4)
    assert stage.paged == ["张工"]


@pytest.mark.parametrize(("taken", "told"), [(19, False), (20, True)])
def test_how_long_people_really_wait_is_told_where_there_is_enough_to_tell_it_from(
    stage: Stage, taken: int, told: bool
) -> None:
    """Nineteen cases are too few."""
    with_roster(stage)
    for _ in range(taken):
        number = stage.asks_for_a_person(XIAOLIN)
        stage.clock.set(stage.now + timedelta(minutes=2))
        stage.hears(ZHANG, f"接单 {number}")
        stage.hears(ZHANG, f"解决 {number} 好了")
    assert ("80 % 的单在 2 分钟内" in stage.hears(XIAOLIN, "人工").reply) is told


def _refuse(message: OutboundMessage) -> None:
    raise SendFailed(Failure.PERMANENT, "40003", "没有这个人")
