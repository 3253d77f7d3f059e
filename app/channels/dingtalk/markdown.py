"""Markdown bodies for DingTalk's webhooks. To notify, the id stands in `at` and, literally, in the text."""

import re
from typing import Any

from app.channels.dingtalk import buttons
from app.channels.text import cut_json
from app.core.message import OutboundMessage, RoomKind

TEXT_BYTES = 18_000  # the whole body takes 20 000 bytes (460101), its buttons among them
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\s]{0,2000}\)")
_ADDRESS = re.compile(r"[a-z]{2,20}://[!-'*-;=?-~]+", re.I)  # to the next blank, bracket or Chinese character


def body_of(message: OutboundMessage, mention: str = "") -> dict[str, Any]:
    """The JSON body. Only ids that we hand in are mentioned, never anything that staff wrote.

    `mention`: how the desk is called in this room by what a button sends.
    """
    users = [m.user_id for m in message.mentions if m.user_id]
    mobiles = [m.mobile for m in message.mentions if m.mobile and not m.user_id]
    in_group = message.room is None or message.room.kind is RoomKind.GROUP
    text = cut_json(lines(message.markdown), TEXT_BYTES)
    if in_group and (users or mobiles):
        text = " ".join(f"@{id}" for id in [*users, *mobiles]) + "\n\n" + text
    at = {"atUserIds": users, "atMobiles": mobiles, "isAtAll": False} if in_group else {}
    part: dict[str, Any] = {"title": message.title, "text": text}
    if not message.buttons:
        return {"msgtype": "markdown", "markdown": part, "at": at}
    part |= {"btnOrientation": "0", "btns": buttons.for_webhook(message.buttons, mention)}
    return {"msgtype": "actionCard", "actionCard": part, "at": at}


def lines(markdown: str) -> str:
    """A single line feed is often swallowed by the client; two blanks before it keep it."""
    return markdown.replace("\n", "  \n")


def without_links(markdown: str) -> str:
    """The same words without addresses, for a platform that takes one of them for unsafe."""
    return _ADDRESS.sub("（链接略）", _LINK.sub(r"\1", markdown))
