"""WeCom: the answer that did not make it into the callback's own response goes out through `response_url`, once."""

import pytest

from app.channels.base import RawRequest
from app.flows.receive import receive
from tests.platforms.wecom.faults import Endpoint
from tests.platforms.wecom.shown import Channel
from tests.stories.wecom_scene import WeComScene, open_wecom
from tests.stories.words import QUESTION
from tests.stories.workshop import Workshop


@pytest.mark.parametrize("clock_runs", [0, 6], ids=["hung up", "moment passed"])
def test_a_platform_that_has_hung_up_is_answered_through_response_url(wecom: WeComScene, clock_runs: float) -> None:
    wecom.asks_a_slow_house(QUESTION, clock_runs=clock_runs)
    wecom.house.advance(seconds=5)
    answer = wecom.support.expect(wecom.house.answer, within=5, times=1)
    assert answer.channel is Channel.RESPONSE_URL and answer.quotes is not None
    wecom.house.settle()
    assert len(wecom.wecom.recorder.calls_to(Endpoint.RESPONSE)) == 1


def test_a_redelivery_after_the_late_answer_shows_nothing_twice(wecom: WeComScene) -> None:
    delivery = wecom.asks_a_slow_house(QUESTION)
    wecom.house.advance(seconds=5)
    wecom.support.expect(wecom.house.answer, within=5, times=1)
    delivery.again_at_once(2)
    wecom.house.settle()
    assert len(wecom.support.answers()) == 1


def test_a_redelivery_before_the_late_answer_carries_it_itself(wecom: WeComScene) -> None:
    delivery = wecom.asks_a_slow_house(QUESTION)
    delivery.again()
    assert wecom.support.expect(wecom.house.answer, times=1).channel is Channel.REPLY
    wecom.house.advance(minutes=5)
    wecom.house.settle()
    assert len(wecom.support.answers()) == 1


def test_a_house_that_died_between_storing_and_answering_still_answers(wecom: WeComScene) -> None:
    callback, wecom.bot.callback_url = wecom.bot.callback_url, f"{wecom.house.url}/healthz"
    delivery = wecom.asks(QUESTION)  # it goes astray: what the dead process did with it is done by hand below
    wecom.bot.callback_url = callback
    desk, wire = wecom.house.house.desk, delivery.attempts[0].wire
    received = desk.channels["wecom"].receive(RawRequest("POST", {}, wire.params, wire.content), desk.clock.now())
    assert received.message is not None
    receive(desk, received.message)
    wecom.house.advance(seconds=5)
    assert wecom.support.expect(wecom.house.answer, within=5, times=1).channel is Channel.RESPONSE_URL


def test_when_response_url_has_expired_too_the_groups_push_webhook_says_it(wecom: WeComScene) -> None:
    wecom.asks_a_slow_house(QUESTION, clock_runs=3601)
    answer = wecom.support.expect(wecom.house.answer, within=5, times=1)
    assert answer.channel is Channel.PUSH and answer.mentioned == ("linxy",)
    assert wecom.wecom.recorder.calls_to(Endpoint.RESPONSE) == []


def test_when_there_is_no_way_left_the_operator_is_told(workshop: Workshop) -> None:
    with open_wecom(workshop, push_into_support=False) as scene:
        scene.asks_a_slow_house(QUESTION, clock_runs=3601)
        scene.house.outcome(1, "failed")
        scene.house.log.expect("not_delivered")
        assert 'zhiban_send_errors{channel="wecom",code="no-way"} 1.0' in scene.house.metrics()
