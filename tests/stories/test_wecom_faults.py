"""WeCom answers 200 and means no; it is busy, limits, or hangs up. What helps to repeat is repeated, nothing else."""

import pytest

from tests.platforms.wecom.faults import Endpoint, Fault, errcode, lost_answer, rate_limited, server_error
from tests.platforms.wecom.shown import Channel
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import QUESTION

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
    wecom.house.advance(seconds=wait)
    assert wecom.expect_pages(1)[0].mentioned == ("zhanggong",)
    assert wecom.house.outcome(row.id, "sent").attempts == 2


@pytest.mark.parametrize("code", PERMANENT)
def test_a_page_that_is_refused_for_good_leaves_the_plan_its_waits(wecom: WeComScene, code: int) -> None:
    wecom.wecom.fail(Endpoint.PUSH, errcode(code))
    wecom.asks("人工")
    wecom.house.outcome(wecom.house.said("page")[0].id, "failed")
    wecom.house.advance(minutes=10)
    (page,) = wecom.expect_pages(1)
    assert page.mentioned == ("ligong",) and "第 2 次呼叫" in page.text
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


def test_a_line_said_later_that_is_refused_for_good_is_reported_and_the_case_goes_on(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.wecom.fail(Endpoint.PUSH, errcode(93000))
    wecom.orders("接单 1")
    (row,) = wecom.house.said("room")
    assert wecom.house.outcome(row.id, "failed").error.startswith("93000")
    wecom.house.log.expect("not_delivered")
    assert wecom.house.case().state == "taken"


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


def test_a_late_answer_that_is_refused_for_good_is_not_tried_again(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.RESPONSE, errcode(40058))
    wecom.asks_a_slow_house(QUESTION)
    wecom.house.advance(seconds=5)
    assert wecom.house.outcome(1, "failed").error.startswith("40058")
    wecom.house.advance(minutes=30)
    wecom.house.settle()
    assert len(wecom.wecom.recorder.calls_to(Endpoint.RESPONSE)) == 1


def test_a_late_answer_whose_result_was_lost_is_seen_once(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.RESPONSE, lost_answer())
    wecom.asks_a_slow_house(QUESTION)
    wecom.house.advance(seconds=5)
    wecom.house.failed_once(1)
    wecom.house.advance(seconds=10)
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
