"""Buttons without a template: the client that shows them sends the words as the person who taps. Pure."""

import json
from collections.abc import Sequence
from urllib.parse import quote_plus

from app.core.message import Button

MOST = 5  # sampleActionCard2 to sampleActionCard5
_SEND = "dtmd://dingtalkclient/sendMessage?content="


def address(button: Button, mention: str) -> str:
    """What a tap opens. `mention` stands in front in a group, where the platform hands on nothing else."""
    return _SEND + quote_plus(f"{mention} {button.says}".strip())


def for_webhook(buttons: Sequence[Button], mention: str) -> list[dict[str, str]]:
    """As a webhook's actionCard wants them."""
    return [{"title": button.text, "actionURL": address(button, mention)} for button in buttons]


def for_openapi(buttons: Sequence[Button], mention: str) -> tuple[str, dict[str, str]]:
    """The name of the template for so many, and its parts."""
    if len(buttons) == 1:
        return "sampleActionCard", {"singleTitle": buttons[0].text, "singleURL": address(buttons[0], mention)}
    parts: dict[str, str] = {}
    for place, button in enumerate(buttons, 1):
        parts |= {f"actionTitle{place}": button.text, f"actionURL{place}": address(button, mention)}
    return f"sampleActionCard{len(buttons)}", parts


def size(parts: dict[str, str]) -> int:
    """Bytes that they take beside the text."""
    return len(json.dumps(parts, ensure_ascii=False).encode())
