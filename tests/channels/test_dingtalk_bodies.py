"""What a DingTalk callback becomes, what goes out, and what DingTalk's result codes mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.channels.base import Rejected, SendFailed
from app.channels.dingtalk.buttons import address
from app.channels.dingtalk.errors import check_openapi, check_webhook
from app.channels.dingtalk.inbound import parse, read
from app.channels.dingtalk.markdown import body_of, without_links
from app.channels.dingtalk.openapi import OpenApi
from app.channels.meaning import Kind, Refused
from app.core.delivery import Failure
from app.core.message import Button, Mention, OutboundMessage, Person, Room, RoomKind, Way
from tests.channels.wire import Wire
from tests.platforms.dingtalk.buttons import words_of

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
    wire = Wire({"accessToken": "t", "expireIn": 7200, "processQueryKey": "k"})
    OpenApi("https://api.dingtalk.com", "key", "secret", "robot", wire.client).send_to_group(
        "cid", "t", piece * times, AT
    )
    assert len(json.loads(wire.requests[-1].content)["msgParam"].encode()) <= 15_000


FIVE = tuple(Button(f"{n}. {'选项名字' * 5}", f"第{n}个说法") for n in range(5))


@given(st.text('邮🔥\n"\\\t@a', min_size=1, max_size=400), st.integers(1, 200))
def test_every_card_fits_the_platforms_bytes(piece: str, times: int) -> None:
    message = replace(line(piece * times, Room("cid", RoomKind.GROUP), mentions=(Mention("lin88"),)), buttons=FIVE)
    assert len(json.dumps(body_of(message, "@IT小助手"), ensure_ascii=False).encode()) <= 20_000
    wire = Wire({"accessToken": "t", "expireIn": 7200, "processQueryKey": "k"})
    OpenApi("https://api.dingtalk.com", "key", "secret", "robot", wire.client).send_to_group(
        "cid", "t", piece * times, AT, FIVE, "@IT小助手"
    )
    body = json.loads(wire.requests[-1].content)
    assert body["msgKey"] == "sampleActionCard5" and len(body["msgParam"].encode()) <= 15_000


@given(st.text(min_size=1, max_size=20).filter(lambda words: words == words.strip()))
def test_a_button_sends_its_words_to_the_letter(words: str) -> None:
    assert words_of(address(Button("点我", words), "@IT小助手")) == f"@IT小助手 {words}"


@pytest.mark.parametrize(("count", "key"), [(0, "sampleMarkdown"), (1, "sampleActionCard"), (6, "sampleMarkdown")])
def test_a_number_of_buttons_without_a_template_is_said_in_words(count: int, key: str) -> None:
    wire = Wire({"accessToken": "t", "expireIn": 7200, "processQueryKey": "k"})
    api = OpenApi("https://api.dingtalk.com", "key", "secret", "robot", wire.client)
    api.send_to_person("lin88", "t", "x", AT, (*FIVE, *FIVE)[:count])
    assert json.loads(wire.requests[-1].content)["msgKey"] == key


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ({}, Failure.UNKNOWN),
        ({"errcode": None}, Failure.UNKNOWN),
        ({"errcode": "oops"}, Failure.UNKNOWN),
        ({"errcode": "9" * 5000}, Failure.UNKNOWN),
        ({"errcode": float("nan")}, Failure.UNKNOWN),
        ("nonsense", Failure.UNKNOWN),
        ({"message": "no route", "status": 404}, Failure.TEMPORARY),
        ({"status": 1111, "punish": "deny"}, Failure.TEMPORARY),
        ({"errcode": 77777}, Failure.PERMANENT),
        ({"errcode": "77777"}, Failure.PERMANENT),
    ],
)
def test_an_answer_of_a_webhook_that_is_on_no_page(answer: Any, failure: Failure) -> None:
    """Without a result code a gateway speaks; a result code that nobody knows is a refusal all the same."""
    with pytest.raises(SendFailed) as caught:
        check_webhook(answer)
    assert caught.value.failure is failure


def test_success_is_no_error() -> None:
    check_webhook({"errcode": 0, "errmsg": "ok"})
    check_webhook({"errcode": "0"})
    assert check_openapi({"processQueryKey": "k"}) == {"processQueryKey": "k"}


@pytest.mark.parametrize(
    ("answer", "failure", "code"),
    [
        ({"code": "ServiceUnavailable", "status": 503}, Failure.TEMPORARY, "ServiceUnavailable"),
        ({"code": "GatewayTimeout", "status": 504}, Failure.UNKNOWN, "GatewayTimeout"),
        ({"code": "TooManyRequests", "status": 429}, Failure.TEMPORARY, "TooManyRequests"),
        ("nonsense", Failure.UNKNOWN, "no-errcode"),
        ({"message": "no code", "status": 404}, Failure.PERMANENT, "404"),
        ({"code": "miss.param.robotCode", "status": 400}, Failure.PERMANENT, "miss.param.robotCode"),
        ({"code": "a b\nc", "status": 400}, Failure.PERMANENT, "unlisted"),
        ({"code": "x" * 81, "status": 400}, Failure.PERMANENT, "unlisted"),
        ({"code": ["x"], "status": 400}, Failure.PERMANENT, "unlisted"),
        ({"code": 40001, "status": 400}, Failure.PERMANENT, "40001"),
    ],
)
def test_an_answer_of_the_api_that_is_on_no_page(answer: Any, failure: Failure, code: str) -> None:
    """The status decides, and nothing that a log could choke on becomes a code."""
    with pytest.raises(SendFailed) as caught:
        check_openapi(answer)
    assert (caught.value.failure, caught.value.code) == (failure, code)


@pytest.mark.parametrize("answer", [{"code": "InvalidAuthentication", "status": 400}, {"status": 401, "code": "x"}])
def test_a_dead_token_is_told_apart(answer: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        check_openapi(answer)
    assert caught.value.kind is Kind.CREDENTIAL


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        (
            {"requiredScopes": ["Card.Instance.Write", "qyapi_robot_sendmsg"]},
            "Card.Instance.Write、qyapi_robot_sendmsg",
        ),
        ({"requiredScopes": ["<b>", 5]}, ""),
        ({"requiredScopes": "x"}, ""),
        (None, ""),
    ],
)
def test_the_permission_that_is_missing_is_named(detail: Any, told: str) -> None:
    """So that the administrator knows what to ask for; nothing else of the answer is repeated."""
    code = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
    with pytest.raises(Refused) as caught:
        check_openapi({"code": code, "status": 403, "accessdenieddetail": detail})
    assert caught.value.reason.endswith(f"（缺 {told}）" if told else "开通")


def test_a_line_without_its_links_keeps_its_words() -> None:
    text = (
        "打开 [自助页](https://pw.example/a?b=1)，或 http://10.0.0.1/x，![图](https://a/b.png) 再看 a://b 和 [1](x y)"
    )
    assert without_links(text) == "打开 自助页，或 （链接略），图 再看 a://b 和 [1](x y)"
