"""Who is on duty, leave and covers by words: agreed by the other one, seen in the roster, told to who is concerned."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from app.store.tables import AuditRow
from tests.flows.duty import china, go_to, pages, with_roster
from tests.flows.stage import Stage
from tests.people import LI, WANG, XIAOLIN, ZHANG


@pytest.fixture
def duty(stage: Stage) -> Stage:
    """Monday nine in the morning, 张工's week."""
    return with_roster(stage)


def _on_duty(stage: Stage, moment: datetime) -> str:
    with stage.desk.database.transaction() as session:
        return stage.desk.duty(session, moment.astimezone(UTC)).first.name


def test_who_is_on_duty_now_and_on_a_day(duty: Stage) -> None:
    """With the reason; of another day, its shifts."""
    assert "张工（分机 8001） → 王主管" in duty.hears(LI, "值班").reply
    assert "李工（白班" in duty.hears(LI, "下周三谁值班").reply
    assert "没有排班" in duty.hears(LI, "值班 周六").reply
    assert "没看懂是哪天" in duty.hears(LI, "请假 改天").reply


def test_leave_brings_in_the_next_and_says_so(duty: Stage) -> None:
    """Tomorrow 李工 is called, the day after 张工 again."""
    reply = duty.hears(ZHANG, "请假 明天").reply
    assert (
        "01-06 00:00 到 01-07 00:00" in reply
        and "李工（白班，09:00–18:00，张工请假，李工替张工）" in reply
        and "空班" not in reply
    )
    assert [_on_duty(duty, china(1, day, "10:00")) for day in (5, 6, 7)] == ["张工", "李工", "张工"]


def test_leave_is_ones_own_or_the_managers_to_give(duty: Stage) -> None:
    """李工 cannot send 张工 home; 王主管 can; and it can be taken back."""
    assert "只能给自己请假" in duty.hears(LI, "请假 明天 张工").reply
    assert "张工 01-06" in duty.hears(WANG, "请假 明天 张工").reply
    assert _on_duty(duty, china(1, 6, "10:00")) == "李工"
    assert "不归您决定" in duty.hears(LI, "销假 1").reply
    assert "取消了" in duty.hears(ZHANG, "销假 1").reply
    assert _on_duty(duty, china(1, 6, "10:00")) == "张工"


def test_a_cover_counts_once_the_other_agrees(duty: Stage) -> None:
    """李工 is asked by a page with the hours; until he agrees it is 张工's shift."""
    assert "已问李工" in duty.hears(ZHANG, "换班 1-7 李工").reply
    duty.works()
    assert pages(duty, "同意 1") == ["李工"] and _on_duty(duty, china(1, 7, "10:00")) == "张工"
    assert "由您替张工" in duty.hears(LI, "同意 1").reply
    duty.works()
    assert pages(duty, "李工同意替您") == ["张工"] and _on_duty(duty, china(1, 7, "10:00")) == "李工"
    assert _on_duty(duty, china(1, 8, "10:00")) == "张工"


def test_a_cover_can_be_refused_and_withdrawn(duty: Stage) -> None:
    """The one who asked is told; the one who stood in too."""
    duty.hears(ZHANG, "换班 1-7 李工")
    assert "知道了" in duty.hears(LI, "不行 1").reply
    duty.works()
    assert pages(duty, "替不了您") == ["张工"]
    duty.hears(ZHANG, "换班 1-8 李工")
    duty.hears(LI, "同意 2")
    assert "取消了" in duty.hears(ZHANG, "销假 2").reply
    duty.works()
    assert pages(duty, "不用您替") == ["李工"] and _on_duty(duty, china(1, 8, "10:00")) == "张工"


def test_of_all_who_are_asked_the_first_has_it(duty: Stage) -> None:
    """The second is told that it is too late."""
    duty.hears(ZHANG, "周三谁能替我")
    duty.works()
    assert sorted(pages(duty, "同意 1")) == ["李工", "王主管", "赵工"]
    assert "由您替张工" in duty.hears(LI, "同意 1").reply
    assert "李工已经答应" in duty.hears(WANG, "同意 1").reply
    assert _on_duty(duty, china(1, 7, "10:00")) == "李工"


@pytest.mark.parametrize(
    ("who", "words", "reply"),
    [
        (ZHANG, "换班 1-7", "请写上给谁"),
        (ZHANG, "换班 1-7 张工", "请写上给谁"),
        (ZHANG, "换班 1-14 李工", "没有您的班"),
        (ZHANG, "换班 1-10 李工", "没有您的班"),
        (ZHANG, "换班 昨天 李工", "请写上给谁"),
        (LI, "同意 9", "没有这个编号"),
        (ZHANG, "销假 9", "没有这个编号"),
    ],
)
def test_what_cannot_be_done_is_said(duty: Stage, who: object, words: str, reply: str) -> None:
    """And nothing is changed."""
    assert reply in duty.hears(who, words).reply  # type: ignore[arg-type]


def test_only_who_was_asked_may_agree(duty: Stage) -> None:
    """Nor the one who asks."""
    duty.hears(ZHANG, "换班 1-7 李工")
    for who in (WANG, ZHANG):
        assert "不归您决定" in duty.hears(who, "同意 1").reply


def test_staff_do_not_change_the_roster(duty: Stage) -> None:
    """小林 asks something, and nothing happens to it."""
    duty.hears(XIAOLIN, "请假 明天")
    assert "名册上的工程师" in duty.hears(XIAOLIN, "同意 1").reply
    assert _on_duty(duty, china(1, 6, "10:00")) == "张工"


def test_every_change_is_in_the_audit(duty: Stage) -> None:
    """Who, what, when, from whom to whom."""
    duty.hears(ZHANG, "换班 1-7 李工")
    duty.hears(LI, "同意 1")
    duty.hears(ZHANG, "请假 1-9")
    with duty.desk.database.transaction() as session:
        rows = [(row.actor, row.action, row.subject) for row in session.exec(select(AuditRow)).all()]
    assert rows == [("zhang", "ask_cover", "cover:1"), ("li", "cover", "cover:1"), ("zhang", "leave", "cover:2")]


def test_a_page_goes_to_whoever_covers(duty: Stage) -> None:
    """The case of Wednesday is 李工's."""
    duty.hears(ZHANG, "换班 1-7 李工")
    duty.hears(LI, "同意 1")
    go_to(duty, china(1, 7, "10:00"))
    duty.asks_for_a_person(XIAOLIN)
    duty.works()
    assert duty.paged[-1] == "李工"


def test_a_cover_lasts_as_long_as_the_shift(duty: Stage) -> None:
    """A night that is asked for by its day reaches into the next."""
    night = {"name": "夜班", "people": ["zhang"], "since": "2026-01-05", "from": "18:00", "to": "09:00"}
    with_roster(duty, rotations=[night])
    duty.hears(ZHANG, "换班 1-7 李工")
    duty.hears(LI, "同意 1")
    at = china(1, 7, "18:00")
    found = [_on_duty(duty, at + timedelta(hours=hours)) for hours in (-1, 0, 14, 15)]
    assert found == ["王主管", "李工", "李工", "王主管"]
