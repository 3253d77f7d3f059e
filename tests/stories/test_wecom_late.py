"""WeCom: the answer that did not make it into the callback's own response goes out through `response_url`, once."""

import pytest

from app.channels.base import RawRequest
from app.core.message import InboundMessage
from app.flows.deliver import answer_in_response
from app.flows.receive import Receipt, receive
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
    assert wecom.support.answers() == delivery.bubbles


def stored_only(scene: WeComScene) -> tuple[RawRequest, InboundMessage, Receipt]:
    """The callback goes astray, and what a process did with it before it died is done by hand."""
    scene.bot.callback_url = f"{scene.house.url}/healthz"
    desk, wire = scene.house.house.desk, scene.asks(QUESTION).attempts[0].wire
    raw = RawRequest("POST", {}, wire.params, wire.content)
    message = desk.channels["wecom"].receive(raw, desk.clock.now()).message
    assert message is not None
    return raw, message, receive(desk, message)


def test_a_house_that_died_between_storing_and_answering_still_answers(wecom: WeComScene) -> None:
    stored_only(wecom)
    wecom.house.advance(seconds=5)
    assert wecom.support.expect(wecom.house.answer, within=5, times=1).channel is Channel.RESPONSE_URL


@pytest.mark.parametrize(("seconds", "rides"), [(3.9, True), (4, False)])
def test_only_within_its_grace_the_answer_rides_on_the_response(wecom: WeComScene, seconds: float, rides: bool) -> None:
    wecom.house.house.worker.stop()
    raw, message, receipt = stored_only(wecom)
    wecom.house.clock.advance(seconds)
    desk = wecom.house.house.desk
    answer = answer_in_response(desk, "wecom", raw, receipt.inbound_id, message.id, duplicate=False)
    assert (answer is not None) == rides
    assert wecom.house.said("reply")[0].state == ("sent" if rides else "due")


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
        metric = 'zhiban_process_vendor_errors_total{channel="wecom",code="no-way",kind="permanent"}'
        assert metric in scene.house.metrics()
