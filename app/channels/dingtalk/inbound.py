"""A verified robot callback (pages receive-message, robot-message-type) to an InboundMessage. Lenient on types."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.channels.base import Rejected
from app.channels.meaning import number
from app.channels.payload import LONGEST_TEXT, identity, mapping
from app.channels.payload import person as person_of
from app.channels.payload import text as text_of
from app.channels.text import strip_mention
from app.core.message import InboundMessage, MessageKind, Person, PictureRef, ReplyAddress, Room, RoomKind

LONGEST_NAME = 64
_OVER_QUOTA = 20001
LONGEST_LIFE = timedelta(hours=2)  # of a sessionWebhook; the platform gives ninety minutes


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
    person = person_of(data.get("senderStaffId")) or person_of(data.get("senderId"))
    if not message_id or not conversation or not person:
        return None
    group = data.get("conversationType") in ("2", 2)
    kind, text, pictures = _content(data)
    quoted, quoted_pictures = _quote(data)
    title, nick = (text_of(data.get(key))[:LONGEST_NAME] for key in ("conversationTitle", "senderNick"))
    return InboundMessage(
        channel,
        message_id,
        Room(conversation, RoomKind.GROUP if group else RoomKind.SINGLE, title),
        Person(person, nick),
        kind,
        strip_mention(text, names)[:LONGEST_TEXT],
        now,
        pictures + quoted_pictures,
        quoted[:LONGEST_TEXT],
        _address(data, now),
    )


def _address(data: Mapping[str, Any], now: datetime) -> ReplyAddress | None:
    url = text_of(data.get("sessionWebhook"))
    try:
        expires_at = datetime.fromtimestamp(int(data.get("sessionWebhookExpiredTime", 0)) / 1000, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    # An end beyond the calendar's would break whoever reckons with it, or reads it back in another time zone.
    return (
        ReplyAddress(url, min(expires_at, now + LONGEST_LIFE)) if url.isascii() and url and expires_at > now else None
    )


def _content(data: Mapping[str, Any]) -> tuple[MessageKind, str, tuple[PictureRef, ...]]:
    kind = data.get("msgtype")
    content = data.get("content")
    if not _has_words(data) and _over_quota(data):
        return MessageKind.WITHHELD, "", ()
    if kind == "text":
        text = text_of(mapping(data.get("text")).get("content")) or text_of(content)
        return (MessageKind.TEXT, text, ()) if _has_words(data) else (MessageKind.UNREADABLE, "", ())
    if kind == "richText":
        text, pictures = _rich(mapping(content).get("richText"))
        return MessageKind.TEXT, text, pictures
    if kind == "picture":
        return MessageKind.PICTURE, "", _picture(mapping(content))
    if kind == "audio":
        return MessageKind.TEXT, text_of(mapping(content).get("recognition")), ()
    return MessageKind.UNREADABLE, "", ()


def _has_words(data: Mapping[str, Any]) -> bool:
    return "text" in data or "content" in data


def _over_quota(data: Mapping[str, Any]) -> bool:
    """When the company has used up its month, the body comes with this code in the place of what was written."""
    return _OVER_QUOTA in (number(data, "errorCode"), number(data, "errCode"))


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
