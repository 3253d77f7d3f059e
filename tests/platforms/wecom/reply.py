"""Reads the plaintext of a passive reply by the rules of the callback it answers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.platforms.wecom.attachments import image_type
from tests.platforms.wecom.cards import CardError, check_card
from tests.platforms.wecom.limits import (
    BOT_CONTENT_BYTES,
    FEEDBACK_ID_BYTES,
    STREAM_PICTURE_BYTES,
    STREAM_PICTURES,
)

Json = dict[str, Any]


class Callback(StrEnum):
    MESSAGE = "message"
    REFRESH = "refresh"
    ENTER_CHAT = "enter_chat"
    CARD = "template_card_event"
    FEEDBACK = "feedback_event"


ALLOWED: dict[Callback, frozenset[str]] = {
    Callback.MESSAGE: frozenset({"stream", "template_card", "stream_with_template_card"}),
    Callback.REFRESH: frozenset({"stream", "stream_with_template_card"}),
    Callback.ENTER_CHAT: frozenset({"text", "template_card"}),
    Callback.CARD: frozenset({"update_template_card"}),
    Callback.FEEDBACK: frozenset(),
}


class ReplyError(ValueError):
    """A passive reply that breaks a rule; nobody sees it."""


@dataclass(frozen=True)
class StreamPart:
    id: str
    finish: bool
    content: str | None
    images: tuple[bytes, ...] = ()
    feedback_id: str | None = None


@dataclass(frozen=True)
class Reply:
    """An accepted passive reply."""

    kind: str
    plain: Json
    text: str | None = None
    stream: StreamPart | None = None
    card: Json | None = None
    userids: tuple[str, ...] | None = None


def read_reply(plain: bytes, callback: Callback) -> Reply | None:
    """The reply, or None for an encrypted `{}` (assumption EMPTY_REPLY)."""
    try:
        body = json.loads(plain.decode("utf-8"))
    except ValueError as error:
        raise ReplyError(f"the decrypted reply is not UTF-8 JSON: {error}") from error
    if body == {}:
        return None
    if not isinstance(body, dict):
        raise ReplyError("the decrypted reply is not a JSON object")
    kind = body.get("response_type") or body.get("msgtype")
    if not isinstance(kind, str) or kind not in ALLOWED[callback]:
        allowed = ", ".join(sorted(ALLOWED[callback])) or "an empty answer"
        raise ReplyError(f"{kind!r} cannot answer a {callback} callback (allowed: {allowed})")
    try:
        return _read(kind, body)
    except CardError as error:
        raise ReplyError(f"template_card: {error}") from error


def _read(kind: str, body: Json) -> Reply:
    if kind == "text":
        return Reply(kind, body, text=_welcome(body))
    stream = card = None
    if kind.startswith("stream"):
        stream = _stream(body.get("stream"))
    later = kind == "stream_with_template_card" and "template_card" not in body  # the card may come later
    if kind.endswith("template_card") and not later:
        card = check_card(body.get("template_card"))
        _feedback(card)
    return Reply(kind, body, stream=stream, card=card, userids=_userids(body))


def _welcome(body: Json) -> str:
    part = body.get("text")
    text = _content(part if isinstance(part, dict) else {})
    if text is None or not visible(text):
        raise ReplyError("text.content has no visible character")
    return text


def _stream(part: Any) -> StreamPart:
    if not isinstance(part, dict):
        raise ReplyError("stream is not an object")
    stream_id, finish = part.get("id"), part.get("finish", False)
    if not isinstance(stream_id, str) or not stream_id:
        raise ReplyError("stream.id is missing")
    if not isinstance(finish, bool):
        raise ReplyError("stream.finish is not a boolean")
    images = _images(part.get("msg_item", []), finish)
    return StreamPart(stream_id, finish, _content(part), images, _feedback(part))


def _content(part: Json) -> str | None:
    content = part.get("content")
    if content is None:
        return None
    if not isinstance(content, str):
        raise ReplyError("content is not a string")
    try:
        size = len(content.encode())
    except UnicodeEncodeError as error:
        raise ReplyError("content holds half a surrogate pair") from error
    if size > BOT_CONTENT_BYTES:
        raise ReplyError(f"content has {size} bytes, at most {BOT_CONTENT_BYTES} are allowed")
    return content


def _images(items: Any, finish: bool) -> tuple[bytes, ...]:
    if not isinstance(items, list):
        raise ReplyError("msg_item is not a list")
    if items and not finish:
        raise ReplyError("msg_item is only allowed with finish=true")
    if len(items) > STREAM_PICTURES:
        raise ReplyError(f"msg_item has {len(items)} pictures, at most {STREAM_PICTURES} are allowed")
    return tuple(_image(item) for item in items)


def _image(item: Any) -> bytes:
    if not isinstance(item, dict) or item.get("msgtype") != "image":
        raise ReplyError("msg_item holds images only")
    return checked_image(item.get("image"), STREAM_PICTURE_BYTES)


def checked_image(image: Any, most: int) -> bytes:
    """The bytes of `{"base64", "md5"}` when type, size and md5 (lower hex of the raw bytes) are right."""
    if not isinstance(image, dict):
        raise ReplyError("image is not an object")
    try:
        data = base64.b64decode(str(image.get("base64", "")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ReplyError("image.base64 is not Base64") from error
    if len(data) > most or image_type(data) is None:
        raise ReplyError(f"an image is JPG or PNG of at most {most} bytes")
    if image.get("md5") != hashlib.md5(data).hexdigest():
        raise ReplyError("image.md5 is not the md5 of the raw bytes")
    return data


def _feedback(holder: Json) -> str | None:
    feedback = holder.get("feedback")
    if feedback is None:
        return None
    value = feedback.get("id") if isinstance(feedback, dict) else None
    if not isinstance(value, str) or not value or len(value.encode()) > FEEDBACK_ID_BYTES:
        raise ReplyError(f"feedback.id is a string of 1 to {FEEDBACK_ID_BYTES} bytes")
    return value


def feedback_of(holder: Json) -> str | None:
    """feedback.id of a card or markdown part, checked."""
    return _feedback(holder)


def _userids(body: Json) -> tuple[str, ...] | None:
    users = body.get("userids")
    if users is None:
        return None
    if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
        raise ReplyError("userids is not a list of strings")
    return tuple(users)


def visible(text: str) -> bool:
    """At least one character that is neither space, control nor zero-width."""
    return any(unicodedata.category(one)[0] not in "ZC" for one in text)
