"""A case is opened once, calls one engineer after the other, and stops when somebody has it or the plan is used up."""

import pytest

from app.core.escalation import by_order
from app.core.message import Person
from app.store import audit, cases
from tests.flows.stage import Stage
from tests.people import LI, PRIVATE, XIAOLIN, ZHANG, ZHAO

FULL = "邮箱容量已达上限，收不到邮件"


def test_asking_for_a_person_opens_a_case_and_calls_whoever_is_on_duty(stage: Stage) -> None:
    """The person hears who comes, the number, and what else to do."""
    receipt = stage.hears(XIAOLIN, "人工")
    stage.works()
    assert stage.paged == ["张工"]
    for part in ("张工", "单号 1", "6666"):
        assert part in receipt.reply


def test_the_page_says_everything_that_the_engineer_needs(stage: Stage) -> None:
    """Number, who, where, the words, what was tried, and the exact words to send."""
    stage.hears(XIAOLIN, FULL)
    stage.hears(XIAOLIN, "还是不行")
    stage.hears(XIAOLIN, "还是不行")
    stage.works()
    page = stage.pager.sent[0]
    for part in ("单 1", "小林", "IT支持群", FULL, "邮箱满了", "刚刚", "@IT小助手 接单 1", "@IT小助手 解决 1 原因"):
        assert part in page.markdown.replace("＠", "@")
    assert [(m.user_id, m.mobile) for m in page.mentions] == [("zhang", "13800000001")]


def test_what_staff_wrote_cannot_mention_or_link_in_the_page(stage: Stage) -> None:
    """The words of a stranger are inert in the on-call group."""
    stage.hears(XIAOLIN, "@所有人 [点我](https://evil.example) <@all> **人工**")
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    words = stage.pager.sent[0].markdown.split("原话：")[1].split("\n")[0]
    assert not set("@<>[]*") & set(words) and "evil" in words


def test_long_words_are_cut_to_what_a_page_holds(stage: Stage) -> None:
    """Never inside a character."""
    stage.hears(XIAOLIN, "看不懂" * 2000)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert len(stage.pager.sent[0].markdown.encode()) < 1800


def test_a_further_wish_joins_the_open_case(stage: Stage) -> None:
    """One open case a person; what they say now is added."""
    stage.asks_for_a_person(XIAOLIN)
    receipt = stage.hears(XIAOLIN, "转人工")
    stage.works()
    assert "单 1" in receipt.reply and stage.paged == ["张工"]
    assert [case.words for case in stage.cases()] == [["人工", "转人工"]]


def test_after_the_first_is_closed_the_next_wish_opens_another(stage: Stage) -> None:
    """A new problem is a new case, with its own words only."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(ZHANG, "解决 1 好了")
    assert stage.asks_for_a_person(XIAOLIN) == 2
    assert stage.case(2).words == ["人工"]


def test_in_another_room_the_same_case_is_joined(stage: Stage) -> None:
    """One open case a person, wherever they ask."""
    stage.asks_for_a_person(XIAOLIN)
    assert "单 1" in stage.hears(XIAOLIN, "人工", room=PRIVATE).reply
    assert len(stage.cases()) == 1


def test_solved_while_an_engineer_has_it_closes_it_and_tells_the_engineer(stage: Stage) -> None:
    """李工 need not come any more."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(LI, "接单 1")
    assert "单 1" in stage.hears(XIAOLIN, "已解决").reply
    stage.works()
    assert (stage.case(1).state, stage.case(1).engineer, stage.paged) == ("resolved", "li", ["李工"])


def test_two_people_have_a_case_each(stage: Stage) -> None:
    """Numbers count on."""
    assert (stage.asks_for_a_person(XIAOLIN), stage.asks_for_a_person(ZHAO)) == (1, 2)


def test_nobody_takes_it_and_the_next_is_called_to_the_end_of_the_plan(stage: Stage) -> None:
    """张工, 李工, then 王主管 again and again, as often as the plan says; then both sides hear that nobody came."""
    stage.asks_for_a_person(XIAOLIN)
    called = {}
    stage.works()
    for minute in range(0, 80, 5):
        called[minute] = list(stage.paged)
        stage.waits(5)
    assert called[5] == ["张工"] and called[10] == ["张工", "李工"]
    assert called[20] == ["张工", "李工", "王主管"]
    assert stage.paged == ["张工", "李工", "王主管", "王主管", "王主管", "王主管"]
    assert "没人接 单 1" in stage.pager.sent[-1].markdown and "第 5 次呼叫" in stage.pager.sent[-2].markdown
    assert "还没有人接" in stage.group.sent[-1].markdown


def test_the_person_hears_when_somebody_else_is_called(stage: Stage) -> None:
    """But not when the same one is called again."""
    stage.asks_for_a_person(XIAOLIN)
    stage.waits(90)
    told = [line for line in stage.said if "改呼" in line]
    assert [("李工" in told[0]), ("王主管" in told[1]), len(told)] == [True, True, 2]


def test_a_repeated_page_says_how_often_and_how_long(stage: Stage) -> None:
    """So that the second engineer knows that the first did not come."""
    stage.asks_for_a_person(XIAOLIN)
    stage.waits(10)
    assert stage.pager.sent[1].markdown.startswith("第 2 次呼叫") and "10 分钟" in stage.pager.sent[1].markdown


ENDINGS = pytest.mark.parametrize(
    ("who", "words"), [(ZHANG, "接单 1"), (ZHANG, "解决 1 重启"), (XIAOLIN, "已解决"), (XIAOLIN, "撤销")]
)


@ENDINGS
def test_pages_stop_when_the_case_is_taken_resolved_solved_or_withdrawn(stage: Stage, who: Person, words: str) -> None:
    """Whoever ends the waiting: the timer is gone and nobody is called any more."""
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.hears(who, words)
    stage.pager.sent.clear()
    with stage.desk.database.transaction() as session:
        assert cases.timer_of(session, 1) is None
    stage.waits(60)
    assert [page for page in stage.pager.sent if "接单" in page.markdown] == []


@ENDINGS
def test_a_page_that_has_not_left_is_dropped(stage: Stage, who: Person, words: str) -> None:
    """It was over before the worker came round: no page at all."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(who, words)
    stage.works()
    assert [page for page in stage.pager.sent if "接单" in page.markdown] == []


def test_a_problem_that_went_away_is_told_to_the_engineer(stage: Stage) -> None:
    """Whoever was called hears that nobody need come."""
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.hears(XIAOLIN, "已解决").action == "resolved"
    stage.works()
    assert stage.case(1).state == "resolved" and "单 1 不用处理了" in stage.pager.sent[-1].markdown


def test_waits_are_stamped_on_the_case(stage: Stage) -> None:
    """A policy that is changed later changes the next case only."""
    stage.asks_for_a_person(XIAOLIN)
    stage.desk.default_plan = by_order((1,), 0)
    stage.waits(9)
    assert stage.paged == ["张工"]


def test_where_nothing_can_be_said_later_the_first_answer_says_so(stage: Stage) -> None:
    """The rest comes by telephone."""
    stage.group.speaks_later = False
    assert "电话" in stage.hears(XIAOLIN, "人工").reply


def test_without_a_pager_the_case_is_still_there(stage: Stage) -> None:
    """Nobody can be called, but nothing is lost and the person is answered."""
    stage.desk.pagers = {}
    assert "单号 1" in stage.hears(XIAOLIN, "人工").reply
    stage.waits(30)
    assert stage.case(1).state == "waiting"


def test_two_messages_that_nobody_understands_open_a_case(stage: Stage) -> None:
    """The second miss in a row is a person's turn."""
    assert stage.hears(XIAOLIN, "都不是").action == "clarify"
    stage.waits(0.5)
    assert stage.hears(XIAOLIN, "都不是").action == "handoff"


def test_the_desk_is_silent_while_an_engineer_has_the_case(stage: Stage) -> None:
    """What is said goes into the case; only a question for progress gets one line."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(LI, "接单 1")
    stage.works()
    before = len(stage.said)
    assert stage.hears(XIAOLIN, FULL).action == "ignore"
    assert "李工" in stage.hears(XIAOLIN, "进度").reply
    stage.works()
    assert len(stage.said) == before + 1 and FULL in stage.case(1).words


def test_every_change_by_a_person_leaves_a_line_of_audit(stage: Stage) -> None:
    """Who, what, from what, to what."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(LI, "接单 1")
    stage.hears(LI, "解决 1 换了网线")
    with stage.desk.database.transaction() as session:
        trail = [(row.actor, row.action, row.before, row.after) for row in audit.of(session, "case:1")]
    assert trail == [("li", "take", "waiting", "li"), ("li", "resolve", "taken", "换了网线")]


def test_an_engineer_who_answers_in_the_group_takes_the_case(stage: Stage) -> None:
    """@小林 in the same group: the case is theirs, and the desk says nothing."""
    stage.asks_for_a_person(XIAOLIN)
    receipt = stage.hears(LI, "@小林 我来看看，你先别动")
    assert (receipt.action, receipt.reply, stage.case(1).engineer) == ("ignore", "", "li")
