"""The doors' decoders under any bytes: one documented exception, or a message whose parts fit their columns."""

import base64
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.channels.base import RawRequest, Rejected, SendFailed
from app.channels.dingtalk import errors as dingtalk_errors
from app.channels.dingtalk import inbound as dingtalk
from app.channels.dingtalk import signature
from app.channels.payload import LONGEST_ID, LONGEST_TEXT
from app.channels.wecom import crypto, errors
from app.channels.wecom import inbound as wecom
from app.channels.wecom.crypto import Envelope
from app.core.message import InboundMessage, Room, RoomKind
from app.web.webhooks import DEPTH, too_deep
from tests.hostile.doors import doors
from tests.hostile.signing import AES_KEY, NOW, encoded, from_card, from_dingtalk, from_wecom
from tests.hostile.strategies import DINGTALK_BODY, JSON, TAP_BODY, TEXT, WECOM_BODY, nested

KEY = AES_KEY
ENVELOPE = Envelope(KEY)
NAMES = ["IT小助手"]
DOORS = doors()


def fits(message: InboundMessage | None) -> None:
    """What PostgreSQL stores: no NUL, no half of a character, nothing longer than its column."""
    if message is None:
        return
    assert 0 < len(message.id) <= LONGEST_ID and 0 < len(message.room.id) <= LONGEST_ID
    assert 0 < len(message.person.id) <= LONGEST_ID
    assert len(message.room.title) <= 255 and len(message.person.name) <= 255
    assert len(message.text) <= LONGEST_TEXT and len(message.quoted) <= LONGEST_TEXT
    texts = (message.id, message.room.id, message.room.title, message.person.id, message.person.name)
    for text in (*texts, message.text, message.quoted):
        assert "\0" not in text
        text.encode()
    if message.reply_address:
        assert message.reply_address.url.isascii()
        assert message.reply_address.expires_at <= NOW + timedelta(days=1)
        assert message.reply_address.expires_at - timedelta(minutes=5) < NOW + timedelta(days=1)


@given(st.binary(max_size=200))
@example(b"\xff\xfe" + '{"msgid":1}'.encode("utf-16-le"))
@example(b"1" * 5000)
@example(b'{"msgid":' + b"[" * 100_000)
def test_any_bytes_as_a_wecom_callback(body: bytes) -> None:
    try:
        fits(wecom.read(body, "wecom", NAMES, NOW))
    except Rejected as error:
        assert error.status == 400


@given(WECOM_BODY)
@example({"msgid": "m", "from": {"userid": "@all"}, "msgtype": "text"})
def test_any_wecom_body(body: dict[str, Any]) -> None:
    message = wecom.read(encoded(body), "wecom", NAMES, NOW)
    fits(message)
    assert message is None or not message.person.id.startswith("@")


@given(st.binary(max_size=200))
@example(b'{"conversationType":' + b"[" * 100_000)
def test_any_bytes_as_a_dingtalk_callback(body: bytes) -> None:
    try:
        fits(dingtalk.read(dingtalk.parse(body), "dingtalk", NAMES, NOW))
    except Rejected as error:
        assert error.status == 400


WHOLE = {"msgId": "m", "conversationId": "c", "senderId": "s", "msgtype": "text", "sessionWebhook": "https://a"}


@given(DINGTALK_BODY)
@example(WHOLE | {"conversationType": nested(900)})
@example(WHOLE | {"sessionWebhookExpiredTime": -62135596800000})  # the first moment there is: nothing lies before it
@example(WHOLE | {"sessionWebhookExpiredTime": 253402300799000})  # the last: tomorrow is none
@example(WHOLE | {"sessionWebhookExpiredTime": float("inf")})
@example(WHOLE | {"senderNick": "\0" * 70 + "小林"})
def test_any_dingtalk_body(body: dict[str, Any]) -> None:
    message = dingtalk.read(body, "dingtalk", NAMES, NOW)
    fits(message)
    assert message is None or not message.person.id.startswith("@")


@given(st.text(st.characters(), max_size=300) | st.binary(max_size=300).map(lambda raw: base64.b64encode(raw).decode()))
@example("")
@example("A" * 43)
@example(base64.b64encode(bytes(32)).decode())
def test_any_text_as_an_envelope(sealed: str) -> None:
    with pytest.raises(Rejected):
        ENVELOPE.open(sealed)


@given(st.binary(max_size=400), st.binary(min_size=16, max_size=16), st.text(max_size=20))
def test_an_envelope_opens_to_what_was_sealed(message: bytes, random: bytes, receiver: str) -> None:
    sealed = Envelope(KEY, receiver).seal(message, random)
    assert Envelope(KEY, receiver).open(sealed) == message
    with pytest.raises(Rejected):
        Envelope(KEY, receiver + "x").open(sealed)


@given(st.binary(max_size=200), st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_envelope_is_refused_or_still_an_envelope(message: bytes, place: int, change: int) -> None:
    sealed = bytearray(base64.b64decode(ENVELOPE.seal(message, bytes(16))))
    sealed[place % len(sealed)] ^= change
    with suppress(Rejected):
        assert isinstance(ENVELOPE.open(base64.b64encode(sealed).decode()), bytes)


@given(st.binary(max_size=300))
def test_any_bytes_as_a_sealed_picture(sealed: bytes) -> None:
    with suppress(Rejected):
        assert len(ENVELOPE.open_bytes(sealed)) < len(sealed)


@given(TEXT, TEXT, TEXT)
def test_no_made_up_signature_is_right(timestamp: str, nonce: str, given: str) -> None:
    with pytest.raises(Rejected):
        crypto.verify("token", timestamp, nonce, "A" * 64, given)
    with pytest.raises(Rejected):
        signature.verify(secret="secret", timestamp=timestamp, given=given, now=NOW, window=timedelta(days=36500))


@given(st.binary(max_size=200) | JSON.map(encoded), st.dictionaries(TEXT, TEXT, max_size=4))
def test_the_outer_envelope_of_any_body(body: bytes, query: dict[str, str]) -> None:
    for door in DOORS.values():
        for method in ("GET", "POST", "PUT"):
            with pytest.raises(Rejected):
                door.receive(RawRequest(method, query, query, body), NOW)


@given(st.binary(max_size=100) | WECOM_BODY | JSON)
def test_what_is_signed_by_wecom_is_a_message_nothing_or_refused(body: Any) -> None:
    try:
        fits(DOORS["wecom"].receive(from_wecom(body), NOW).message)
    except Rejected as error:
        assert error.reason in ("wecom-json", "wecom-bot-id")


@given(st.binary(max_size=100) | TAP_BODY | JSON)
@example({"outTrackId": "k", "userId": "zhang01", "content": {"cardPrivateData": {"params": {"says": "接单 1"}}}})
def test_what_is_signed_as_a_tap_is_a_message_nothing_or_refused(body: Any) -> None:
    """Where it is heard is found by its card; until then it has no room."""
    try:
        message = DOORS["ding"].receive(from_card(body), NOW).message
    except Rejected as error:
        assert error.reason == "dingtalk-json"
    else:
        assert message is None or (message.clicked and message.text and not message.room.id)
        fits(replace(message, room=Room("x", RoomKind.SINGLE)) if message else None)


@given(st.binary(max_size=100) | DINGTALK_BODY | JSON)
def test_what_is_signed_by_dingtalk_is_a_message_nothing_or_refused(body: Any) -> None:
    try:
        fits(DOORS["ding"].receive(from_dingtalk(body), NOW).message)
    except Rejected as error:
        assert error.reason in ("dingtalk-json", "dingtalk-robot", "dingtalk-corp")


@given(st.integers(0, 2 * DEPTH), TEXT, st.sampled_from(["[", "{"]))
def test_depth_is_counted_outside_of_what_people_write(depth: int, words: str, bracket: str) -> None:
    body = f"{json.dumps(words)} {bracket * depth} {json.dumps(words)}".encode()
    assert too_deep(body) == (depth > DEPTH)


@given(st.binary(max_size=300))
def test_depth_of_any_bytes_is_told(body: bytes) -> None:
    assert too_deep(body) in (True, False)


@given(JSON)
@example({"errcode": []})
@example({"errcode": float("inf")})
@example({"errcode": "²"})
@example({"code": nested(900)})
@example({"status": "²"})
@example({"status": "9" * 5000})
def test_any_answer_of_a_platform(answer: Any) -> None:
    for check in (errors.check, dingtalk_errors.check_webhook, dingtalk_errors.check_openapi):
        try:
            check(answer)
        except SendFailed as error:
            assert len(error.code) <= 80
