"""A shift is announced, asked for and taken over: until somebody has said 在岗, the one before stays responsible."""

from app.channels.base import SendFailed
from app.core.delivery import Failure
from app.core.message import OutboundMessage
from app.store.duty import cover
from tests.flows.duty import china, go_to, pages, with_roster
from tests.flows.stage import Stage
from tests.people import LI, XIAOLIN, ZHANG

HANDOVER = {"ask_before": 30}


def _asked(stage: Stage, clock: str = "08:31") -> Stage:
    """Monday of 李工's week, half an hour before it begins."""
    with_roster(stage, handover=HANDOVER)
    go_to(stage, china(1, 12, clock))
    return stage


def test_the_next_is_asked_half_an_hour_before(stage: Stage) -> None:
    """Once, by the pager that calls him at night."""
    _asked(stage, "08:29")
    assert pages(stage, "在的话请发") == []
    go_to(stage, china(1, 12, "08:45"))
    assert pages(stage, "在的话请发") == ["李工"]


def test_whoever_is_there_has_the_shift_from_its_start(stage: Stage) -> None:
    """With the open cases; 张工 is told that he is free."""
    with_roster(stage, handover=HANDOVER)
    go_to(stage, china(1, 9, "10:00"))
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(ZHANG, "接单 1")
    go_to(stage, china(1, 12, "08:40"))
    assert "班交给您了" in stage.hears(LI, "在岗").reply
    go_to(stage, china(1, 12, "09:01"))
    assert pages(stage, "李工接过去了") == ["张工"] and pages(stage, "从现在起由您负责") == ["李工"]
    assert "1（张工 在处理）" in stage.pager.sent[-1].markdown
    stage.hears(XIAOLIN, "撤销")
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.paged[-1] == "李工"


def test_who_says_nothing_is_not_relied_on(stage: Stage) -> None:
    """张工 stays responsible and knows it; the manager knows it; the case goes to 张工 first."""
    _asked(stage)
    go_to(stage, china(1, 12, "09:01"))
    assert pages(stage, "还没收到您的“在岗”") == ["李工"]
    assert pages(stage, "还是先呼叫您") == ["张工"] and pages(stage, "不能确定找得到他") == ["王主管"]
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.paged[-1] == "张工"
    assert "班交给您了" in stage.hears(LI, "在岗").reply
    stage.hears(XIAOLIN, "撤销")
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.paged[-1] == "李工"


def test_whoever_goes_on_is_not_asked_every_morning(stage: Stage) -> None:
    """Tuesday of the same week asks nobody."""
    _asked(stage)
    stage.hears(LI, "在岗")
    go_to(stage, china(1, 14, "12:00"))
    assert pages(stage, "在的话请发") == ["李工"]


def test_before_each_shift_where_that_is_wished(stage: Stage) -> None:
    """Tuesday of the same week: 李工 is asked again; who is silent is told to the manager, and stays on duty."""
    with_roster(stage, handover=HANDOVER | {"every_shift": True})
    for day in (12, 13):
        go_to(stage, china(1, day, "08:45"))
        go_to(stage, china(1, day, "09:01"))
    assert pages(stage, "在的话请发") == ["李工"] * 2
    assert pages(stage, "还没收到您的“在岗”")[-2:] == ["李工"] * 2
    assert pages(stage, "不能确定找得到他")[-2:] == ["王主管"] * 2
    assert "班交给您了" in stage.hears(LI, "在岗").reply


def test_a_swap_between_question_and_start_asks_the_other(stage: Stage) -> None:
    """张工 covers for 李工 after all: nobody new has to confirm, since he had the week before."""
    _asked(stage)
    stage.hears(LI, "换班 今天 赵工")
    with stage.desk.database.transaction() as session:
        row = cover(session, 1)
        assert row is not None
        row.into, row.state = "zhao", "agreed"
        session.add(row)
    go_to(stage, china(1, 12, "08:45"))
    assert pages(stage, "在的话请发") == ["李工", "赵工"]


def test_handing_over_by_word_sends_the_open_cases_to_the_next(stage: Stage) -> None:
    """On Friday evening 张工 passes his week on."""
    with_roster(stage, handover=HANDOVER)
    go_to(stage, china(1, 9, "17:30"))
    stage.asks_for_a_person(XIAOLIN)
    assert "已请李工接班" in stage.hears(ZHANG, "交班").reply
    stage.works()
    assert pages(stage, "的班交给您") == ["李工"] and "1（等人接）" in stage.pager.sent[-1].markdown
    assert "班交给您了" in stage.hears(LI, "在岗").reply
    go_to(stage, china(1, 12, "09:01"))
    assert pages(stage, "还没收到您的“在岗”") == []


def test_nothing_to_confirm_and_nobody_to_hand_over_to(stage: Stage) -> None:
    """Both are said."""
    with_roster(stage, handover=HANDOVER)
    assert "没有等您确认的班" in stage.hears(LI, "在岗").reply
    assert "没法交" in stage.hears(LI, "交班").reply


def test_without_the_key_nobody_is_asked(stage: Stage) -> None:
    """A company that does not want it."""
    with_roster(stage)
    go_to(stage, china(1, 12, "09:05"))
    assert stage.pager.sent == []


def test_after_a_long_stop_old_shifts_are_not_announced(stage: Stage) -> None:
    """The machine was off over the weekend and until noon."""
    with_roster(stage, handover=HANDOVER)
    stage.clock.set(china(1, 12, "12:00"))
    go_to(stage, china(1, 12, "12:05"))
    assert stage.pager.sent == []


def test_a_question_that_cannot_be_delivered_is_told_to_the_admin(stage: Stage) -> None:
    """The path is broken: it is known half an hour before the shift."""
    with_roster(stage, handover=HANDOVER)

    def refuse(message: OutboundMessage) -> None:
        if message.mentions[0].user_id == "li":
            raise SendFailed(Failure.PERMANENT, "40003", "没有这个人")

    stage.pager.before_sending = refuse
    go_to(stage, china(1, 12, "08:35"))
    assert pages(stage, "呼不到李工") == ["王主管"]


def test_once_a_day_the_admin_hears_what_is_wrong_with_tomorrow(stage: Stage) -> None:
    """At three in the afternoon, once; not on the day of the first start before that hour has come."""
    with_roster(stage)
    go_to(stage, china(1, 6, "15:01"))
    assert stage.pager.sent == [], "nights without a shift are no news"
    for who in (ZHANG, LI):
        stage.hears(who, "请假 1-8")
    go_to(stage, china(1, 7, "15:01"))
    weak = [message.markdown for message in stage.pager.sent if "名册里有这些问题" in message.markdown]
    assert len(weak) == 1 and "01-08 09:00 的“白班”没有人" in weak[0]
