"""A decrypted AI-bot callback (pages 100719, 101027) to an InboundMessage. Tolerant of keys, strict on identity."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.channels.base import Rejected
from app.channels.payload import LONGEST_TEXT, identity, mapping, person
from app.channels.payload import text as text_of
from app.channels.text import strip_mention
from app.core.message import InboundMessage, MessageKind, Person, PictureRef, ReplyAddress, Room, RoomKind
from app.core.taps import tap_id

ARRIVAL, TAP = "enter_chat", "template_card_event"
REPLY_LIFE = timedelta(hours=1)  # page 101138: valid for one hour, one call


def read(body: bytes, channel: str, names: Sequence[str], now: datetime) -> InboundMessage | None:
    """The message, or None for callbacks that say nothing to the desk. Raises Rejected when it is no callback."""
    try:
        data = json.loads(body.decode("utf-8"), strict=False)
    except (ValueError, RecursionError):
        raise Rejected("wecom-json", 400) from None
    if not isinstance(data, dict):
        raise Rejected("wecom-json", 400)
    sender = person(mapping(data.get("from")).get("userid"))
    message_id = identity(data.get("msgid"))
    if not sender or sender == "sys" or not message_id:
        return None
    room = _room(data, sender)
    if room is None:
        return None
    kind, text, pictures = _content(data)
    if kind is None:
        return None
    card = _tapped(data)
    if event_of(data) == TAP and not card:
        return None  # no button of ours
    quoted_text, quoted_pictures = _quote(mapping(data.get("quote")))
    url = text_of(data.get("response_url"))
    return InboundMessage(
        channel,
        tap_id(card, sender, text) if card else message_id,
        room,
        Person(sender),
        kind,
        strip_mention(text, names)[:LONGEST_TEXT],
        now,
        pictures + quoted_pictures,
        quoted_text[:LONGEST_TEXT],
        ReplyAddress(url, now + REPLY_LIFE) if url and url.isascii() else None,
        card,
    )


def event_of(data: Mapping[str, Any]) -> str:
    """Which event the callback tells of; '' where it brings a message."""
    return text_of(mapping(data.get("event")).get("eventtype")) if data.get("msgtype") == "event" else ""


def _tap(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(data.get("event")).get(TAP))


def _tapped(data: Mapping[str, Any]) -> str:
    """The card whose button was tapped. The page's tables write the names without a line, its samples with one."""
    event = _tap(data)
    return identity(event.get("task_id") or event.get("taskid")) if _says(event) else ""


def _says(event: Mapping[str, Any]) -> str:
    return identity(event.get("event_key") or event.get("eventkey"))


def _room(data: Mapping[str, Any], sender: str) -> Room | None:
    if data.get("chattype", "single") == "group":
        chat = identity(data.get("chatid"))
        return Room(chat, RoomKind.GROUP) if chat else None
    return Room(sender, RoomKind.SINGLE)


def _content(data: Mapping[str, Any]) -> tuple[MessageKind | None, str, tuple[PictureRef, ...]]:
    kind = text_of(data.get("msgtype"))
    if kind == "text":
        return MessageKind.TEXT, text_of(mapping(data.get("text")).get("content")), ()
    if kind == "voice":
        return MessageKind.TEXT, text_of(mapping(data.get("voice")).get("content")), ()
    if kind == "mixed":
        text, pictures = _mixed(mapping(data.get("mixed")))
        return MessageKind.TEXT, text, pictures
    if kind == "image":
        return MessageKind.PICTURE, "", _pictures(data.get("image"))
    if kind == "event":
        if event_of(data) == TAP:
            return MessageKind.TEXT, _says(_tap(data)), ()
        return (MessageKind.ARRIVAL if event_of(data) == ARRIVAL else None), "", ()
    if kind == "stream":
        return None, "", ()
    return MessageKind.UNREADABLE, "", ()


def _mixed(mixed: Mapping[str, Any]) -> tuple[str, tuple[PictureRef, ...]]:
    items = mixed.get("msg_item")
    words: list[str] = []
    pictures: tuple[PictureRef, ...] = ()
    for item in map(mapping, items if isinstance(items, list) else []):
        if item.get("msgtype") == "text":
            words.append(text_of(mapping(item.get("text")).get("content")))
        elif item.get("msgtype") == "image":
            pictures += _pictures(item.get("image"))
    return "\n".join(words), pictures


def _quote(quote: Mapping[str, Any]) -> tuple[str, tuple[PictureRef, ...]]:
    kind = quote.get("msgtype")
    if kind in ("text", "voice"):
        return text_of(mapping(quote.get(kind)).get("content")), ()
    if kind == "mixed":
        return _mixed(mapping(quote.get("mixed")))
    if kind == "image":
        return "", _pictures(quote.get("image"))
    return "", ()


def _pictures(image: Any) -> tuple[PictureRef, ...]:
    url = text_of(mapping(image).get("url"))
    return (PictureRef(url),) if url else ()
