"""WeCom answers 200 and means no; it is busy, limits, or hangs up. What helps to repeat is repeated, nothing else."""

import pytest

from app.store.tables import CaseRow
from tests.platforms.wecom.faults import Endpoint, Fault, errcode, lost_answer, rate_limited, server_error
from tests.platforms.wecom.shown import Channel
from tests.stories.wecom_scene import WeComScene, open_wecom
from tests.stories.words import QUESTION
from tests.stories.workshop import Workshop

TEMPORARY = [
    pytest.param(rate_limited(), "45009", 61, id="45009"),
    pytest.param(errcode(-1), "-1", 1, id="busy"),
    pytest.param(errcode(45033), "45033", 1, id="concurrency"),
    pytest.param(server_error(502), "502", 1, id="502"),
]
PERMANENT = [93000, 40058]


@pytest.mark.parametrize(("fault", "code", "wait"), TEMPORARY)
def test_a_page_that_was_not_accepted_is_tried_again_after_the_time_the_code_asks_for(
    wecom: WeComScene, fault: Fault, code: str, wait: float
) -> None:
    wecom.wecom.fail(Endpoint.PUSH, fault)
    wecom.asks("人工")
    (row,) = wecom.house.said("page")
    assert wecom.house.failed_once(row.id).error.startswith(code)
    wecom.house.advance(seconds=wait + (2 if wait >= 60 else 0))  # a page knocks a moment after a lock is over
    assert wecom.expect_pages(1)[0].mentioned == ("zhanggong",)
    assert wecom.house.outcome(row.id, "sent").attempts == 2


@pytest.mark.parametrize("code", PERMANENT)
def test_one_whose_page_is_refused_for_good_is_passed_over_at_once(wecom: WeComScene, code: int) -> None:
    wecom.wecom.fail(Endpoint.PUSH, errcode(code))
    wecom.asks("人工")
    wecom.house.outcome(wecom.house.said("page")[0].id, "failed")
    wecom.house.settle()
    told, page = sorted(wecom.expect_pages(2), key=lambda shown: "第 2 次呼叫" in shown.text)
    assert page.mentioned == ("ligong",) and "第 2 次呼叫" in page.text
    assert told.mentioned == ("wangzg",) and "呼不到张工" in told.text and str(code) in told.text
    first = wecom.house.said("page")[0]
    assert (first.state, first.attempts) == ("failed", 1) and first.error.startswith(str(code))
    wecom.support.expect("已经改呼 李工", within=5, times=1)


def test_a_page_whose_answer_was_lost_is_not_repeated_and_the_next_step_fires_at_once(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.PUSH, lost_answer())
    wecom.asks("人工")
    pages = wecom.expect_pages(2)
    assert [page.mentioned for page in pages] == [("zhanggong",), ("ligong",)]
    assert [row.state for row in wecom.house.said("page")] == ["unknown", "sent"]
    assert 'zhiban_outbox{channel="oncall",state="unknown",way="page"} 1.0' in wecom.house.metrics()


def test_a_line_said_later_survives_a_limit(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.wecom.fail(Endpoint.PUSH, rate_limited())
    wecom.orders("接单 1")
    (row,) = wecom.house.said("room")
    wecom.house.failed_once(row.id)
    wecom.house.advance(seconds=61)
    wecom.support.expect("张工 接了单 1", within=5, times=1)


def test_a_line_said_later_whose_push_is_dead_goes_by_the_address_that_is_left(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.wecom.fail(Endpoint.PUSH, errcode(93000))
    wecom.orders("接单 1")
    assert wecom.support.expect("张工 接了单 1", within=5, times=1).channel is Channel.RESPONSE_URL
    assert wecom.house.case().state == "taken"


def test_a_result_that_cannot_be_said_any_more_is_told_to_the_engineer(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.orders("接单 1")
    wecom.house.advance(minutes=61)  # the address has expired
    wecom.wecom.fail(Endpoint.PUSH, errcode(93008))
    wecom.orders("解决 1 换了网线")
    page = wecom.expect_pages(2)[1]
    assert page.mentioned == ("zhanggong",) and "没能告诉linxy" in page.text and "93008" in page.text
    wecom.house.log.expect("not_delivered")


@pytest.mark.parametrize(("fault", "code", "wait"), TEMPORARY)
def test_a_late_answer_that_was_not_accepted_is_tried_again(
    wecom: WeComScene, fault: Fault, code: str, wait: float
) -> None:
    wecom.wecom.fail(Endpoint.RESPONSE, fault)
    wecom.asks_a_slow_house(QUESTION)
    wecom.house.advance(seconds=5)
    assert wecom.house.failed_once(1).error.startswith(code)
    wecom.house.advance(seconds=wait)
    answer = wecom.support.expect(wecom.house.answer, within=5, times=1)
    assert answer.channel is Channel.RESPONSE_URL


def test_a_late_answer_whose_address_is_refused_goes_by_the_groups_push_with_a_real_mention(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.RESPONSE, errcode(40058))
    wecom.asks_a_slow_house(QUESTION)
    wecom.house.advance(seconds=5)
    answer = wecom.support.expect(wecom.house.answer, within=5, times=1)
    assert (answer.channel, answer.mentioned) == (Channel.PUSH, ("linxy",))
    assert wecom.house.outcome(1, "sent").attempts == 1


def test_a_push_that_is_busy_then_is_waited_for_and_the_dead_address_left_alone(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.RESPONSE, errcode(40058))
    wecom.wecom.fail(Endpoint.PUSH, rate_limited())
    wecom.asks_a_slow_house(QUESTION)
    wecom.house.advance(seconds=5)
    wecom.house.failed_once(1)
    wecom.house.advance(seconds=61)
    assert wecom.support.expect(wecom.house.answer, within=5, times=1).channel is Channel.PUSH
    assert len(wecom.wecom.recorder.calls_to(Endpoint.RESPONSE)) == 1


def test_where_no_way_is_left_the_engineer_reads_the_code_and_what_to_set_up_once_for_all(workshop: Workshop) -> None:
    with open_wecom(workshop, push_into_support=False) as scene:
        scene.wecom.fail(Endpoint.RESPONSE, errcode(40058), times=2)
        scene.asks_a_slow_house(QUESTION)
        scene.house.advance(seconds=5)
        assert scene.house.outcome(1, "failed").error.startswith("response-url ")
        (page,) = scene.expect_pages(1)
        assert "答复发不出去：response-url" in page.text and "push_key" in page.text and QUESTION in page.text
        assert page.mentioned == ("zhanggong",)
        scene.house.advance(minutes=1)
        scene.wecom.fail(Endpoint.RESPONSE, errcode(40058))
        scene.chen.says(scene.support, "你好", at=scene.bot)
        scene.house.settle()
        assert len(scene.house.rows(CaseRow)) == 1


def test_a_late_answer_whose_result_was_lost_is_seen_once_and_is_nobodys_concern(wecom: WeComScene) -> None:
    """The second call is refused, since the first one was carried out: neither the push nor an engineer hears of it."""
    wecom.wecom.fail(Endpoint.RESPONSE, lost_answer())
    wecom.asks_a_slow_house(QUESTION)
    wecom.house.advance(seconds=5)
    wecom.house.failed_once(1)
    wecom.house.advance(seconds=10)
    assert wecom.house.outcome(1, "unknown").attempts == 2
    wecom.house.settle()
    assert wecom.support.expect(wecom.house.answer, times=1).channel is Channel.RESPONSE_URL
    assert wecom.pages() == [] and wecom.wecom.recorder.calls_to(Endpoint.PUSH) == []


def test_a_push_whose_result_was_lost_is_not_said_again(wecom: WeComScene) -> None:
    """The reply came with an address that drops repetitions, but had to go by the push, which does not."""
    wecom.wecom.fail(Endpoint.PUSH, lost_answer())
    wecom.asks_a_slow_house(QUESTION, clock_runs=3601)
    assert wecom.house.outcome(1, "unknown").attempts == 1
    wecom.house.advance(minutes=30)
    wecom.house.settle()
    wecom.support.expect(wecom.house.answer, times=1)


def test_an_hour_long_outage_loses_nothing(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.PUSH, server_error(500), times=4)
    wecom.asks("人工")
    wecom.house.failed_once(wecom.house.said("page")[0].id)
    for _ in range(4):
        wecom.house.advance(seconds=20)
        wecom.house.settle()
    wecom.expect_pages(1)
