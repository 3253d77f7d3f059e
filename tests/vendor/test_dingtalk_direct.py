"""The robot's 1:1 page and the DING: codes of the page, partial results, buttons, limits.

That each code means the same in a 1:1 message as elsewhere is shown in test_dingtalk_codes.
"""

import json

import pytest

from app.channels.dingtalk.codes import DING_FAILED, OPENAPI
from app.channels.dingtalk.direct import Ding, Direct, Remind
from app.channels.meaning import Kind
from app.clock import new_id
from app.core.delivery import Failure
from app.core.message import Button, Mention, OutboundMessage, Way
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.people import User
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.wire import Endpoint
from tests.vendor.dingtalk_desk import DingTalkDesk
from tests.vendor.lines import reads_well
from tests.vendor.test_dingtalk_codes import NAME, NAMED, agrees

TAKE, PASS_ON = Button("接单", "接单 12"), Button("转交", "转交 12 李工 100% & +")
CHANNELS = {Remind.APP: Channel.DING_APP, Remind.SMS: Channel.DING_SMS, Remind.PHONE: Channel.DING_PHONE}


def page(*, to: str = "zhang01", words: str = "", buttons: tuple[Button, ...] = ()) -> OutboundMessage:
    text = words or f"【单 12】林小雨（群里）\n**原话**：{new_id()}"
    return OutboundMessage(new_id(), "duty", Way.PAGE, text, mentions=(Mention(to),), title="单 12", buttons=buttons)


def direct(desk: DingTalkDesk, *, hears_taps: bool = True) -> Direct:
    return Direct(desk.openapi(), hears_taps=hears_taps)


def zhang(desk: DingTalkDesk) -> User:
    return next(one for one in desk.ding.world.users if one.staff_id == "zhang01")


def test_a_page_rings_one_person_and_shows_its_title_outside(dingtalk: DingTalkDesk) -> None:
    message = page()
    direct(dingtalk).send(message, dingtalk.now)
    (rang,) = zhang(dingtalk).notifications()
    assert (rang.channel, rang.msgtype, rang.title) == (Channel.OTO_API, "sampleMarkdown", "单 12")
    assert rang.text == message.markdown and dingtalk.lin.notifications() == []


@pytest.mark.parametrize("count", range(1, 6))
def test_buttons_are_said_to_the_robot_in_the_engineers_name(dingtalk: DingTalkDesk, count: int) -> None:
    """One has a kind of its own, two to five stand below one another."""
    buttons = tuple(Button(f"按钮{number}", f"说 {number} 100% & +中文") for number in range(1, count + 1))
    direct(dingtalk).send(page(buttons=buttons), dingtalk.now)
    (rang,) = zhang(dingtalk).notifications()
    assert rang.msgtype == ("sampleActionCard" if count == 1 else f"sampleActionCard{count}")
    for button in buttons:
        zhang(dingtalk).taps(rang, button.text)
        said = [one.text for one in dingtalk.ding.shown() if one.channel is Channel.PERSON]
        assert said[-1] == button.says


def test_more_than_five_buttons_are_left_to_the_words(dingtalk: DingTalkDesk) -> None:
    direct(dingtalk).send(page(buttons=tuple(Button(f"按钮{i}", f"说 {i}") for i in range(6))), dingtalk.now)
    assert zhang(dingtalk).notifications()[0].msgtype == "sampleMarkdown"


def test_the_address_of_a_button_is_written_as_the_live_report_says(dingtalk: DingTalkDesk) -> None:
    direct(dingtalk).send(page(buttons=(TAKE, PASS_ON)), dingtalk.now)
    param = json.loads(str(zhang(dingtalk).notifications()[0].body["msgParam"]))
    assert param["actionURL1"] == "dtmd://dingtalkclient/sendMessage?content=%E6%8E%A5%E5%8D%95+12"
    assert [param["actionTitle1"], param["actionTitle2"]] == ["接单", "转交"]


def test_where_nobody_hears_what_is_said_to_the_robot_there_are_no_buttons(dingtalk: DingTalkDesk) -> None:
    direct(dingtalk, hears_taps=False).send(page(buttons=(TAKE,)), dingtalk.now)
    assert zhang(dingtalk).notifications()[0].msgtype == "sampleMarkdown"


@pytest.mark.parametrize("buttons", [(), (TAKE,), (TAKE, PASS_ON) * 2], ids=["none", "one", "four"])
def test_however_much_there_is_to_say_it_fits(dingtalk: DingTalkDesk, buttons: tuple[Button, ...]) -> None:
    """15 000 bytes for the whole parameter, the buttons' addresses included."""
    direct(dingtalk).send(page(words='长"\n🔥' * 4000, buttons=buttons), dingtalk.now)
    (rang,) = zhang(dingtalk).notifications()
    assert 13_000 < rang.size <= 15_000 and "…" in rang.text


def test_a_page_that_the_platform_took_and_nobody_got(dingtalk: DingTalkDesk) -> None:
    """Unknown: refused for good, another pager takes over. Throttled: later, and nothing else runs into it."""
    stranger = dingtalk.fails(direct(dingtalk), page(to="nobody"))
    assert (stranger.failure, stranger.code) == (Failure.PERMANENT, "invalidStaffId")
    zhang(dingtalk).flow_controlled = True
    throttled = dingtalk.fails(direct(dingtalk), page())
    assert (throttled.failure, throttled.code, throttled.locks_target) == (Failure.TEMPORARY, "flowControlled", True)
    assert zhang(dingtalk).notifications() == []


@pytest.mark.parametrize("remind", list(Remind))
def test_a_ding_rings_by_its_own_way(dingtalk: DingTalkDesk, remind: Remind) -> None:
    """Plain words, cut to what a person takes in on that way; the first line is always there."""
    dingtalk.ding.ding_packs.update({2: 1, 3: 1})
    Ding(dingtalk.openapi(), remind).send(page(words="【单 12】林小雨\n" + "**很长** " * 400), dingtalk.now)
    (rang,) = zhang(dingtalk).notifications()
    most = {Remind.APP: 1000, Remind.SMS: 400, Remind.PHONE: 300}[remind]
    assert rang.channel is CHANNELS[remind] and len(rang.text.encode()) <= most
    assert rang.text.startswith("【单 12】林小雨\n很长") and rang.text.endswith("…")


@pytest.mark.parametrize("remind", [Remind.SMS, Remind.PHONE])
def test_a_ding_that_is_not_paid_for(dingtalk: DingTalkDesk, remind: Remind) -> None:
    error = dingtalk.fails(Ding(dingtalk.openapi(), remind), page())
    assert (error.failure, error.code) == (Failure.PERMANENT, "ding.serverquota.insufficient")


@NAME
def test_a_ding_that_is_refused_with_it(standing_dingtalk: DingTalkDesk, code: str) -> None:
    """Nothing rang; a token that is refused is fetched anew, once."""
    desk, expected, before = standing_dingtalk, NAMED[code], len(zhang(standing_dingtalk).notifications())
    desk.ding.clock.advance(2)
    desk.ding.faults.next(Endpoint.DING, Fault.of(code))
    ding = Ding(desk.openapi(), Remind.APP)
    if expected.kind is Kind.CREDENTIAL:
        ding.send(page(), desk.now)
        assert len(zhang(desk).notifications()) == before + 1
        return
    agrees(desk.fails(ding, page()), code, expected)
    assert len(zhang(desk).notifications()) == before


@pytest.mark.parametrize(
    ("reason", "code", "failure"),
    [
        ("staffId.notExisted", "staffId.notExisted", Failure.PERMANENT),
        ("send.too.fast", "send.too.fast", Failure.TEMPORARY),
        ("callLimit", "callLimit", Failure.PERMANENT),
        ("对方关机 <b>", "unlisted", Failure.PERMANENT),
    ],
)
def test_a_ding_that_failed_for_this_person(dingtalk: DingTalkDesk, reason: str, code: str, failure: Failure) -> None:
    """The call succeeded; the list of failures has a reason as its key, in words that stand on no page."""
    zhang(dingtalk).ding_failure = reason
    error = dingtalk.fails(Ding(dingtalk.openapi(), Remind.APP), page())
    assert (error.failure, error.code) == (failure, code)
    assert error.reason == OPENAPI.get(reason, DING_FAILED).line


def test_what_a_person_reads_when_a_ding_did_not_reach_him() -> None:
    reads_well(DING_FAILED)


@pytest.mark.parametrize("endpoint", [Endpoint.OTO_SEND, Endpoint.DING])
def test_a_lost_answer_is_not_repeated(dingtalk: DingTalkDesk, endpoint: Endpoint) -> None:
    """There is no key by which the platform would know a second one."""
    pager = direct(dingtalk) if endpoint is Endpoint.OTO_SEND else Ding(dingtalk.openapi(), Remind.APP)
    message = page()
    dingtalk.ding.faults.next(endpoint, Fault.lost_answer())
    assert dingtalk.fails(pager, message).failure is Failure.UNKNOWN and not pager.idempotent(message)
    assert len(zhang(dingtalk).notifications()) == 1


@pytest.mark.parametrize("ding", [False, True])
def test_without_an_account_nobody_is_called(dingtalk: DingTalkDesk, ding: bool) -> None:
    pager = Ding(dingtalk.openapi(), Remind.APP) if ding else direct(dingtalk)
    error = dingtalk.fails(pager, page(to=""))
    assert (error.failure, error.code) == (Failure.PERMANENT, "no-receiver") and dingtalk.ding.calls() == []
