"""DingTalk answers 200 and means no; it is busy, limits, or hangs up. Only what helps to repeat is repeated."""

from typing import Literal

import pytest

from app.flows.deliver import deliver
from tests.platforms.dingtalk.drafts import Quirks
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.wire import Endpoint
from tests.stories.dingtalk_scene import DingTalkScene
from tests.stories.house import eventually
from tests.stories.words import OTHER_QUESTION, QUESTION, UNCLEAR

TEN_MINUTES, A_SECOND = 600.0, 1.0
LOCKED = [
    pytest.param(Fault.rate_limited(), "410100", TEN_MINUTES, id="410100"),
    pytest.param(Fault.of(130101), "130101", TEN_MINUTES, id="130101"),
]
BUSY = [
    pytest.param(Fault.of(-1), "-1", A_SECOND, id="busy"),
    pytest.param(Fault.errcode_as_text(90018), "90018", A_SECOND, id="code as text"),
    pytest.param(Fault.http(502), "502", A_SECOND, id="502"),
    pytest.param(Fault.html_with_200(), "http-200", A_SECOND, id="page instead of JSON"),
]


@pytest.mark.parametrize(("fault", "code", "wait"), BUSY)
def test_an_answer_that_was_not_accepted_is_tried_again(
    dingtalk: DingTalkScene, fault: Fault, code: str, wait: float
) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, fault)
    dingtalk.asks(QUESTION)
    assert dingtalk.house.failed_once(1).error.startswith(f"{code} ")
    dingtalk.house.advance(seconds=wait - 0.5)
    dingtalk.house.settle()
    assert dingtalk.support.seen() == []
    dingtalk.house.advance(seconds=0.5)
    assert dingtalk.support.expect(dingtalk.house.answer).channel is Channel.SESSION
    assert len(dingtalk.answers()) == 1


@pytest.mark.parametrize(("fault", "code", "wait"), LOCKED)
def test_a_session_that_is_locked_out_is_left_alone_for_ten_minutes_and_the_api_says_it(
    dingtalk: DingTalkScene, fault: Fault, code: str, wait: float
) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, fault)
    dingtalk.asks(QUESTION)
    assert dingtalk.support.expect(dingtalk.house.answer).channel is Channel.GROUP_API
    dingtalk.house.advance(seconds=wait - 1)
    dingtalk.asks("人工")
    assert [answer.channel for answer in dingtalk.answers()] == [Channel.GROUP_API] * 2
    assert len(dingtalk.ding.calls(Endpoint.SESSION)) == 1
    dingtalk.house.advance(seconds=1)
    dingtalk.asks("进度")
    assert [answer.channel for answer in dingtalk.answers()][2] is Channel.SESSION


def test_an_answer_that_is_refused_for_good_is_told_to_the_engineer_with_the_code(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(460101))
    dingtalk.asks(QUESTION)
    assert dingtalk.house.outcome(1, "failed").error.startswith("460101 ")
    dingtalk.house.log.expect("not_delivered")
    (page,) = dingtalk.expect_pages(1)
    assert "答复发不出去：460101 内容太长" in page.text and QUESTION in page.text and page.notified == (dingtalk.zhang,)
    assert len(dingtalk.ding.calls(Endpoint.SESSION)) == 1


def test_a_link_that_the_platform_takes_for_unsafe_is_left_out(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(430101))
    dingtalk.asks(QUESTION)
    dingtalk.house.settle()
    row = dingtalk.house.said("reply")[0]
    seen = dingtalk.support.seen()
    assert row.state == ("sent" if "://" in row.markdown else "failed")
    assert all("://" not in one.text for one in seen)


@pytest.mark.parametrize("outsider", [False, True], ids=["staff", "outsider"])
def test_a_robot_that_was_removed_answers_in_private_and_where_it_cannot_one_page_tells(
    dingtalk: DingTalkScene, outsider: bool
) -> None:
    """No injected fault: the robot is taken out of the group while the answers wait to be said."""
    ding, house = dingtalk.ding, dingtalk.house
    questions = (QUESTION, OTHER_QUESTION, *UNCLEAR)  # so many different ones are no incident
    people = [ding.user(f"员工{number}", external=outsider) for number in range(len(questions))]
    dingtalk.support.add(*people)
    house.house.worker.stop()
    for person, question in zip(people, questions, strict=True):
        dingtalk.asks(question, by=person)
    dingtalk.support.robots.remove(dingtalk.robot)
    while deliver(house.house.desk, "test", ["dingtalk"]) + deliver(house.house.desk, "test", ["oncall"]):
        pass
    assert dingtalk.support.seen() == []
    if outsider:
        (page,) = dingtalk.pages()
        assert "答复发不出去：400106 机器人不在群里" in page.text and len(house.case().words) == len(people)
        assert {row.state for row in house.said("reply")} == {"failed"}
    else:
        assert [[one.channel for one in person.inbox()] for person in people] == [[Channel.OTO_API]] * len(people)
        assert dingtalk.pages() == []


def test_a_session_that_is_gone_early_is_answered_by_the_api_at_once(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(300001))
    dingtalk.asks(QUESTION)
    answer = dingtalk.support.expect(dingtalk.house.answer)
    assert answer.channel is Channel.GROUP_API and answer.text.startswith("林小雨：")
    assert dingtalk.house.outcome(1, "sent").attempts == 1


def test_a_session_past_its_time_is_not_even_tried(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.http(503))
    dingtalk.asks(QUESTION)
    dingtalk.house.failed_once(1)
    dingtalk.house.advance(minutes=86)
    assert dingtalk.support.expect(dingtalk.house.answer).channel is Channel.GROUP_API
    assert len(dingtalk.ding.calls(Endpoint.SESSION)) == 1


API_TEMPORARY = [
    pytest.param(Endpoint.GROUP_SEND, Fault.rate_limited(), 2, id="QPS"),
    pytest.param(Endpoint.GROUP_SEND, Fault.punished(), 300, id="1111"),
    pytest.param(Endpoint.GROUP_SEND, Fault.of("system.error", status=500), 1, id="system.error"),
    pytest.param(Endpoint.TOKEN, Fault.http(502), 1, id="token 502"),
    pytest.param(Endpoint.TOKEN, Fault.of("ServiceUnavailable", status=503), 1, id="token 503"),
    pytest.param(Endpoint.TOKEN, Fault.rate_limited(), 2, id="token QPS"),
    pytest.param(Endpoint.TOKEN, Fault.lost_answer(), 1, id="token lost"),
]


@pytest.mark.parametrize(("endpoint", "fault", "wait"), API_TEMPORARY)
def test_the_api_says_later_and_gets_it_later(
    dingtalk: DingTalkScene, endpoint: Endpoint, fault: Fault, wait: float
) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(300001), times=2)
    dingtalk.ding.faults.next(endpoint, fault)
    dingtalk.asks(QUESTION)
    dingtalk.house.failed_once(1)
    dingtalk.house.advance(seconds=wait)
    assert dingtalk.support.expect(dingtalk.house.answer).channel is Channel.GROUP_API
    assert len(dingtalk.answers()) == 1


API_PERMANENT = [
    (Endpoint.GROUP_SEND, "bot.stopped", 400),
    (Endpoint.GROUP_SEND, "Forbidden.AccessDenied.AccessTokenPermissionDenied", 403),
    (Endpoint.GROUP_SEND, "Forbidden.AccessDenied.ApiCountLimitForOrg", 403),
    (Endpoint.TOKEN, "invalidClientIdOrSecret", 400),
]


@pytest.mark.parametrize(("endpoint", "code", "status"), API_PERMANENT)
def test_the_api_says_no_and_the_operator_is_told(
    dingtalk: DingTalkScene, endpoint: Endpoint, code: str, status: int
) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(300001))
    dingtalk.ding.faults.next(endpoint, Fault.of(code, status=status))
    dingtalk.asks(QUESTION)
    assert dingtalk.house.outcome(1, "failed").error.startswith(code)
    dingtalk.house.log.expect("not_delivered")
    (page,) = dingtalk.expect_pages(1)
    assert f"答复发不出去：{code} " in page.text and "请管理员" in page.text


def test_a_gateway_that_gave_up_waiting_leaves_it_unknown_and_nothing_is_said_twice(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(300001))
    dingtalk.ding.faults.next(Endpoint.GROUP_SEND, Fault.http(504))
    dingtalk.asks(QUESTION)
    assert dingtalk.house.outcome(1, "unknown").error.startswith("504 ")
    dingtalk.house.advance(minutes=30)
    dingtalk.house.settle()
    assert len(dingtalk.ding.calls(Endpoint.GROUP_SEND)) == 1 and dingtalk.pages() == []


def test_a_group_that_is_gone_is_answered_in_private(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.faults.next(Endpoint.SESSION, Fault.of(300001))
    dingtalk.ding.faults.next(Endpoint.GROUP_SEND, Fault.of("group.disbanded"))
    dingtalk.asks(QUESTION)
    assert dingtalk.lin.expect(dingtalk.house.answer).channel is Channel.OTO_API
    assert dingtalk.house.outcome(1, "sent").attempts == 1


@pytest.mark.parametrize("fields", ["error", "err"])
def test_a_quota_that_is_used_up_leaves_no_person_without_a_line(
    dingtalk: DingTalkScene, fields: Literal["error", "err"]
) -> None:
    """20001: the platform delivers that somebody wrote, without the words. Whoever is on duty hears of it once."""
    quirks = Quirks(quota_exceeded=True, quota_fields=fields)
    for person in (dingtalk.lin, dingtalk.chen):
        assert person.says(dingtalk.support, QUESTION, at=dingtalk.robot, quirks=quirks).accepted
    eventually("两个人都有答复", lambda: len(dingtalk.answers()) == 2)
    assert all("额度用完了" in line.text for line in dingtalk.support.seen())
    (page,) = dingtalk.expect_pages(1)
    assert "20001" in page.text and "林小雨" in page.text and page.notified == (dingtalk.zhang,)
    dingtalk.house.log.expect("words_withheld")
    assert 'zhiban_messages_total{action="withheld",channel="dingtalk"} 2.0' in dingtalk.house.metrics()


def test_a_month_that_is_really_over_is_still_answered_by_the_api(dingtalk: DingTalkScene) -> None:
    """No injected fault: the Webhook quota is gone, so the words are withheld and the session refuses the reply."""
    dingtalk.ding.limits.webhook_per_month = 0
    dingtalk.lin.says(dingtalk.support, QUESTION, at=dingtalk.robot)
    shown = dingtalk.support.expect("额度用完了")
    assert shown.channel is Channel.GROUP_API
    refused = [call.code for call in dingtalk.ding.calls(Endpoint.SESSION)]
    assert refused == ["90020"]
    dingtalk.house.settle()
    assert "20001" in dingtalk.house.case().reason


def test_a_person_whom_the_api_limits_is_told_later(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.world.session_in_one_to_one = False
    dingtalk.lin.flow_controlled = True
    dingtalk.lin.says(dingtalk.robot, QUESTION)
    dingtalk.house.failed_once(1)
    dingtalk.lin.flow_controlled = False
    dingtalk.house.advance(seconds=60)
    dingtalk.lin.expect(dingtalk.house.answer)


@pytest.mark.parametrize(("fault", "code", "wait"), [*LOCKED, *BUSY])
def test_a_page_that_was_not_accepted_is_tried_again(
    dingtalk: DingTalkScene, fault: Fault, code: str, wait: float
) -> None:
    dingtalk.ding.faults.next(Endpoint.CUSTOM, fault)
    dingtalk.asks("人工")
    (row,) = dingtalk.house.said("page")
    assert dingtalk.house.failed_once(row.id).error.startswith(f"{code} ")
    wait += 2  # a page knocks a moment after a lock is over
    dingtalk.house.advance(seconds=min(wait, 599))
    dingtalk.house.advance(seconds=max(0, wait - 599))
    dingtalk.house.outcome(row.id, "sent")
    assert dingtalk.pages()[0].notified == (dingtalk.zhang,)


@pytest.mark.parametrize("code", [310000, 400102])
def test_one_whose_page_is_refused_for_good_is_passed_over_at_once(dingtalk: DingTalkScene, code: int) -> None:
    dingtalk.ding.faults.next(Endpoint.CUSTOM, Fault.of(code))
    dingtalk.asks("人工")
    dingtalk.house.outcome(dingtalk.house.said("page")[0].id, "failed")
    dingtalk.house.settle()
    told, page = sorted(dingtalk.expect_pages(2), key=lambda shown: "第 2 次呼叫" in shown.text)
    assert page.notified == (dingtalk.li,) and "第 2 次呼叫" in page.text
    assert "呼不到张工" in told.text and str(code) in told.text, "whoever keeps the roster knows"
    assert dingtalk.house.said("page")[0].state == "failed"


def test_a_page_whose_answer_was_lost_is_sent_again_under_the_same_key_and_seen_once(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.faults.next(Endpoint.CUSTOM, Fault.lost_answer())
    dingtalk.asks("人工")
    (row,) = dingtalk.house.said("page")
    dingtalk.house.failed_once(row.id)
    dingtalk.house.advance(seconds=1)
    dingtalk.house.outcome(row.id, "sent")
    dingtalk.expect_pages(1)
    calls = dingtalk.ding.calls(Endpoint.CUSTOM)
    assert len(calls) == 2 and all(row.key.encode() in call.body for call in calls)


def test_calls_to_a_locked_robot_wait_until_the_lock_is_over(dingtalk: DingTalkScene) -> None:
    dingtalk.pager.locked_until = dingtalk.house.clock.now() + 300
    dingtalk.pager.answers_130101 = True
    dingtalk.asks("人工")
    dingtalk.house.failed_once(dingtalk.house.said("page")[0].id)
    dingtalk.house.advance(minutes=5)
    dingtalk.house.settle()
    assert dingtalk.pages() == []
    dingtalk.house.advance(minutes=5)
    dingtalk.support.expect("已经改呼 李工")
    dingtalk.house.advance(seconds=3)
    dingtalk.house.settle()
    assert {page.notified for page in dingtalk.pages()} == {(dingtalk.zhang,), (dingtalk.li,)}
