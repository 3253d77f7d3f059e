"""Template cards (page 101032): the buttons below an answer, and the card as it looks after a tap. Pure."""

from typing import Any

from app.channels.text import plain
from app.core.message import OutboundMessage, RoomKind

TITLE_CHARACTERS = 26  # what clients show of each; nothing longer is refused, it is cut
BUTTON_CHARACTERS = 10
WORDS_CHARACTERS = 112
_PLAIN_STYLE, _MAIN_STYLE = 2, 1


def below(said: OutboundMessage) -> dict[str, Any]:
    """Buttons alone, under the bubble that holds the words. Every button comes back as what it says."""
    buttons = [
        {
            "text": _cut(button.text, BUTTON_CHARACTERS),
            "style": _PLAIN_STYLE if place else _MAIN_STYLE,
            "key": button.says,
        }
        for place, button in enumerate(said.buttons)
    ]
    title = {"title": _cut(said.title, TITLE_CHARACTERS)}
    return {"card_type": "button_interaction", "main_title": title, "button_list": buttons, "task_id": said.key}


def whole(said: OutboundMessage) -> dict[str, Any] | None:
    """Words and buttons on one card, where the words are short enough and a card may come by itself: in private."""
    words = plain(said.markdown)
    alone = said.room is not None and said.room.kind is RoomKind.SINGLE
    if not said.buttons or not alone or len(words) > WORDS_CHARACTERS:
        return None
    return {**below(said), "sub_title_text": words}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
