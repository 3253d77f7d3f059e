"""What a DingTalk callback becomes, what goes out, and what DingTalk's result codes mean."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.channels.base import Rejected, SendFailed
from app.channels.dingtalk.errors import TokenRefused, check_openapi, check_webhook
from app.channels.dingtalk.inbound import parse, read
from app.channels.dingtalk.markdown import body_of
from app.channels.dingtalk.openapi import OpenApi
from app.core.delivery import Failure
from app.core.message import Mention, OutboundMessage, Person, Room, RoomKind, Way
from tests.channels.wire import Wire

AT = datetime.fromtimestamp(1_700_000_000, UTC)
COMMON = {
    "msgId": "msg1==",
    "conversationId": "cid1==",
    "conversationType": "2",
    "conversationTitle": "IT支持群",
    "senderId": "$:LWCP_v1:$x",
    "senderStaffId": "lin88",
    "senderNick": "林小雨",
    "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=0",
    "sessionWebhookExpiredTime": 1_700_005_400_000,
}
PICTURE = {"type": "picture", "downloadCode": "D1", "pictureDownloadCode": "P1"}


def quoting(kind: str, content: Any) -> dict[str, Any]:
    quoted = {"msgType": kind, "content": content}
    return {"msgtype": "text", "text": {"content": " 怎么办", "isReplyMsg": True, "repliedMsg": quoted}}


@pytest.mark.parametrize(
    ("fields", "kind", "text", "pictures", "quoted"),
    [
        ({"msgtype": "text", "text": {"content": " 你好"}}, "text", "你好", [], ""),
        ({"msgtype": "text", "content": "你好 @小值"}, "text", "你好", [], ""),
        ({"msgtype": "text"}, "unreadable", "", [], ""),
        ({"msgtype": "text", "text": {"content": 5}}, "text", "", [], ""),
        ({"msgtype": "picture", "content": {"downloadCode": "D1"}}, "picture", "", ["D1"], ""),
        ({"msgtype": "picture", "content": {"pictureDownloadCode": "P1"}}, "picture", "", ["P1"], ""),
        ({"msgtype": "picture"}, "picture", "", [], ""),
        ({"msgtype": "audio", "content": {"recognition": "密码忘了"}}, "text", "密码忘了", [], ""),
        ({"msgtype": "video", "content": {"duration": "5"}}, "unreadable", "", [], ""),
        ({"msgtype": "unknownMsgType", "content": {}}, "unreadable", "", [], ""),
        ({}, "unreadable", "", [], ""),
        (
            {"msgtype": "richText", "content": {"richText": [{"text": "@小值登录报错"}, PICTURE, {"text": "急"}]}},
            "text",
            "登录报错急",
            ["D1"],
            "",
        ),
        (
            {
                "msgtype": "richText",
                "content": {"richText": [{"type": "at", "atName": "小值", "text": "@小值"}, PICTURE]},
            },
            "text",
            "",
            ["D1"],
            "",
        ),
        ({"msgtype": "richText", "content": {"richText": "junk"}}, "text", "", [], ""),
        (quoting("text", {"text": "报错 809"}), "text", "怎么办", [], "报错 809"),
        (quoting("picture", {"downloadCode": "D2"}), "text", "怎么办", ["D2"], ""),
        (quoting("richText", {"richText": [{"text": "看"}, PICTURE]}), "text", "怎么办", ["D1"], "看"),
        (quoting("chatRecord", None), "text", "怎么办", [], ""),
        (quoting("interactiveCard", "junk"), "text", "怎么办", [], ""),
    ],
)
def test_what_a_callback_says(fields: dict[str, Any], kind: str, text: str, pictures: list[str], quoted: str) -> None:
    message = read(COMMON | fields, "dingtalk", ["小值"], AT)
    assert message is not None
    assert (message.kind, message.text, message.quoted) == (kind, text, quoted)
    assert [picture.address for picture in message.pictures] == pictures
    assert message.room == Room("cid1==", RoomKind.GROUP, "IT支持群")
    assert message.person == Person("lin88", "林小雨")


@pytest.mark.parametrize(
    ("fields", "person"),
    [({}, "lin88"), ({"senderStaffId": ""}, "$:LWCP_v1:$x"), ({"senderStaffId": None}, "$:LWCP_v1:$x")],
)
def test_outsiders_are_told_apart_by_their_encrypted_id(fields: dict[str, Any], person: str) -> None:
    message = read(COMMON | fields, "dingtalk", ["小值"], AT)
    assert message is not None and message.person.id == person


@pytest.mark.parametrize("expires", [1_700_005_400_000, "1700005400000"])
def test_the_session_lives_as_long_as_the_body_says(expires: int | str) -> None:
    message = read(COMMON | {"sessionWebhookExpiredTime": expires}, "dingtalk", ["小值"], AT)
    assert message is not None and message.reply_address is not None
    assert message.reply_address.expires_at == AT + timedelta(minutes=90)
    assert "session=0" not in repr(message)


@pytest.mark.parametrize("expires", ["soon", None, [], 10**30, float("nan")])
def test_a_session_without_an_end_is_none(expires: Any) -> None:
    message = read(COMMON | {"sessionWebhookExpiredTime": expires}, "dingtalk", ["小值"], AT)
    assert message is not None and message.reply_address is None


def test_names_longer_than_any_column_are_cut_and_such_ids_are_none() -> None:
    message = read(COMMON | {"senderNick": "林" * 999, "conversationTitle": "群" * 999}, "dingtalk", [], AT)
    assert message is not None and len(message.person.name) == len(message.room.title) == 64
    for name in ("msgId", "conversationId"):
        assert read(COMMON | {name: "x" * 256}, "dingtalk", [], AT) is None


@pytest.mark.parametrize("body", [b"", b"[1]", b"7", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_json_object_is_rejected(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        parse(body)
    assert caught.value.status == 400


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["text", "richText", "picture", "audio", "file"])


@given(st.dictionaries(st.sampled_from([*COMMON, "msgtype", "text", "content"]), JSON | KINDS))
def test_no_callback_of_whatever_shape_is_an_error(odd: dict[str, Any]) -> None:
    message = read(COMMON | odd, "dingtalk", ["小值"], AT)
    assert message is None or (message.id and message.person.id and message.room.id)


def line(markdown: str, room: Room | None = None, **more: Any) -> OutboundMessage:
    return OutboundMessage("k", "dingtalk", Way.REPLY, markdown, room, **more)


def test_whoever_is_to_be_notified_stands_in_the_list_and_in_the_text() -> None:
    group = Room("cid", RoomKind.GROUP)
    body = body_of(line("一\n二", group, mentions=(Mention("lin88", "139"), Mention("", "138"))))
    assert body["at"] == {"atUserIds": ["lin88"], "atMobiles": ["138"], "isAtAll": False}
    assert body["markdown"]["text"] == "@lin88 @138\n\n一  \n二"


def test_in_private_nobody_is_mentioned() -> None:
    body = body_of(line("一", Room("cid", RoomKind.SINGLE), mentions=(Mention("lin88"),)))
    assert body["at"] == {} and "@" not in body["markdown"]["text"]


@example("🔥", 9_000)
@example('"\\\n', 9_000)
@given(st.text('邮🔥\n"\\\t@a', min_size=1, max_size=400), st.integers(1, 200))
def test_every_body_fits_the_platforms_bytes(piece: str, times: int) -> None:
    message = line(piece * times, Room("cid", RoomKind.GROUP), mentions=(Mention("lin88"),))
    assert len(json.dumps(body_of(message), ensure_ascii=False).encode()) <= 20_000
    wire = Wire({"accessToken": "t", "expireIn": 7200})
    OpenApi("https://api.dingtalk.com", "key", "secret", "robot", wire.client).send_to_group(
        "cid", "t", piece * times, AT
    )
    assert len(json.loads(wire.requests[-1].content)["msgParam"].encode()) <= 15_000


TEN_MINUTES = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("answer", "failure", "wait"),
    [
        ({"errcode": 410100}, Failure.TEMPORARY, TEN_MINUTES),
        ({"errcode": "130101"}, Failure.TEMPORARY, TEN_MINUTES),
        *[({"errcode": code}, Failure.TEMPORARY, None) for code in (-1, 15, 88, 90002, 90018)],
        ({}, Failure.TEMPORARY, None),
        ({"errcode": None}, Failure.TEMPORARY, None),
        ({"errcode": "oops"}, Failure.TEMPORARY, None),
        ("nonsense", Failure.TEMPORARY, None),
        *[({"errcode": code}, Failure.PERMANENT, None) for code in (300001, 310000, 400013, 400101, 400102, 400105)],
        *[({"errcode": code}, Failure.PERMANENT, None) for code in (400106, 430101, 430104, 460101, 90020, 77777)],
    ],
)
def test_result_codes_of_the_webhooks(answer: Any, failure: Failure, wait: timedelta | None) -> None:
    with pytest.raises(SendFailed) as caught:
        check_webhook(answer)
    assert (caught.value.failure, caught.value.retry_after) == (failure, wait)


def test_success_is_no_error() -> None:
    check_webhook({"errcode": 0, "errmsg": "ok"})
    check_webhook({"errcode": "0"})
    assert check_openapi({"processQueryKey": "k"}) == {"processQueryKey": "k"}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ({"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "status": 403}, Failure.TEMPORARY),
        ({"status": 1111, "punish": "deny"}, Failure.TEMPORARY),
        ({"code": "system.error", "status": 400}, Failure.TEMPORARY),
        ({"code": "ServiceUnavailable", "status": 503}, Failure.TEMPORARY),
        ({"code": "unknownError", "status": 400}, Failure.TEMPORARY),
        ("nonsense", Failure.TEMPORARY),
        ({"code": "Forbidden.AccessDenied.ApiCountLimitForOrg", "status": 403}, Failure.PERMANENT),
        ({"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied", "status": 403}, Failure.PERMANENT),
        ({"code": "invalidParameter.msgParam.tooLong", "status": 400}, Failure.PERMANENT),
        ({"message": "no code", "status": 404}, Failure.PERMANENT),
    ],
)
def test_result_codes_of_the_api(answer: Any, failure: Failure) -> None:
    with pytest.raises(SendFailed) as caught:
        check_openapi(answer)
    assert caught.value.failure is failure


@pytest.mark.parametrize("answer", [{"code": "InvalidAuthentication", "status": 400}, {"status": 401, "code": "x"}])
def test_a_dead_token_is_told_apart(answer: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        check_openapi(answer)
