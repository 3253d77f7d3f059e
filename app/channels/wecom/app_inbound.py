"""A decrypted callback of a self-built app (pages 90239, 90240): XML to an InboundMessage. Nothing else is read."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from xml.parsers import expat

from app.channels.base import Rejected
from app.channels.payload import LONGEST_TEXT, identity, person
from app.channels.text import strip_mention
from app.channels.wecom.app_content import said_by
from app.core.message import InboundMessage, MessageKind, Person, Room, RoomKind

TAPPED = "template_card_event"
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")


def encrypted(body: bytes) -> str:
    """The sealed part of an envelope. No parser sees the body: nobody has vouched for it yet. Raises Rejected."""
    found = _ENCRYPT.findall(body)
    if len(found) != 1:
        raise Rejected("wecom-envelope", 400)
    return bytes(found[0]).decode("ascii")


def fields(document: bytes) -> dict[str, str]:
    """The texts right below the root, by name. Raises Rejected for what is no XML, or declares anything."""
    found: dict[str, str] = {}
    path: list[str] = []

    def refuse(*_: object) -> None:
        raise Rejected("wecom-xml", 400)

    def start(name: str, _: object) -> None:
        path.append(name)
        if len(path) == 2:
            found[name] = ""

    def end(_: str) -> None:
        path.pop()

    def words(text: str) -> None:
        if len(path) == 2:
            found[path[1]] += text

    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = refuse  # and with it, entities
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, words
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        raise Rejected("wecom-xml", 400) from None
    return found


def read(data: Mapping[str, str], channel: str, desk_name: str, now: datetime) -> InboundMessage | None:
    """The message, or None for callbacks that say nothing to the desk. Every chat with an app is 1:1."""
    sender = person(data.get("FromUserName"))
    tapped = is_tap(data)
    message_id = _tap_id(data) if tapped else identity(data.get("MsgId"))
    if not sender or not message_id or (data.get("MsgType") == "event" and not tapped):
        return None
    kind, text = MessageKind.TEXT, said_by(data["EventKey"])[0] if tapped else data.get("Content", "")
    if not tapped and data.get("MsgType") != "text":
        kind, text = MessageKind.UNREADABLE, ""
    return InboundMessage(
        channel,
        message_id,
        Room(sender, RoomKind.SINGLE),
        Person(sender),
        kind,
        strip_mention(text, [desk_name])[:LONGEST_TEXT],
        now,
        clicked=identity(data.get("TaskId")) if tapped else "",
    )


def is_tap(data: Mapping[str, str]) -> bool:
    """Whether somebody tapped a button of one of our cards."""
    tapped = data.get("MsgType") == "event" and data.get("Event") == TAPPED
    return tapped and bool(said_by(data.get("EventKey", ""))[0])


def ends_card(data: Mapping[str, str]) -> bool:
    """Whether the card has done what it is for."""
    return is_tap(data) and said_by(data["EventKey"])[1]


def _tap_id(data: Mapping[str, str]) -> str:
    """Events carry no id: the page has them told apart by person and second, to which what was tapped is added."""
    parts = (data.get(name, "") for name in ("FromUserName", "CreateTime", "TaskId", "EventKey"))
    return "tap-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()
