"""Every result code of DingTalk's page: what it means, what a person reads, and what becomes of the line."""

from dataclasses import dataclass

import pytest

from app.channels.base import SendFailed
from app.channels.dingtalk import codes
from app.channels.dingtalk.errors import check_openapi, check_webhook
from app.channels.meaning import Kind, Meaning
from app.core.delivery import Failure
from tests.platforms.dingtalk.catalogue import LEGACY, OPENAPI
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.wire import Endpoint
from tests.vendor.dingtalk_desk import DingTalkDesk
from tests.vendor.lines import reads_well


@dataclass(frozen=True)
class Expected:
    """What the code asks for; `seconds`: the wait, for everything that goes to the same target."""

    kind: Kind
    seconds: int | None = None

    @property
    def failure(self) -> Failure:
        if self.kind is Kind.UNKNOWN:
            return Failure.UNKNOWN
        return Failure.TEMPORARY if self.kind in (Kind.TEMPORARY, Kind.LOCKED) else Failure.PERMANENT


LATER, NO, SHUT = Expected(Kind.TEMPORARY), Expected(Kind.PERMANENT), Expected(Kind.GONE)
NO_ROOM, NO_TOKEN = Expected(Kind.ROOM_GONE), Expected(Kind.CREDENTIAL)

WEBHOOK: dict[int, Expected] = {
    -1: LATER,
    15: LATER,
    88: LATER,
    40004: NO,
    40006: NO,
    40014: NO_TOKEN,
    40033: NO,
    40035: NO,
    41001: NO_TOKEN,
    42001: NO_TOKEN,
    43004: NO,
    90002: LATER,
    90018: Expected(Kind.LOCKED, 1),
    90020: SHUT,
    101002: NO,
    130101: Expected(Kind.LOCKED, 600),
    300001: SHUT,
    310000: NO,
    400013: NO_ROOM,
    400101: NO,
    400102: NO_ROOM,
    400105: NO,
    400106: NO_ROOM,
    410100: Expected(Kind.LOCKED, 600),
    430101: NO,
    430102: NO,
    430103: NO,
    430104: NO,
    460101: NO,
}

NAMED: dict[str, Expected] = {
    "InvalidAuthentication": NO_TOKEN,
    "invalidParameter.token.invalid": NO_TOKEN,
    "unauthorized.client": NO_TOKEN,
    "unauthorized": NO_TOKEN,
    "auth.error": NO_TOKEN,
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": Expected(Kind.LOCKED, 2),
    "Forbidden.AccessDenied.QpsLimitForApi": Expected(Kind.LOCKED, 2),
    "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi": Expected(Kind.LOCKED, 60),
    "send.too.fast": Expected(Kind.LOCKED, 60),
    "send.byToken.tooFast": Expected(Kind.LOCKED, 60),
    "toomuch.msg": Expected(Kind.LOCKED, 60),
    "system.error": LATER,
    "system.busy": LATER,
    "unknownError": LATER,
    "session.notExisted": SHUT,
    "session.expired": SHUT,
    "invalid.openConversationId": NO_ROOM,
    "group.disbanded": NO_ROOM,
    "bot.forbidden.sendMessage": NO_ROOM,
    "send.forbidden": NO_ROOM,
    "conversation.org.notMatch": NO_ROOM,
    "param.openSpaceIdInvalid": NO_ROOM,
    "param.cardAlreadyExist": Expected(Kind.UNKNOWN),
}
REFUSED = (
    "invalidClientIdOrSecret",
    "Forbidden.AccessDenied.AccessTokenPermissionDenied",
    "Forbidden.AccessDenied.IpNotInWhiteList",
    "Forbidden.AccessDenied.ApiCountLimitForOrg",
    "invalidParameter.robotCode.empty",
    "invalidParameter.robotCode.auth",
    "invalidParameter.robotCode.missing",
    "invalidParameter.robotCode.invalid",
    "invalidParameter.robotCode.notExsit",
    "invalidParameter.robotCode.coolApp",
    "invalidParameter.robotCode.downloadCode",
    "invalidParameter.userIds.empty",
    "invalidParameter.userIds.overMax",
    "invalidParameter.msgKey.empty",
    "invalidParameter.msgKey.invalid",
    "invalidParameter.msgParam.invalid",
    "invalidParameter.msgParam.tooLong",
    "invalidParameter.msg.unsupport",
    "invalidParameter.param.invalid",
    "miss.openConversationId",
    "miss.param.msgKey",
    "bot.stopped",
    "too.many.group",
    "too.many.people",
    "contain.unsafe.url",
    "contain.notAllowed.text",
    "contain.notAllowed.picture",
    "contain.notAllowed.content",
    "staffId.notExisted",
    "chatbotId.notAllow.sendOTO",
    "robot.oto.notExist",
    "resource.not.found",
    "resource.unavailable",
    "only.groupAdmin.canAtAll",
    "ding.serverquota.insufficient",
    "ding.receivercount.limit",
    "invalid.chatbotId",
    "miss.staffId",
    "send.ding.exception",
    "param.templateUnpublished",
    "param.templateNotExist",
    "param.cardNotExist",
    "param.openSpaceModelInvalid",
    "param.openDeliverModelEmpty",
    "param.cardPublicDataEmpty",
    "param.userIdNotExist",
    "param.contentUnsafe",
    "param.outTrackIdEmpty",
    "param.cardDataAndPrivateDataBothEmpty",
    "param.stream.content",
)
NAMED |= dict.fromkeys(REFUSED, NO)
IN_LISTS = {
    "deliverResults": NO_ROOM,
    "invalidStaffId": NO,
    "filteredStaffId": NO,
    "flowControlled": Expected(Kind.LOCKED, 60),
}
NUMBER = pytest.mark.parametrize("code", sorted(WEBHOOK))
NAME = pytest.mark.parametrize("code", sorted(NAMED))


def meaning_of(code: str) -> Meaning:
    return codes.MISSING_PARAMETER if code.startswith("miss.param.") else codes.OPENAPI[code]


def test_no_code_of_the_page_is_without_a_class_and_none_is_without_a_page() -> None:
    """A code that is added on one side only fails here."""
    assert set(codes.WEBHOOK) == set(WEBHOOK) == set(LEGACY)
    assert set(codes.OPENAPI) | {"miss.param.msgKey"} == set(NAMED) | set(IN_LISTS)
    assert set(OPENAPI) == set(NAMED)


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        *[(codes.WEBHOOK[code], expected) for code, expected in WEBHOOK.items()],
        *[(meaning_of(code), expected) for code, expected in (NAMED | IN_LISTS).items()],
        (codes.BANNED_IP, Expected(Kind.LOCKED, 300)),
        (codes.LIMITED, Expected(Kind.LOCKED, 30)),
        (codes.UNLISTED, NO),
        (codes.UNAUTHORISED, NO),
        (codes.TOKEN_REFUSED, Expected(Kind.TEMPORARY, 60)),
    ],
)
def test_the_class_of_a_code_and_what_a_person_reads(meaning: Meaning, expected: Expected) -> None:
    """One Chinese line: what it means, and who has to act where somebody has to."""
    reads_well(meaning)
    assert (meaning.kind, meaning.wait.total_seconds() if meaning.wait else None) == (expected.kind, expected.seconds)


def agrees(error: SendFailed, code: str, expected: Expected) -> None:
    seconds = error.retry_after.total_seconds() if error.retry_after else None
    assert (error.code, error.failure, seconds) == (code, expected.failure, expected.seconds)
    assert error.locks_target == (expected.kind is Kind.LOCKED)


@NUMBER
def test_a_page_that_the_custom_robot_refuses_with_it(standing_dingtalk: DingTalkDesk, code: int) -> None:
    desk, page = standing_dingtalk, standing_dingtalk.page()
    desk.ding.faults.next(Endpoint.CUSTOM, Fault.of(code))
    error = desk.fails(desk.custom(), page)
    agrees(error, str(code), WEBHOOK[code])
    assert error.reason == codes.WEBHOOK[code].line
    assert desk.shown(page) == []


@NUMBER
def test_a_reply_that_the_session_refuses_with_it(standing_dingtalk: DingTalkDesk, code: int) -> None:
    """Where the session is shut the OpenAPI says it in the group; where the robot has no place there, to the person."""
    desk, line, expected = standing_dingtalk, standing_dingtalk.line(), WEBHOOK[code]
    desk.ding.clock.advance(2)
    desk.ding.faults.next(Endpoint.SESSION, Fault.of(code))
    other_way = {Kind.GONE: Channel.GROUP_API, Kind.ROOM_GONE: Channel.OTO_API}.get(expected.kind)
    if expected == Expected(Kind.LOCKED, 600):
        other_way = Channel.GROUP_API
    channel = desk.channel()
    if other_way:
        channel.send(line, desk.now)
        assert desk.shown(line) == [other_way]
    else:
        agrees(desk.fails(channel, line), str(code), expected)
        assert desk.shown(line) == []


@NAME
def test_a_line_that_the_api_refuses_in_the_group_with_it(standing_dingtalk: DingTalkDesk, code: str) -> None:
    """Where the group is lost it goes to the person; a token that is refused is fetched anew, once."""
    desk, line, expected = standing_dingtalk, standing_dingtalk.line(session=False), NAMED[code]
    desk.ding.clock.advance(2)
    desk.ding.faults.next(Endpoint.GROUP_SEND, Fault.of(code))
    other_way = {Kind.CREDENTIAL: Channel.GROUP_API, Kind.ROOM_GONE: Channel.OTO_API}.get(expected.kind)
    channel = desk.channel()
    if other_way:
        channel.send(line, desk.now)
        assert desk.shown(line) == [other_way]
    else:
        agrees(desk.fails(channel, line), code, expected)
        assert desk.shown(line) == []


@NAME
def test_a_line_that_the_api_refuses_to_one_person_with_it(standing_dingtalk: DingTalkDesk, code: str) -> None:
    """In private there is no further way, but for a new token."""
    desk, line, expected = standing_dingtalk, standing_dingtalk.line(private=True, session=False), NAMED[code]
    desk.ding.clock.advance(2)
    desk.ding.faults.next(Endpoint.OTO_SEND, Fault.of(code))
    channel = desk.channel()
    if expected.kind is Kind.CREDENTIAL:
        channel.send(line, desk.now)
        assert desk.shown(line) == [Channel.OTO_API]
    else:
        agrees(desk.fails(channel, line), code, expected)


@pytest.mark.parametrize("code", ["system.busy", "invalidClientIdOrSecret", "send.too.fast", "unauthorized.client"])
def test_a_picture_and_a_token_are_refused_in_the_same_words(standing_dingtalk: DingTalkDesk, code: str) -> None:
    desk = standing_dingtalk
    desk.ding.clock.advance(2)
    desk.ding.faults.next(Endpoint.TOKEN, Fault.of(code))
    error = desk.fails(desk.channel(), desk.line(session=False))
    assert error.code == code and error.reason.startswith("拿不到 access_token：")
    assert error.failure is (Failure.TEMPORARY if code in ("system.busy", "send.too.fast") else Failure.PERMANENT)


@pytest.mark.parametrize("status", [408, 413, 429, 500, 502, 503])
def test_a_gateway_that_speaks_for_the_platform(standing_dingtalk: DingTalkDesk, status: int) -> None:
    """An HTML page with a status that means «not done»: later, by the same way."""
    desk = standing_dingtalk
    desk.ding.clock.advance(2)
    for endpoint, session in ((Endpoint.SESSION, True), (Endpoint.GROUP_SEND, False)):
        line = desk.line(session=session)
        desk.ding.faults.next(endpoint, Fault.http(status))
        error = desk.fails(desk.channel(), line)
        assert (error.failure, error.locks_target) == (Failure.TEMPORARY, status == 429)
        assert desk.shown(line) == []


@pytest.mark.parametrize("endpoint", [Endpoint.SESSION, Endpoint.GROUP_SEND, Endpoint.CUSTOM])
def test_a_gateway_that_did_not_wait_for_the_end(standing_dingtalk: DingTalkDesk, endpoint: Endpoint) -> None:
    """504: what lies behind it goes on, so the line may have been said."""
    desk = standing_dingtalk
    desk.ding.clock.advance(2)
    desk.ding.faults.next(endpoint, Fault.http(504))
    if endpoint is Endpoint.CUSTOM:
        error = desk.fails(desk.custom(), desk.page())
    else:
        error = desk.fails(desk.channel(), desk.line(session=endpoint is Endpoint.SESSION))
    assert (error.failure, error.code) == (Failure.UNKNOWN, "504")


@pytest.mark.parametrize("endpoint", [Endpoint.SESSION, Endpoint.GROUP_SEND, Endpoint.CUSTOM, Endpoint.TOKEN])
def test_an_ip_that_is_punished_waits_and_tries_no_other_way(
    standing_dingtalk: DingTalkDesk, endpoint: Endpoint
) -> None:
    """Another call would only make it longer."""
    desk = standing_dingtalk
    desk.ding.clock.advance(2)
    desk.ding.faults.next(endpoint, Fault.punished())
    before = len(desk.ding.calls())
    if endpoint is Endpoint.CUSTOM:
        error = desk.fails(desk.custom(), desk.page())
    else:
        error = desk.fails(desk.channel(), desk.line(session=endpoint is Endpoint.SESSION))
    assert (error.failure, error.code, error.locks_target) == (Failure.TEMPORARY, "1111", True)
    assert error.retry_after is not None and error.retry_after.total_seconds() == 300
    assert [call.endpoint for call in desk.ding.calls()[before:]][-1] is endpoint


def test_a_banned_body_is_known_by_either_mark() -> None:
    for body in ({"status": 1111}, {"status": "1111"}, {"punish": "deny", "status": 403}):
        for check in (check_webhook, check_openapi):
            with pytest.raises(SendFailed, match="1111"):
                check(body)
