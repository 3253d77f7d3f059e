"""Markdown bodies for DingTalk's webhooks. To notify, the id stands in `at` and, literally, in the text."""

from typing import Any

from app.channels.text import cut_json
from app.core.message import OutboundMessage, RoomKind

TEXT_BYTES = 18_000  # the whole body takes 20 000 bytes (460101)


def body_of(message: OutboundMessage) -> dict[str, Any]:
    """The JSON body. Only ids that we hand in are mentioned, never anything that staff wrote."""
    users = [m.user_id for m in message.mentions if m.user_id]
    mobiles = [m.mobile for m in message.mentions if m.mobile and not m.user_id]
    in_group = message.room is None or message.room.kind is RoomKind.GROUP
    text = cut_json(_lines(message.markdown), TEXT_BYTES)
    if in_group and (users or mobiles):
        text = " ".join(f"@{id}" for id in [*users, *mobiles]) + "\n\n" + text
    return {
        "msgtype": "markdown",
        "markdown": {"title": message.title, "text": text},
        "at": {"atUserIds": users, "atMobiles": mobiles, "isAtAll": False} if in_group else {},
    }


def _lines(markdown: str) -> str:
    """A single line feed is often swallowed by the client; two blanks before it keep it."""
    return markdown.replace("\n", "  \n")
