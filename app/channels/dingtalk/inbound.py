"""A verified robot callback (pages receive-message, robot-message-type) to an InboundMessage. Lenient on types."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.channels.base import Rejected
from app.channels.payload import identity, mapping
from app.channels.payload import text as text_of
from app.channels.text import strip_mention
from app.core.message import InboundMessage, MessageKind, Person, PictureRef, ReplyAddress, Room, RoomKind

LONGEST_NAME = 64


def parse(body: bytes) -> Mapping[str, Any]:
    """The body as a mapping. Raises Rejected when it is none."""
    try:
        data = json.loads(body.decode("utf-8"), strict=False)
    except (ValueError, RecursionError):
        raise Rejected("dingtalk-json", 400) from None
    if not isinstance(data, dict):
        raise Rejected("dingtalk-json", 400)
    return data


def read(data: Mapping[str, Any], channel: str, names: Sequence[str], now: datetime) -> InboundMessage | None:
    """The message, or None when it names no message or nobody."""
    message_id, conversation = identity(data.get("msgId")), identity(data.get("conversationId"))
    # Outsiders and unpublished robots have no staff id; the encrypted sender id still tells people apart.
    person = identity(data.get("senderStaffId")) or identity(data.get("senderId"))
    if not message_id or not conversation or not person:
        return None
    group = str(data.get("conversationType", "1")) == "2"
    kind, text, pictures = _content(data)
    quoted, quoted_pictures = _quote(data)
    title, nick = (text_of(data.get(key))[:LONGEST_NAME] for key in ("conversationTitle", "senderNick"))
    return InboundMessage(
        channel,
        message_id,
        Room(conversation, RoomKind.GROUP if group else RoomKind.SINGLE, title),
        Person(person, nick),
        kind,
        strip_mention(text, names),
        now,
        pictures + quoted_pictures,
        quoted,
        _address(data),
    )


def _address(data: Mapping[str, Any]) -> ReplyAddress | None:
    url = text_of(data.get("sessionWebhook"))
    try:
        expires_at = datetime.fromtimestamp(int(data.get("sessionWebhookExpiredTime", 0)) / 1000, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return ReplyAddress(url, expires_at) if url and url.isascii() else None


def _content(data: Mapping[str, Any]) -> tuple[MessageKind, str, tuple[PictureRef, ...]]:
    kind = data.get("msgtype")
    content = data.get("content")
    if kind == "text":
        text = text_of(mapping(data.get("text")).get("content")) or text_of(content)
        return (MessageKind.TEXT, text, ()) if _has_text(data) else (MessageKind.UNREADABLE, "", ())
    if kind == "richText":
        text, pictures = _rich(mapping(content).get("richText"))
        return MessageKind.TEXT, text, pictures
    if kind == "picture":
        return MessageKind.PICTURE, "", _picture(mapping(content))
    if kind == "audio":
        return MessageKind.TEXT, text_of(mapping(content).get("recognition")), ()
    return MessageKind.UNREADABLE, "", ()


def _has_text(data: Mapping[str, Any]) -> bool:
    """Over the monthly quota bodies come with an error code and no words (20001)."""
    return "text" in data or "content" in data


def _rich(parts: Any) -> tuple[str, tuple[PictureRef, ...]]:
    words: list[str] = []
    pictures: tuple[PictureRef, ...] = ()
    for part in map(mapping, parts if isinstance(parts, list) else []):
        if part.get("type") == "picture":
            pictures += _picture(part)
        elif part.get("type") != "at":
            words.append(text_of(part.get("text")))
    return "".join(words), pictures


def _quote(data: Mapping[str, Any]) -> tuple[str, tuple[PictureRef, ...]]:
    replied = mapping(mapping(data.get("text")).get("repliedMsg"))
    content = mapping(replied.get("content"))
    kind = replied.get("msgType")
    if kind == "text":
        return text_of(content.get("text")), ()
    if kind == "richText":
        return _rich(content.get("richText"))
    if kind == "picture":
        return "", _picture(content)
    return "", ()


def _picture(part: Mapping[str, Any]) -> tuple[PictureRef, ...]:
    code = text_of(part.get("downloadCode")) or text_of(part.get("pictureDownloadCode"))
    return (PictureRef(code),) if code else ()
