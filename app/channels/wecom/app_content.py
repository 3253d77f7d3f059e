"""What an app says as `message/send` wants it (page 90236): text, or with buttons a card. Pure."""

import re
from typing import Any

from app.channels.text import cut_bytes, plain
from app.core.message import Button, OutboundMessage

TEXT_BYTES = 2_048  # what is longer is cut off by the platform
# Characters, as the page recommends: clients cut what is longer.
TITLE, TITLE_LINE, TEXT, BUTTON = 36, 44, 160, 10
SAYS_BYTES = 1_024 - 2  # of a key; its place stands in front
DEED = 1  # the place of what the card is for: once it is tapped, the card is done with
BUTTONS, FIELDS = 6, 6
_FIELD = re.compile(r"([^：\s]{1,5})：(\S.{0,29})")


def text_of(markdown: str) -> dict[str, Any]:
    """The kind of message that every client shows."""
    return {"msgtype": "text", "text": {"content": cut_bytes(plain(markdown), TEXT_BYTES)}}


def card_of(message: OutboundMessage, *, whole: bool = False) -> dict[str, Any] | None:
    """The kind `button_interaction`. None without a usable button, and where its few words would not be the `whole`.

    A button's key is its place and what it says: that is what comes back with a tap (`said_by`).
    """
    buttons = _usable(message.buttons)
    if not buttons:
        return None
    first, *rest = [line.strip() for line in plain(message.markdown).splitlines() if line.strip()] or [""]
    title: dict[str, str] = {"title": _cut(message.title, TITLE)}
    if len(first) <= TITLE_LINE:
        title["desc"] = first
    else:
        rest = [first, *rest]
    fields, others = _fields(rest)
    card: dict[str, Any] = {"card_type": "button_interaction", "main_title": title}
    words = "\n".join(others)
    if whole and len(words) > TEXT:
        return None
    if words:
        card["sub_title_text"] = _cut(words, TEXT)
    if fields:
        card["horizontal_content_list"] = fields
    card["button_list"] = [
        {"text": _cut(button.text, BUTTON), "style": 1 if place == DEED else 2, "key": f"{place}:{button.says}"}
        for place, button in enumerate(buttons, DEED)
    ]
    return {"msgtype": "template_card", "template_card": card | {"task_id": message.key}}


def said_by(key: str) -> tuple[str, bool]:
    """What the tapped button says, and whether the card is done with by that."""
    place, _, says = key.partition(":")
    return says, place == str(DEED)


def _usable(buttons: tuple[Button, ...]) -> list[Button]:
    """Keys are unique, and short enough to come back whole."""
    by_key = {button.says: button for button in buttons if button.text and 0 < len(button.says.encode()) <= SAYS_BYTES}
    return list(by_key.values())[:BUTTONS]


def _fields(lines: list[str]) -> tuple[list[dict[str, str]], list[str]]:
    """Short lines of the form “名：值” have a place of their own on the card; the others are its text."""
    fields: list[dict[str, str]] = []
    others: list[str] = []
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found and len(fields) < FIELDS:
            fields.append({"keyname": found[1], "value": found[2]})
        else:
            others.append(line)
    return fields, others


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
