"""A bad line never crashes a send, and what the desk concludes is right: either surely nothing left, or it may have."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.channels.base import Sender, SendFailed
from app.channels.dial import within
from app.channels.http import CALL_SECONDS, SEND_SECONDS, make_client
from app.channels.wecom.push import PushWebhook
from app.clock import Stopwatch
from app.core.delivery import Failure
from app.core.message import OutboundMessage
from app.store.claims import LEASE
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.wire import Endpoint
from tests.vendor import mishaps
from tests.vendor.bad_wire import BadWire, Line, bad_wire, full_house, head
from tests.vendor.certificate import server_context
from tests.vendor.dingtalk_desk import DingTalkDesk
from tests.vendor.mishaps import AT_ONCE, IN_TIME, Case
from tests.vendor.wecom_app_desk import AppDesk
from tests.vendor.wecom_desk import WeComDesk, channel

SECONDS = 1.0  # instead of eighteen, where time is what the test is about
PLENTY = 10.0  # elsewhere
SLACK = 3.0  # for a busy machine; without an end the slow cases would take many times that


@dataclass
class Way:
    """One way of saying a line, over the bad wire."""

    wire: BadWire
    sender: Sender
    message: OutboundMessage
    times_shown: Callable[[], int]

    def outcome(self, desk: WeComDesk | DingTalkDesk | AppDesk, seconds: float = PLENTY) -> SendFailed | None:
        """How sending ends; never with another exception, and in time."""
        watch = Stopwatch()
        try:
            with within(seconds):
                self.sender.send(self.message, desk.now)
        except SendFailed as error:
            return error
        finally:
            assert watch.seconds() < seconds + SLACK
        return None


@pytest.fixture(scope="module")
def wecom_wire(standing_wecom: WeComDesk) -> Iterator[BadWire]:
    with bad_wire(standing_wecom.scene.wecom.url) as wire:
        yield wire


@pytest.fixture(scope="module")
def dingtalk_wire(standing_dingtalk: DingTalkDesk) -> Iterator[BadWire]:
    with bad_wire(standing_dingtalk.ding.url) as wire:
        yield wire


@pytest.fixture
def push(wecom: WeComDesk, wecom_wire: BadWire) -> Way:
    page = wecom.page()
    sender = PushWebhook(wecom_wire.url, wecom.push.key, wecom.client)
    return Way(wecom_wire, sender, page, lambda: len(wecom.shown(page)))


def check(case: Case, error: SendFailed | None, way: Way, *, unknown: Failure = Failure.UNKNOWN) -> None:
    wanted = unknown if case.failure is Failure.UNKNOWN else case.failure
    assert (error.failure if error else None) is wanted, error
    if error:
        assert not case.code or error.code == case.code
        assert "127.0.0.1" not in f"{error}" and "key=" not in f"{error}" and error.__cause__ is None
    assert way.times_shown() == (1 if case.acted else 0)
    assert way.wire.mishaps == []


@pytest.mark.parametrize("case", AT_ONCE, ids=str)
def test_a_push_over_a_bad_wire(wecom: WeComDesk, push: Way, case: Case) -> None:
    """Every mishap; what may have arrived is told from what surely has not, by what the little platform shows."""
    push.wire.spoil(case.mishap)
    check(case, push.outcome(wecom), push)


@pytest.mark.parametrize("case", IN_TIME, ids=str)
def test_a_push_over_a_slow_wire(wecom: WeComDesk, push: Way, case: Case) -> None:
    """Just inside the time it is sent; outside, nobody waits longer, however the bytes drip."""
    push.wire.spoil(case.mishap)
    check(case, push.outcome(wecom, SECONDS), push)


@pytest.mark.parametrize("case", AT_ONCE, ids=str)
def test_a_page_by_the_custom_robot_over_a_bad_wire(
    standing_dingtalk: DingTalkDesk, dingtalk_wire: BadWire, case: Case
) -> None:
    """The same; and since the platform drops the second, a repetition makes it exactly one."""
    desk, page = standing_dingtalk, standing_dingtalk.page()
    desk.ding.clock.advance(61)
    way = Way(dingtalk_wire, desk.custom(dingtalk_wire.url), page, lambda: len(desk.shown(page)))
    way.wire.spoil(case.mishap)
    check(case, way.outcome(desk), way)
    assert way.sender.idempotent(page)
    way.sender.send(page, desk.now)
    assert way.times_shown() == 1


@pytest.mark.parametrize("case", AT_ONCE, ids=str)
def test_a_reply_by_its_address_over_a_bad_wire(wecom: WeComDesk, wecom_wire: BadWire, case: Case) -> None:
    """A second try is refused by the platform where the first one arrived: shown once, never by the push as well."""
    line = wecom.line()
    assert line.reply_address is not None
    spoiled = line.reply_address.url.replace(wecom.scene.wecom.url, wecom_wire.url)
    host = wecom_wire.url.removeprefix("http://")
    sender = channel(wecom.scene, {wecom.scene.group.chatid: wecom.sender}, wecom.client, host)
    way = Way(wecom_wire, sender, _with_address(line, spoiled), lambda: len(wecom.shown(line)))
    way.wire.spoil(case.mishap)
    error = way.outcome(wecom)
    check(case, error, way)
    assert sender.idempotent(way.message)
    if error is None:
        return
    try:
        sender.send(_with_address(line, spoiled, attempt=2), wecom.now)
    except SendFailed as again:
        assert (again.failure, case.acted) == (Failure.NEVER_AGAIN, True)
    assert way.times_shown() == 1


def _with_address(line: OutboundMessage, url: str, attempt: int = 1) -> OutboundMessage:
    assert line.reply_address is not None
    return replace(line, reply_address=replace(line.reply_address, url=url), attempt=attempt)


@pytest.mark.parametrize("case", AT_ONCE, ids=str)
def test_a_reply_that_must_go_by_push_is_never_repeated_on_a_guess(
    wecom: WeComDesk, wecom_wire: BadWire, case: Case
) -> None:
    """The push drops no second one, though the address that the reply came with would have."""
    line = wecom.line()
    pushes = {wecom.scene.group.chatid: PushWebhook(wecom_wire.url, wecom.push.key, wecom.client)}
    way = Way(wecom_wire, channel(wecom.scene, pushes, wecom.client), line, lambda: len(wecom.shown(line)))
    wecom.bot_without_push.send(_with_other_words(line), wecom.now)  # the address is used up
    way.wire.spoil(case.mishap)
    check(case, way.outcome(wecom), way, unknown=Failure.NEVER_AGAIN)


def _with_other_words(line: OutboundMessage) -> OutboundMessage:
    return replace(line, markdown="别的话")


@pytest.mark.parametrize("case", AT_ONCE, ids=str)
@pytest.mark.parametrize("session", [True, False], ids=["session", "api"])
def test_a_reply_of_dingtalk_over_a_bad_wire(
    standing_dingtalk: DingTalkDesk, dingtalk_wire: BadWire, case: Case, session: bool
) -> None:
    """What may have been said by one way is not said by another as well."""
    desk = standing_dingtalk
    desk.ding.clock.advance(61)
    line = desk.line(session=session, api=dingtalk_wire.url)
    way = Way(dingtalk_wire, desk.channel(dingtalk_wire.url), line, lambda: len(desk.shown(line)))
    token = [] if session else [_untouched_token]
    way.wire.spoil(*token, case.mishap)
    check(case, way.outcome(desk), way)


def _untouched_token(line: Line) -> None:
    body = line.passed_on()
    line.answer(body, "Connection: close")


@pytest.mark.parametrize("case", [case for case in AT_ONCE if case.failure], ids=str)
def test_a_token_that_got_lost_is_harmless(standing_dingtalk: DingTalkDesk, dingtalk_wire: BadWire, case: Case) -> None:
    """Nothing has been said to anybody: whatever became of the call, it may be repeated."""
    desk = standing_dingtalk
    desk.ding.clock.advance(61)
    line = desk.line(session=False)
    way = Way(dingtalk_wire, desk.channel(dingtalk_wire.url), line, lambda: len(desk.shown(line)))
    way.wire.spoil(case.mishap)
    error = way.outcome(desk)
    assert error is not None and error.failure is Failure.TEMPORARY and way.times_shown() == 0
    desk.ding.clock.advance(2)
    way.sender.send(line, desk.now)
    assert way.times_shown() == 1


def test_the_wait_that_a_gateway_asks_for(wecom: WeComDesk, push: Way) -> None:
    push.wire.spoil(mishaps.too_many_calls)
    error = push.outcome(wecom)
    assert error is not None and (error.retry_after, error.locks_target) == (timedelta(seconds=7), True)


def test_one_send_of_several_calls_ends_in_one_time(standing_dingtalk: DingTalkDesk, dingtalk_wire: BadWire) -> None:
    """A session that is gone, a token, a group that is gone, the person: each slow, together within the time."""
    desk = standing_dingtalk
    desk.ding.clock.advance(61)
    line = desk.line(api=dingtalk_wire.url)
    desk.ding.faults.next(Endpoint.SESSION, Fault.of(300001))
    way = Way(dingtalk_wire, desk.channel(dingtalk_wire.url), line, lambda: len(desk.shown(line)))
    way.wire.spoil(*[mishaps.just_in_time] * 4)
    error = way.outcome(desk, SECONDS)
    assert error is not None and error.failure is Failure.TEMPORARY and error.code in ("deadline", "ReadTimeout")
    assert desk.shown(line) == []
    way.wire.spoil()
    way.sender.send(line, desk.now)
    assert desk.shown(line) == [Channel.SESSION]


def test_the_whole_time_is_well_below_the_lease() -> None:
    """So that nobody takes over what is still being sent."""
    assert CALL_SECONDS <= SEND_SECONDS <= 20 and timedelta(seconds=SEND_SECONDS) < LEASE / 2


def test_nobody_listens(wecom: WeComDesk) -> None:
    """A closed port: nothing left."""
    with bad_wire(wecom.scene.wecom.url) as wire:
        gone = wire.url
    sender = PushWebhook(gone, wecom.push.key, wecom.client)
    error = wecom.fails(sender, wecom.page())
    assert (error.failure, error.code) == (Failure.TEMPORARY, "ConnectError")


def test_nobody_accepts(wecom: WeComDesk) -> None:
    """A connection that does not come about: nothing left, and in time."""
    with full_house() as url:
        page = wecom.page()
        way = Way(BadWire("127.0.0.1:9"), PushWebhook(url, "k", wecom.client), page, lambda: 0)
        error = way.outcome(wecom, SECONDS)
        way.wire.close()
    assert error is not None and (error.failure, error.code) == (Failure.TEMPORARY, "ConnectTimeout")


def broken_after_the_handshake(line: Line) -> None:
    body = line.passed_on()
    line.send(head(200, len(body)) + body[:5])
    line.reset()


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    return server_context(tmp_path_factory.mktemp("tls"))


def test_a_certificate_that_nobody_knows(wecom: WeComDesk, context: tuple[ssl.SSLContext, Path]) -> None:
    """Nothing left, and the administrator reads where to look."""
    with bad_wire(wecom.scene.wecom.url, context[0]) as wire:
        page = wecom.page()
        error = wecom.fails(PushWebhook(wire.url, wecom.push.key, wecom.client), page)
    assert (error.failure, error.code, wecom.shown(page)) == (Failure.TEMPORARY, "tls", [])
    assert "证书" in error.reason and "管理员" in error.reason


def test_a_server_that_speaks_no_tls(wecom: WeComDesk) -> None:
    """An http port behind an https address."""
    url = wecom.scene.wecom.url.replace("http://", "https://")
    error = wecom.fails(PushWebhook(url, wecom.push.key, wecom.client), wecom.page())
    assert (error.failure, error.code) == (Failure.TEMPORARY, "tls")


def test_a_handshake_without_end(wecom: WeComDesk) -> None:
    """Accepted, then silence where the greeting should come: nothing left, in time."""
    with bad_wire(wecom.scene.wecom.url) as wire:
        url = wire.url.replace("http://", "https://")
        way = Way(wire, PushWebhook(url, wecom.push.key, wecom.client), wecom.page(), lambda: 0)
        error = way.outcome(wecom, SECONDS)
    assert error is not None and (error.failure, error.code) == (Failure.TEMPORARY, "ConnectTimeout")


def test_a_tls_line_that_breaks_in_the_answer(
    wecom: WeComDesk, context: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the handshake everything may have happened. A good answer over the same line is a good answer."""
    monkeypatch.setenv("SSL_CERT_FILE", str(context[1]))
    page = wecom.page()
    with bad_wire(wecom.scene.wecom.url, context[0]) as wire, make_client() as client:
        way = Way(wire, PushWebhook(wire.url, wecom.push.key, client), page, lambda: len(wecom.shown(page)))
        wire.spoil(broken_after_the_handshake)
        check(Case(broken_after_the_handshake, Failure.UNKNOWN), way.outcome(wecom), way)
        good = wecom.page()
        way.sender.send(good, wecom.now)
        assert len(wecom.shown(good)) == 1


def test_no_line_goes_out_on_a_connection_that_may_have_died(wecom: WeComDesk, wecom_wire: BadWire) -> None:
    """The platform hangs up after each answer, without a word of it: no send runs into that."""
    pages = [wecom.page() for _ in range(10)]
    sender = PushWebhook(wecom_wire.url, wecom.push.key, wecom.client)
    wecom_wire.spoil(*[mishaps.early_hints] * len(pages))
    for page in pages:
        sender.send(page, wecom.now)
    assert [len(wecom.shown(page)) for page in pages] == [1] * len(pages)
