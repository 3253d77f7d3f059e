"""The AI bot's door: what a callback becomes, and what goes out in the response, by response_url, by push webhook."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.base import RawRequest, Rejected, SendFailed
from app.channels.wecom import cards, errors
from app.channels.wecom.bot import WeComBot
from app.channels.wecom.inbound import read
from app.channels.wecom.push import PushWebhook
from app.core.delivery import Failure
from app.core.message import Button, Mention, MessageKind, OutboundMessage, Person, ReplyAddress, Room, RoomKind, Way
from app.core.taps import tap_id
from tests.channels.wire import Wire
from tests.platforms import test_wecom_crypto as vectors
from tests.platforms.wecom.cards import check_card, soft_excesses

AT = datetime.fromtimestamp(1_700_000_000, UTC)
QUERY_D = {
    "msg_signature": "40e5dd249ca5cdbf25a01a7345330c6c23c9bcee",
    "timestamp": "1700000000",
    "nonce": "nonce12345",
}
CALLBACK_D = RawRequest("POST", {}, QUERY_D, json.dumps({"encrypt": vectors.D_ENCRYPT}).encode())
GROUP = Room("wrTESTCHAT", RoomKind.GROUP)


def bot(wire: Wire | None = None, **more: Any) -> WeComBot:
    options: dict[str, Any] = {
        "desk_name": "ITBot",
        "token": vectors.BOT.token,
        "encoding_aes_key": vectors.BOT.aes_key,
        "bot_id": "AIBOT-TEST",
        "pushes": {},
        "media_hosts": ("*.myqcloud.com",),
        "reply_hosts": ("qyapi.weixin.qq.com",),
        "test_hosts": (),
        "client": (wire or Wire()).client,
    }
    return WeComBot("wecom", **(options | more))


def test_vector_d_becomes_a_message() -> None:
    message = bot().receive(CALLBACK_D, AT).message
    assert message is not None
    assert (message.id, message.room, message.person) == ("MSGID-0001", GROUP, Person("zhangsan"))
    assert (message.kind, message.text) == (MessageKind.TEXT, "VPN 连不上 错误 809")
    assert message.reply_address and message.reply_address.expires_at == AT + timedelta(hours=1)
    assert "RC1" not in repr(message) and "VPN" not in repr(CALLBACK_D)


def test_vendors_own_key_word_for_the_envelope_is_understood() -> None:
    capital = RawRequest("POST", {}, QUERY_D, json.dumps({"Encrypt": vectors.D_ENCRYPT, "tousername": ""}).encode())
    assert bot().receive(capital, AT).message is not None


@pytest.mark.parametrize("minutes", [-31, 31, 60 * 24 * 365])
def test_an_old_or_future_timestamp_is_rejected(minutes: int) -> None:
    with pytest.raises(Rejected, match="wecom-clock"):
        bot().receive(CALLBACK_D, AT + timedelta(minutes=minutes))


def test_another_bots_callback_is_rejected() -> None:
    with pytest.raises(Rejected, match="wecom-bot-id"):
        bot(bot_id="AIBOT-OTHER").receive(CALLBACK_D, AT)


@pytest.mark.parametrize("plus", ["+", " "], ids=["encoded", "raw"])
def test_the_url_verification_of_vector_a_with_an_empty_receiver(plus: str) -> None:
    echo = vectors.BOT.seal(b"1616140317555161061", b"c41b64491c2468d0")
    query = {"timestamp": "1700000000", "nonce": "n", "msg_signature": vectors.BOT.sign("1700000000", "n", echo)}
    received = bot().receive(RawRequest("GET", {}, {**query, "echostr": echo.replace("+", plus)}, b""), AT)
    assert (received.message, received.response.body) == (None, b"1616140317555161061")


def test_the_passive_reply_is_signed_sealed_and_carries_the_callbacks_nonce() -> None:
    said = OutboundMessage("k1", "wecom", Way.REPLY, "好" * 9000)
    first, again = (bot().passive_reply(CALLBACK_D, "MSGID-0001", said, AT) for _ in range(2))
    assert first and again
    envelope = json.loads(first.body)
    assert envelope["nonce"] == "nonce12345" and envelope["timestamp"] == 1_700_000_000
    assert envelope["msgsignature"] == vectors.BOT.sign("1700000000", "nonce12345", envelope["encrypt"])
    stream = json.loads(vectors.BOT.open(envelope["encrypt"]))["stream"]
    assert stream["finish"] is True and len(stream["content"].encode()) <= 20_480
    assert stream["id"] == json.loads(vectors.BOT.open(json.loads(again.body)["encrypt"]))["stream"]["id"]


def callback(**fields: Any) -> bytes:
    body = {"msgid": "M1", "aibotid": "B", "from": {"userid": "lin"}, "chattype": "single"}
    return json.dumps(body | fields).encode()


@pytest.mark.parametrize(
    ("fields", "kind", "text", "pictures", "quoted"),
    [
        ({"msgtype": "text", "text": {"content": "@ITBot 你好"}}, "text", "你好", [], ""),
        ({"msgtype": "voice", "voice": {"content": "密码忘了"}}, "text", "密码忘了", [], ""),
        ({"msgtype": "image", "image": {"url": "https://a"}}, "picture", "", ["https://a"], ""),
        ({"msgtype": "file", "file": {"url": "https://a"}}, "unreadable", "", [], ""),
        ({"msgtype": "hologram"}, "unreadable", "", [], ""),
        ({"msgtype": "text"}, "text", "", [], ""),
        ({"msgtype": "text", "text": {"content": 5}}, "text", "", [], ""),
        (
            {
                "msgtype": "mixed",
                "mixed": {
                    "msg_item": [
                        {"msgtype": "text", "text": {"content": "@ITBot 看图"}},
                        {"msgtype": "image", "image": {"url": "https://1"}},
                        {"msgtype": "text", "text": {"content": "和这张"}},
                        {"msgtype": "image", "image": {"url": "https://2"}},
                        {"msgtype": "hologram"},
                        "junk",
                    ]
                },
            },
            "text",
            "看图\n和这张",
            ["https://1", "https://2"],
            "",
        ),
        (
            {
                "msgtype": "text",
                "text": {"content": "怎么办"},
                "quote": {"msgtype": "text", "text": {"content": "报错 809"}},
            },
            "text",
            "怎么办",
            [],
            "报错 809",
        ),
        (
            {"msgtype": "text", "text": {"content": "怎么办"}, "quote": {"msgtype": "image", "image": {"url": "u"}}},
            "text",
            "怎么办",
            ["u"],
            "",
        ),
        ({"msgtype": "event", "event": {"eventtype": "enter_chat"}}, "arrival", "", [], ""),
    ],
)
def test_what_a_callback_says(fields: dict[str, Any], kind: str, text: str, pictures: list[str], quoted: str) -> None:
    message = read(callback(**fields), "wecom", ["ITBot"], AT)
    assert message is not None
    assert (message.kind, message.text, message.quoted) == (kind, text, quoted)
    assert [picture.address for picture in message.pictures] == pictures
    assert message.room == Room("lin", RoomKind.SINGLE)


@pytest.mark.parametrize("names", [("event_key", "task_id"), ("eventkey", "taskid")], ids=["samples", "tables"])
def test_a_tap_says_what_its_button_says_and_is_the_same_message_each_time(names: tuple[str, str]) -> None:
    key, task = names
    event = {"eventtype": "template_card_event", "template_card_event": {key: "下一步", task: "T-1"}}
    one, two = (read(callback(msgid=id, msgtype="event", event=event), "wecom", ["ITBot"], AT) for id in ("M1", "M2"))
    assert one and two and (one.kind, one.text, one.clicked) == (MessageKind.TEXT, "下一步", "T-1")
    assert one.id == two.id == tap_id("T-1", "lin", "下一步")


def carded(words: str, *, alone: bool = True, title: str = "试得怎么样") -> OutboundMessage:
    room = Room("lin", RoomKind.SINGLE) if alone else Room("wr1", RoomKind.GROUP)
    buttons = (Button("下一步", "下一步"), Button("1. 邮箱装满了收不到新的信", "1"))
    return OutboundMessage("k1", "wecom", Way.REPLY, words, room, Person("lin"), title=title, buttons=buttons)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (carded("**好**"), "好"),
        (carded("好" * 112), "好" * 112),
        (carded("好" * 113), None),
        (carded("好", alone=False), None),
        (replace(carded("好"), buttons=()), None),
    ],
)
def test_words_stand_on_a_card_where_they_are_short_and_it_may_come_alone(
    said: OutboundMessage, words: str | None
) -> None:
    card = cards.whole(said)
    assert (card["sub_title_text"] if card else None) == words


def test_a_card_keeps_the_platforms_rules_and_lengths() -> None:
    card = cards.below(carded("好", title="很长的名字" * 9))
    assert check_card(card) is card and soft_excesses(card) == []
    assert [button["key"] for button in card["button_list"]] == ["下一步", "1"]


@pytest.mark.parametrize(
    "fields",
    [
        {"msgtype": "stream", "stream": {"id": "s1"}},
        {"msgtype": "event", "event": {"eventtype": "feedback_event"}},
        {"msgtype": "event", "event": {"eventtype": "template_card_event"}},
        {"msgtype": "event", "event": {"eventtype": "template_card_event", "template_card_event": {"task_id": "T"}}},
        {"msgtype": "event"},
        {"msgtype": "text", "from": {"userid": "sys"}},
        {"msgtype": "text", "from": {}},
        {"msgtype": "text", "from": "lin"},
        {"msgtype": "text", "msgid": ""},
        {"msgtype": "text", "msgid": "M" * 300},
        {"msgtype": "text", "chattype": "group"},
    ],
)
def test_what_says_nothing_to_the_desk(fields: dict[str, Any]) -> None:
    assert read(callback(**fields), "wecom", ["ITBot"], AT) is None


@pytest.mark.parametrize("url", ["", None, "https://qyapi.weixin.qq.com/\ud800", "https://邮箱.example/"])
def test_an_address_that_is_none_is_not_kept(url: str | None) -> None:
    message = read(callback(msgtype="text", response_url=url), "wecom", ["ITBot"], AT)
    assert message is not None and message.reply_address is None


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["msgid", "from", "chattype", "chatid", "msgtype", "text", "mixed", "image", "quote", "event", "response_url"]
)
TYPES = st.sampled_from(["text", "mixed", "image", "voice", "event", "group", "single", "M1"])


@given(st.dictionaries(KEYS, JSON | TYPES | st.fixed_dictionaries({"userid": st.just("lin")})))
def test_no_callback_of_whatever_shape_is_an_error(body: dict[str, Any]) -> None:
    message = read(json.dumps(body).encode(), "wecom", ["ITBot"], AT)
    assert message is None or (message.id and message.person.id and message.room.id)


def say(way: Way, address: ReplyAddress | None, markdown: str = "**好**") -> OutboundMessage:
    return OutboundMessage("k1", "wecom", way, markdown, GROUP, Person("lin"), (Mention("lin"),), reply_address=address)


FRESH = ReplyAddress("https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RC1", AT + timedelta(minutes=1))
STALE = ReplyAddress(FRESH.url, AT)


@pytest.mark.parametrize(
    ("way", "address", "with_push", "path"),
    [
        (Way.REPLY, FRESH, True, "/cgi-bin/aibot/response"),
        (Way.REPLY, FRESH, False, "/cgi-bin/aibot/response"),
        (Way.REPLY, STALE, True, "/cgi-bin/webhook/send"),
        (Way.ROOM, FRESH, True, "/cgi-bin/webhook/send"),
        (Way.ROOM, FRESH, False, "/cgi-bin/aibot/response"),
        (Way.ROOM, None, True, "/cgi-bin/webhook/send"),
        (Way.ROOM, STALE, False, None),
        (Way.REPLY, None, False, None),
    ],
)
def test_which_way_a_line_goes(way: Way, address: ReplyAddress | None, with_push: bool, path: str | None) -> None:
    wire = Wire()
    pushes = {GROUP.id: PushWebhook("https://qyapi.weixin.qq.com", "key-1", wire.client)} if with_push else {}
    channel = bot(wire, pushes=pushes)
    if path is None:
        with pytest.raises(SendFailed, match="no-way"):
            channel.send(say(way, address), AT)
    else:
        channel.send(say(way, address), AT)
    assert [request.url.path for request in wire.requests] == ([path] if path else [])


def test_a_push_is_text_within_its_bytes_and_mentions_by_list() -> None:
    wire = Wire()
    push = PushWebhook("https://qyapi.weixin.qq.com", "key-1", wire.client)
    mentions = (Mention("zhang", "13800000001"), Mention("", "13800000002"))
    push.send(OutboundMessage("k", "oncall", Way.PAGE, "## 单 1\n**急** " + "邮" * 900, mentions=mentions), AT)
    body = json.loads(wire.requests[0].content)
    assert wire.requests[0].url.params["key"] == "key-1"
    assert body["msgtype"] == "text" and len(body["text"]["content"].encode()) <= 2048
    assert body["text"]["content"].startswith("单 1\n急 邮")
    assert body["text"]["mentioned_list"] == ["zhang"] and body["text"]["mentioned_mobile_list"] == ["13800000002"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ({"message": "gateway"}, Failure.UNKNOWN),
        ({"message": "gateway", "status": 404}, Failure.TEMPORARY),
        ("nonsense", Failure.UNKNOWN),
        ({"errcode": [0]}, Failure.UNKNOWN),
        ({"errcode": 99999}, Failure.PERMANENT),
        ({"errcode": "93000"}, Failure.PERMANENT),
    ],
)
def test_an_answer_that_is_on_no_page(answer: object, failure: Failure) -> None:
    """Without an errcode a gateway speaks; an errcode that nobody knows is a refusal all the same."""
    with pytest.raises(SendFailed) as caught:
        errors.check(answer)
    assert caught.value.failure is failure


def test_success_is_no_error() -> None:
    errors.check({"errcode": 0, "errmsg": "ok"})
