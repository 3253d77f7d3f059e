"""What the fuzzer calls with any bytes: each may raise what it documents, and must keep what it promises."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from app.channels.base import RawRequest, Rejected
from app.channels.dingtalk import inbound as dingtalk
from app.channels.http import allowed
from app.channels.pictures import kind_of, pixels
from app.channels.text import cut_bytes, cut_json, inert
from app.channels.wecom import inbound as wecom
from app.channels.wecom.bot import WeComBot
from app.channels.wecom.crypto import Envelope
from app.core.codes import CodeTable, read_error
from app.core.commands import parse_command
from app.core.guidance import parse_guides
from app.core.message import InboundMessage
from app.core.secrets import mask
from app.documents import Invalid, parse
from app.web.pages import render
from app.web.webhooks import DEPTH, too_deep
from tests.hostile.signing import AES_KEY, BOT_ID, NOW, SEALER, from_wecom

Target = Callable[[bytes], None]
NAMES = ["IT小助手"]
ENVELOPE = Envelope(AES_KEY)
BOT = WeComBot(
    "wecom",
    desk_name=NAMES[0],
    token=SEALER.token,
    encoding_aes_key=AES_KEY,
    bot_id=BOT_ID,
    pushes={},
    media_hosts=(),
    reply_hosts=(),
    test_hosts=(),
    client=httpx.Client(),
)
TABLE = CodeTable.model_validate(
    {
        "source": "手册",
        "codes": [
            {"code": code, "means": "意思", "side": "自己", "act": "做什么"}
            for code in ("550", "550 5.7.1", "0x800ccc0e")
        ],
        "prompts": [{"text": "mailbox full", "means": "满了", "side": "对方", "act": "等着"}],
    }
)


def _text(data: bytes) -> str:
    """Halves of characters included."""
    return data.decode("utf-8", "surrogatepass") if _is_utf8(data) else data.decode("utf-8", "replace")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _can_be_kept(message: InboundMessage | None) -> None:
    if message is None:
        return
    for text in (message.id, message.room.id, message.person.id, message.text, message.quoted, message.room.title):
        assert "\0" not in text and text.encode() is not None
    assert 0 < len(message.id) <= 255 and 0 < len(message.room.id) <= 255 and 0 < len(message.person.id) <= 255
    if message.reply_address:
        assert (
            NOW - timedelta(days=2) < message.reply_address.expires_at - timedelta(minutes=5) < NOW + timedelta(days=1)
        )


def wecom_envelope(data: bytes) -> None:
    """What is in a request's body, before and after the seal."""
    with suppress(Rejected):
        ENVELOPE.open_bytes(data)
    with suppress(Rejected):
        ENVELOPE.open(data.decode("latin-1"))
    with suppress(Rejected):
        BOT.receive(RawRequest("POST", {}, {"timestamp": "1772416800"}, data), NOW)
    assert ENVELOPE.open(ENVELOPE.seal(data, bytes(16))) == data == SEALER.open(SEALER.seal(data, bytes(16)))


def wecom_inside(data: bytes) -> None:
    """A sealed and signed callback with these bytes in it."""
    with suppress(Rejected):
        _can_be_kept(BOT.receive(from_wecom(data), NOW).message)
    with suppress(Rejected):
        _can_be_kept(wecom.read(data, "wecom", NAMES, NOW))


def dingtalk_body(data: bytes) -> None:
    with suppress(Rejected):
        _can_be_kept(dingtalk.read(dingtalk.parse(data), "dingtalk", NAMES, NOW))


def yaml_file(data: bytes) -> None:
    with suppress(Invalid):
        assert all(line >= 1 for line in parse(_text(data), "a.yaml").lines.values())


def chapter(data: bytes) -> None:
    with suppress(Invalid):
        assert all(guide.steps for guide in parse_guides(_text(data), "a.md"))


def depth(data: bytes) -> None:
    """For what is JSON it must be the true depth."""
    told = too_deep(data)
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return
    assert told == (_depth(value) > DEPTH)


def _depth(value: object) -> int:
    deepest, waiting = 0, [(value, 0)]
    while waiting:
        one, above = waiting.pop()
        if isinstance(one, dict | list):
            deepest = max(deepest, above + 1)
            waiting.extend((inner, above + 1) for inner in (one.values() if isinstance(one, dict) else one))
    return deepest


def error_code(data: bytes) -> None:
    text = _text(data)
    found = read_error(TABLE, text)
    assert found is None or str(found).endswith("。")
    command = parse_command(text)
    assert command is None or command.number is None or 0 <= command.number < 10**9


def masking(data: bytes) -> None:
    text = _text(data)
    once = mask(text)[0]
    assert mask(once)[0] == once


def shown(data: bytes) -> None:
    """On a page, in a line."""
    text = _text(data)
    assert "<script" not in str(render(text)).lower()
    line = inert(text)
    assert inert(line) == line and not set(line) & set("@<>[]`*#\n\r")
    whole = text.encode("utf-8", "replace").decode()
    assert len(cut_bytes(whole, 40).encode()) <= 40
    assert len(json.dumps(cut_json(whole, 40), ensure_ascii=False).encode()) <= 40


def address(data: bytes) -> None:
    url = _text(data)
    if allowed(url, ("*.myqcloud.com", "oapi.dingtalk.com")):
        read = httpx.URL(url)
        assert read.scheme == "https" and read.host == urlsplit(url).hostname and read.port in (None, 443)
        assert read.host.endswith(".myqcloud.com") or read.host == "oapi.dingtalk.com"


def picture(data: bytes) -> None:
    kind = kind_of(data)
    if kind:
        size = pixels(data, kind)
        assert size is None or size > 0


TARGETS: Mapping[str, Target] = {
    target.__name__: target
    for target in (
        wecom_envelope,
        wecom_inside,
        dingtalk_body,
        yaml_file,
        chapter,
        depth,
        error_code,
        masking,
        shown,
        address,
        picture,
    )
}


def everything(data: bytes) -> None:
    """The first byte chooses."""
    names = list(TARGETS)
    if data:
        TARGETS[names[data[0] % len(names)]](data[1:])


def broken_on_purpose(data: bytes) -> None:
    """To see that the fuzzer finds what there is to be found, byte by byte."""
    for place, byte in enumerate(b"BOOM"):
        if data[place : place + 1] != bytes([byte]):
            return
        _reached(place)
    raise AssertionError("found")


def _reached(place: int) -> None:
    """Each step is a branch of its own, for the fuzzer to see."""
    if place == 0:
        return
    if place == 1:
        return
    if place == 2:
        return
