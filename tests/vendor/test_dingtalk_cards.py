"""Interactive cards: what becomes of a page, a change and an answer for every code of the page."""

from dataclasses import replace

from app.channels.meaning import Kind
from app.clock import new_id
from app.core.delivery import Failure
from app.core.message import OutboundMessage, Way
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.wire import Endpoint
from tests.vendor.dingtalk_desk import DingTalkDesk
from tests.vendor.test_dingtalk_codes import NAME, NAMED, agrees
from tests.vendor.test_dingtalk_direct import TAKE, page


def change_of(card: str) -> OutboundMessage:
    return OutboundMessage(new_id(), "duty", Way.CARD, "✓ 张工 10:00 接了单 12", card=card)


@NAME
def test_a_page_on_a_card_that_is_refused_with_it(standing_dingtalk: DingTalkDesk, code: str) -> None:
    desk, expected, message = standing_dingtalk, NAMED[code], page(buttons=(TAKE,))
    desk.ding.clock.advance(2)
    desk.ding.faults.next(Endpoint.CARD_CREATE, Fault.of(code))
    pager = desk.card_pager()
    if expected.kind is Kind.CREDENTIAL:
        pager.send(message, desk.now)
        assert desk.ding.world.cards[message.key].buttons == {"接单": "接单 12"}
        return
    agrees(desk.fails(pager, message), code, expected)
    assert message.key not in desk.ding.world.cards


@NAME
def test_a_change_that_is_refused_with_it(standing_dingtalk: DingTalkDesk, code: str) -> None:
    desk, expected, message = standing_dingtalk, NAMED[code], page(buttons=(TAKE,))
    desk.ding.clock.advance(2)
    pager = desk.card_pager()
    pager.send(message, desk.now)
    desk.ding.faults.next(Endpoint.CARD_UPDATE, Fault.of(code))
    card = desk.ding.world.cards[message.key]
    if expected.kind is Kind.CREDENTIAL:
        pager.send(change_of(message.key), desk.now)
        assert "张工 10:00" in card.text and card.buttons == {}
        return
    agrees(desk.fails(pager, change_of(message.key)), code, expected)
    assert len(card.faces) == 1


@NAME
def test_an_answer_for_which_a_card_is_refused_with_it(standing_dingtalk: DingTalkDesk, code: str) -> None:
    """It is said as where there are no cards; not where it may stand on a screen already."""
    desk, expected = standing_dingtalk, NAMED[code]
    desk.ding.clock.advance(2)
    line = replace(desk.line(), buttons=(TAKE,))
    desk.ding.faults.next(Endpoint.CARD_CREATE, Fault.of(code))
    channel = desk.channel(cards=True)
    if expected.kind is Kind.UNKNOWN:
        agrees(desk.fails(channel, line), code, expected)
        assert desk.shown(line) == []
        return
    channel.send(line, desk.now)
    assert desk.shown(line) == [Channel.CARD if expected.kind is Kind.CREDENTIAL else Channel.SESSION]


def test_an_answer_that_is_tried_again_is_said_in_words(dingtalk: DingTalkDesk) -> None:
    line = replace(dingtalk.line(), buttons=(TAKE,), attempt=2)
    dingtalk.channel(cards=True).send(line, dingtalk.now)
    assert dingtalk.shown(line) == [Channel.SESSION]


def test_a_lost_answer_about_a_card_is_not_said_once_more(dingtalk: DingTalkDesk) -> None:
    line = replace(dingtalk.line(), buttons=(TAKE,))
    dingtalk.ding.faults.next(Endpoint.CARD_CREATE, Fault.lost_answer())
    assert dingtalk.fails(dingtalk.channel(cards=True), line).failure is Failure.UNKNOWN
    assert dingtalk.shown(line) == [Channel.CARD]


def test_an_ip_that_is_punished_says_nothing_by_another_way(dingtalk: DingTalkDesk) -> None:
    line = replace(dingtalk.line(), buttons=(TAKE,))
    dingtalk.ding.faults.next(Endpoint.CARD_CREATE, Fault.punished())
    assert dingtalk.fails(dingtalk.channel(cards=True), line).code == "1111"
    assert dingtalk.shown(line) == []


def test_a_card_that_was_made_and_shown_nowhere(dingtalk: DingTalkDesk) -> None:
    dingtalk.group.robots.clear()
    error = dingtalk.fails(dingtalk.card_pager(), page(buttons=(TAKE,)))
    assert (error.failure, error.code) == (Failure.PERMANENT, "deliverResults")


def test_without_an_account_nobody_is_called(dingtalk: DingTalkDesk) -> None:
    error = dingtalk.fails(dingtalk.card_pager(), page(to=""))
    assert (error.failure, error.code) == (Failure.PERMANENT, "no-receiver") and dingtalk.ding.calls() == []
