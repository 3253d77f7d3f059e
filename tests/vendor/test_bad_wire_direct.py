"""The pagers that reach one engineer, over a bad wire: surely nothing rang, or it may have; never both."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.channels.dingtalk.direct import Ding, Direct, Remind
from app.channels.wecom.app_pager import AppPager
from app.clock import new_id
from app.core.delivery import Failure
from app.core.message import OutboundMessage
from app.core.message import Way as Kind
from tests.vendor.bad_wire import BadWire, Line, bad_wire
from tests.vendor.dingtalk_desk import DingTalkDesk
from tests.vendor.mishaps import AT_ONCE, Case
from tests.vendor.test_bad_wire import Way, check
from tests.vendor.test_dingtalk_direct import TAKE
from tests.vendor.test_dingtalk_direct import page as dingtalk_page
from tests.vendor.wecom_app_desk import AppDesk, open_app_desk

CASE = pytest.mark.parametrize("case", AT_ONCE, ids=str)


@pytest.fixture(scope="module")
def app_desk(surroundings: None) -> Iterator[AppDesk]:
    with open_app_desk() as opened:
        yield opened


@pytest.fixture(scope="module")
def wecom_wire(app_desk: AppDesk) -> Iterator[BadWire]:
    with bad_wire(app_desk.scene.wecom.url) as wire:
        yield wire


@pytest.fixture(scope="module")
def dingtalk_wire(standing_dingtalk: DingTalkDesk) -> Iterator[BadWire]:
    with bad_wire(standing_dingtalk.ding.url) as wire:
        yield wire


def passed(line: Line) -> None:
    """The token's own call goes well."""
    body = line.passed_on()
    line.answer(body, "Connection: close")


@CASE
def test_a_page_by_the_app(app_desk: AppDesk, wecom_wire: BadWire, case: Case) -> None:
    """And since the platform drops the second, a repetition makes it exactly one."""
    desk, message = app_desk, app_desk.page()
    desk.scene.clock.advance(61)
    pager = AppPager(desk.api(api=wecom_wire.url), hears_taps=False)
    way = Way(wecom_wire, pager, message, lambda: len(desk.shown(message)))
    way.wire.spoil(passed, case.mishap)
    check(case, way.outcome(desk), way)
    pager.send(replace(message, attempt=2), desk.now)
    assert pager.idempotent(message) and way.times_shown() == 1


@CASE
def test_a_token_of_the_app_that_got_lost(app_desk: AppDesk, wecom_wire: BadWire, case: Case) -> None:
    """Nothing has rung: whatever became of the call, it may be repeated. The secret stands in no reason."""
    desk, message = app_desk, app_desk.page()
    desk.scene.clock.advance(61)
    pager = AppPager(desk.api(api=wecom_wire.url), hears_taps=False)
    way = Way(wecom_wire, pager, message, lambda: len(desk.shown(message)))
    way.wire.spoil(case.mishap)
    error = way.outcome(desk)
    if case.failure is None:
        assert error is None and way.times_shown() == 1
        return
    assert error is not None and error.failure is Failure.TEMPORARY and way.times_shown() == 0
    assert desk.app.secret not in f"{error}"
    desk.scene.clock.advance(2)
    pager.send(message, desk.now)
    assert way.times_shown() == 1


@CASE
def test_a_page_on_a_card_and_a_change_of_it(
    standing_dingtalk: DingTalkDesk, dingtalk_wire: BadWire, case: Case
) -> None:
    """What may have been shown is not shown again; how a card is from now on may be said twice."""
    desk, message = standing_dingtalk, dingtalk_page(buttons=(TAKE,))
    desk.ding.clock.advance(61)
    pager = desk.card_pager(dingtalk_wire.url)
    way = Way(
        dingtalk_wire, pager, message, lambda: sum(message.markdown[-16:] in one.text for one in desk.ding.shown())
    )
    way.wire.spoil(passed, case.mishap)
    check(case, way.outcome(desk), way)
    assert not pager.idempotent(message)
    shown = replace(message, key=new_id())
    pager.send(shown, desk.now)
    card = desk.ding.world.cards[shown.key]
    change = OutboundMessage(new_id(), "duty", Kind.CARD, "✓ 张工接了", card=shown.key)
    turn = Way(dingtalk_wire, pager, change, lambda: len(card.faces) - 1)
    turn.wire.spoil(case.mishap)
    check(case, turn.outcome(desk), turn)
    pager.send(replace(change, attempt=2), desk.now)
    assert pager.idempotent(change) and card.faces[-1]["status"] == "✓ 张工接了" and card.buttons == {}


@CASE
@pytest.mark.parametrize("ding", [False, True], ids=["direct", "ding"])
def test_a_page_by_the_robot(standing_dingtalk: DingTalkDesk, dingtalk_wire: BadWire, case: Case, ding: bool) -> None:
    """No key tells the platform that it is the second: what may have rung is not repeated."""
    desk, message = standing_dingtalk, dingtalk_page()
    desk.ding.clock.advance(61)
    openapi = desk.openapi(dingtalk_wire.url)
    pager = Ding(openapi, Remind.APP) if ding else Direct(openapi, hears_taps=True)
    way = Way(
        dingtalk_wire, pager, message, lambda: sum(message.markdown[-16:] in one.text for one in desk.ding.shown())
    )
    way.wire.spoil(passed, case.mishap)
    check(case, way.outcome(desk), way)
    assert not pager.idempotent(message)
