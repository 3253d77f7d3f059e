"""The self-built app's door without a house: what comes in as XML, what goes out as text or card."""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.base import RawRequest, Received, Rejected
from app.channels.wecom import app_inbound
from app.channels.wecom.app_content import card_of, text_of
from app.channels.wecom.app_door import AppDoor
from app.channels.wecom.corp_app import CorpApp
from app.core.message import Button, MessageKind, OutboundMessage, RoomKind, Way
from tests.platforms.wecom.app_xml import build, open_answer
from tests.platforms.wecom.crypto import Sealer

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TOKEN, KEY, CORP, AGENT = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7", 218
SEALER = Sealer(TOKEN, KEY, CORP)
# The vendor's published sample of an app callback (page 90238, classic), of the ninth of September 2013.
SAMPLE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
TAKE = Button("接单", "接单 12")


APP = CorpApp("https://qyapi.example", CORP, AGENT, "s", httpx.Client(trust_env=False))  # nothing here calls it
DOOR = AppDoor("app", desk_name="IT小助手", corp_id=CORP, token=TOKEN, encoding_aes_key=KEY, app=APP)


@pytest.fixture
def door() -> AppDoor:
    return DOOR


def sealed(document: str | bytes, *, sealer: Sealer = SEALER, at: datetime = NOW, body: str = "") -> RawRequest:
    """A callback with this inside, signed; `body`: another envelope around the sealed text."""
    inside = document.encode() if isinstance(document, str) else document
    encrypt, stamp = sealer.seal(inside, b"0123456789abcdef"), str(int(at.timestamp()))
    query = {"timestamp": stamp, "nonce": "n1", "msg_signature": sealer.sign(stamp, "n1", encrypt)}
    outside = body or "<xml><ToUserName><![CDATA[x]]></ToUserName><Encrypt><![CDATA[{}]]></Encrypt></xml>"
    return RawRequest("POST", {}, query, outside.replace("{}", encrypt).encode())


def text(**more: object) -> dict[str, object]:
    known = {"ToUserName": CORP, "FromUserName": "lisi", "CreateTime": 1348831860, "MsgType": "text", "Content": "你好"}
    return {**known, "MsgId": 1234567890123456, "AgentID": AGENT, **more}


def tap(**more: object) -> dict[str, object]:
    event = {"MsgType": "event", "Event": "template_card_event", "EventKey": "1:接单 12", "TaskId": "t1"}
    event |= {"CardType": "button_interaction", "ResponseCode": "rc"}
    return {name: value for name, value in text(**event).items() if name not in ("Content", "MsgId")} | more


def received(door: AppDoor, parts: dict[str, object], now: datetime = NOW) -> Received:
    return door.receive(sealed(build({"xml": parts}), at=now), now)


def test_the_vendors_own_sample(door: AppDoor) -> None:
    """Published token, key and signature."""
    then = datetime.fromtimestamp(1409659813, UTC)
    signature = "477715d11cdb4164915debcba66cb864d751f3e6"
    query = {"timestamp": "1409659813", "nonce": "1372623149", "msg_signature": signature}
    body = f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{SAMPLE}]]></Encrypt></xml>"
    message = door.receive(RawRequest("POST", {}, query, body.encode()), then).message
    assert message is not None
    assert (message.id, message.person.id, message.text) == ("4561255354251345929", "mycreate", "hello")


def test_the_address_is_verified_with_the_vendors_own_sample(door: AppDoor) -> None:
    """A proxy may send the plus signs as blanks."""
    echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    then = datetime.fromtimestamp(1409659589, UTC)
    for sent in (echo, echo.replace("+", " ")):
        query = {"timestamp": "1409659589", "nonce": "263014780", "echostr": sent}
        query["msg_signature"] = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
        answer = door.receive(RawRequest("GET", {}, query, b""), then).response
        assert (answer.body, answer.status) == (b"1616140317555161061", 200)


def test_a_text_is_a_message_in_a_chat_of_two(door: AppDoor) -> None:
    """What stands in CDATA may look like XML; the desk's name is taken off."""
    message = received(door, text(Content="@IT小助手 <b>&amp; ]]> 密码忘了")).message
    assert message is not None
    assert (message.text, message.kind) == ("<b>&amp; ]]> 密码忘了", MessageKind.TEXT)
    assert (message.id, message.channel, message.clicked) == ("1234567890123456", "app", "")
    assert (message.room.id, message.room.kind, message.person.id) == ("lisi", RoomKind.SINGLE, "lisi")


def test_a_tap_is_what_the_button_says_and_its_answer_makes_the_button_dead(door: AppDoor) -> None:
    result = received(door, tap())
    assert result.message is not None and result.response.media_type == "application/xml"
    assert (result.message.text, result.message.clicked) == ("接单 12", "t1")
    answer = open_answer(SEALER, result.response.body)
    assert answer is not None
    told = [answer.findtext(name) for name in ("ToUserName", "FromUserName", "MsgType", "Button/ReplaceName")]
    assert told == ["lisi", CORP, "update_button", "已发送：接单 12"]


def test_a_tap_that_only_asks_leaves_the_card_as_it_is(door: AppDoor) -> None:
    """The first button is what the card is for; after another one it can still be tapped."""
    result = received(door, tap(EventKey="2:详情 12"))
    assert result.message is not None and result.response.body == b""
    assert (result.message.text, result.message.clicked) == ("详情 12", "t1")


@pytest.mark.parametrize(
    ("change", "same"),
    [({}, True), ({"CreateTime": 1348831861}, False), ({"TaskId": "t2"}, False), ({"EventKey": "2:详情 12"}, False)],
    ids=["again", "a second later", "another card", "another button"],
)
def test_which_taps_are_one(door: AppDoor, change: dict[str, object], same: bool) -> None:
    """Events carry no id; a repeated delivery has the same second, card and button."""
    first, second = received(door, tap()).message, received(door, tap(**change)).message
    other = received(door, tap(FromUserName="wangwu")).message
    assert first is not None and second is not None and other is not None
    assert (first.id == second.id) is same and first.id != other.id and len(first.id) < 100


@pytest.mark.parametrize(
    "parts",
    [
        tap(Event="enter_agent"),
        tap(Event="subscribe", EventKey=""),
        tap(EventKey=""),
        tap(EventKey="接单 12"),
        text(FromUserName=""),
        text(FromUserName="@all"),
        text(MsgId=""),
        {},
    ],
)
def test_what_says_nothing_to_the_desk(door: AppDoor, parts: dict[str, object]) -> None:
    result = received(door, parts)
    assert (result.message, result.response.body) == (None, b"")


@pytest.mark.parametrize("kind", ["image", "voice", "video", "location", "link", "none yet"])
def test_a_kind_that_cannot_be_read_is_said_to_be_one(door: AppDoor, kind: str) -> None:
    message = received(door, text(MsgType=kind)).message
    assert message is not None and (message.kind, message.text) == (MessageKind.UNREADABLE, "")


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><FromUserName>&b;</FromUserName></xml>'
OUTSIDE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><xml><FromUserName>lisi</FromUserName></xml>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'


@pytest.mark.parametrize(
    "inside",
    [BOMB, OUTSIDE, FILE, "<xml><Content>&a;</Content></xml>", "", "hello", "<xml>", '{"a": 1}', b"<xml>\xff</xml>"],
)
def test_xml_that_declares_anything_or_is_none_is_refused(door: AppDoor, inside: str | bytes) -> None:
    """Even under the right seal: no entity is unfolded, no address called."""
    with pytest.raises(Rejected) as refusal:
        door.receive(sealed(inside), NOW)
    assert (refusal.value.reason, refusal.value.status) == ("wecom-xml", 400)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (sealed("<xml/>", sealer=Sealer("other", KEY, CORP)), "wecom-signature"),
        (sealed("<xml/>", sealer=Sealer(TOKEN, KEY, "ww-other")), "wecom-receiver"),
        (sealed("<xml/>", sealer=Sealer(TOKEN, KEY, "")), "wecom-receiver"),
        (sealed("<xml/>", at=NOW - timedelta(hours=1)), "wecom-clock"),
        (sealed(build({"xml": text(AgentID=219)})), "wecom-agent"),
        (sealed("<xml/>", body="<xml></xml>"), "wecom-envelope"),
        (sealed("<xml/>", body="<xml><Encrypt>{}</Encrypt><Encrypt>{}</Encrypt></xml>"), "wecom-envelope"),
        (sealed("<xml/>", body=BOMB), "wecom-envelope"),
        (RawRequest("POST", {}, {}, b""), "wecom-envelope"),
        (RawRequest("POST", {}, {}, b"<Encrypt>" + base64.b64encode(b"x" * 32) + b"</Encrypt>"), "wecom-signature"),
    ],
)
def test_who_has_no_business_here(door: AppDoor, request_: RawRequest, reason: str) -> None:
    """The envelope is looked at, not parsed: what stands around the sealed text does not matter."""
    with pytest.raises(Rejected) as refusal:
        door.receive(request_, NOW)
    assert refusal.value.reason == reason


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error(body: bytes) -> None:
    """Whatever stands in an envelope or under the seal: read, or refused."""
    for read in (app_inbound.encrypted, app_inbound.fields):
        try:
            read(body)
        except Rejected as refusal:
            assert refusal.status == 400


@given(st.text(max_size=200))
def test_whatever_is_said_arrives_as_it_was_said(words: str) -> None:
    """But for what no XML can carry."""
    said = OutboundMessage("1", "app", Way.REPLY, words)
    answer = DOOR.passive_reply(sealed(build({"xml": text()})), "1", said, NOW)
    assert answer is not None
    inside = open_answer(SEALER, answer.body)
    assert inside is not None and inside.findtext("MsgType") == "text"
    allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text_of(words)["text"]["content"])
    assert (inside.findtext("Content") or "") == allowed.replace("\r\n", "\n").replace("\r", "\n")


def page(words: str, *buttons: Button, title: str = "单 12") -> OutboundMessage:
    return OutboundMessage("0123456789abcdef", "app", Way.PAGE, words, title=title, buttons=buttons or (TAKE,))


def card(message: OutboundMessage) -> dict[str, Any]:
    content = card_of(message)
    assert content is not None and content["msgtype"] == "template_card"
    found: dict[str, Any] = content["template_card"]
    return found


def test_a_page_as_a_card() -> None:
    """Short lines of the form “名：值” are fields, the rest is text; the task_id is the message's key."""
    made = card(
        page(
            "【单 12】林小雨（群里）\n原话：**邮箱**满了\n\n像是：空间已满\n接单请发：@IT小助手 接单 12\n私聊我时不用 @"
        )
    )
    assert made["main_title"] == {"title": "单 12", "desc": "【单 12】林小雨（群里）"}
    assert [(one["keyname"], one["value"]) for one in made["horizontal_content_list"]] == [
        ("原话", "邮箱满了"),
        ("像是", "空间已满"),
        ("接单请发", "@IT小助手 接单 12"),
    ]
    assert made["sub_title_text"] == "私聊我时不用 @"
    assert made["button_list"] == [{"text": "接单", "style": 1, "key": "1:接单 12"}]
    assert (made["card_type"], made["task_id"]) == ("button_interaction", "0123456789abcdef")


@given(st.text(max_size=900), st.text(max_size=60), st.lists(st.tuples(st.text(max_size=20), st.text(max_size=500))))
def test_no_card_is_longer_than_the_platform_takes(words: str, title: str, buttons: list[tuple[str, str]]) -> None:
    """Characters of the texts, bytes and uniqueness of the keys, counts of the lists."""
    content = card_of(page(words, *(Button(*one) for one in buttons), title=title))
    if content is None:
        assert not any(label and 0 < len(says.encode()) <= 1022 for label, says in buttons)
        return
    made = content["template_card"]
    assert len(made["main_title"]["title"]) <= 36 and len(made["main_title"].get("desc", "")) <= 44
    assert len(made.get("sub_title_text", "")) <= 160
    fields = made.get("horizontal_content_list", [])
    assert len(fields) <= 6 and all(len(one["keyname"]) <= 5 and len(one["value"]) <= 30 for one in fields)
    keys = [one["key"] for one in made["button_list"]]
    assert 1 <= len(keys) <= 6 and len(set(keys)) == len(keys) and all(len(key.encode()) <= 1024 for key in keys)
    assert all(0 < len(one["text"]) <= 10 for one in made["button_list"])


def test_where_all_has_to_be_said_a_long_one_is_no_card() -> None:
    """An answer is read whole or it misleads; a page leads with what matters."""
    long = page("好的\n" + "请这样做，" * 40)
    assert card_of(long, whole=True) is None and card_of(page("好的"), whole=True) is not None
    assert card(long)["sub_title_text"].endswith("…")
    assert card_of(page("好的", Button("接单", "接" * 400))) is None
