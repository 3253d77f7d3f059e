"""Interactive cards: the variables of the company's template, filled; what a tap sends back. Pure but for the calls.

The template (docs/connect-dingtalk.md) has these variables, all of them texts: `title`; `text1` to `text4`, one below
the other; `status`; `button1` to `button5`, each shown while it is not empty; `says1` to `says5`, which the buttons
send back.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.channels.dingtalk.markdown import lines
from app.channels.dingtalk.openapi import OpenApi, changing
from app.channels.payload import identity, mapping, person
from app.channels.text import cut_bytes
from app.core.message import InboundMessage, MessageKind, OutboundMessage, Person, Room, RoomKind, Way
from app.core.taps import tap_id

PROOF, STAMP = "x-ddpaas-signature", "x-ddpaas-signature-timestamp"  # headers of a tap
TEXTS, BUTTONS = 4, 5
VALUE_BYTES = 1_000  # a variable takes 1 KB
SOMEWHERE = Room("", RoomKind.SINGLE)  # of a tap: the platform need not say where the card hangs
_DONE = {f"{name}{place}": "" for place in range(1, BUTTONS + 1) for name in ("button", "says")}


class Cards:
    """Cards of one template, made and changed in the name of one app."""

    def __init__(self, openapi: OpenApi, template: str, route_key: str) -> None:
        """`route_key`: under which the address for taps was registered."""
        self._openapi = openapi
        self._kind = {"cardTemplateId": template, "callbackType": "HTTP", "callbackRouteKey": route_key}

    def show(self, message: OutboundMessage, conversation: str, now: datetime) -> None:
        """Raises SendFailed."""
        card = {**self._kind, "outTrackId": message.key, "cardData": {"cardParamMap": face(message)}}
        at = {mention.user_id: mention.user_id for mention in message.mentions if mention.user_id}
        self._openapi.deliver_card(conversation, card, message.title, at, now)

    def change(self, message: OutboundMessage, now: datetime) -> None:
        """Raises SendFailed."""
        self._openapi.change_card(message.card, _after(message), now)


def fits(message: OutboundMessage) -> bool:
    """Whether all of it has room on a card."""
    return len(message.buttons) <= BUTTONS and len(_pieces(message.markdown)) <= TEXTS


def face(message: OutboundMessage) -> dict[str, str]:
    """Every variable with its value; words for which there is no room are cut off."""
    pieces = _pieces(message.markdown)
    pieces = [*pieces[: TEXTS - 1], cut_bytes("".join(pieces[TEXTS - 1 :]), VALUE_BYTES)]
    params = {"title": message.title, "status": "", **_DONE}
    params |= {f"text{place}": "" for place in range(1, TEXTS + 1)}
    params |= {f"text{place}": piece for place, piece in enumerate(pieces, 1)}
    for place, button in enumerate(message.buttons[:BUTTONS], 1):
        params |= {f"button{place}": button.text, f"says{place}": button.says}
    return params


def answer(said: OutboundMessage) -> bytes:
    """The body that answers a tap, and changes the tapped card for everybody."""
    return json.dumps(changing(_after(said)), ensure_ascii=False).encode()


def _after(said: OutboundMessage) -> dict[str, str]:
    """No button is left; in their place stands what became of the card."""
    status = said.markdown if said.way is Way.CARD else said.buttons[0].text
    return {"status": cut_bytes(status, VALUE_BYTES), **_DONE}


def _pieces(markdown: str) -> list[str]:
    """The words in pieces of a variable's size, cut between lines where that can be."""
    pieces: list[str] = []
    for line in lines(markdown).splitlines(keepends=True):
        rest = line
        while rest:
            if pieces and len((pieces[-1] + rest).encode()) <= VALUE_BYTES:
                pieces[-1], rest = pieces[-1] + rest, ""
            else:
                part = cut_bytes(rest, VALUE_BYTES, mark="")
                pieces.append(part)
                rest = rest[len(part) :]
    return pieces


def read_tap(data: Mapping[str, Any], channel: str, now: datetime) -> InboundMessage | None:
    """A verified callback (page event-callback-card) as the words of the tapped button; None where it names nobody.

    Only what the page promises is read: the card, the person, and the button's parameter.
    """
    card, who = identity(data.get("outTrackId")), person(data.get("userId"))
    says = identity(_parameters(data).get("says"))
    if not card or not who or not says:
        return None
    return InboundMessage(
        channel, tap_id(card, who, says), SOMEWHERE, Person(who), MessageKind.TEXT, says, now, clicked=card
    )


def _parameters(data: Mapping[str, Any]) -> Mapping[str, Any]:
    content = data.get("content") or data.get("value")  # some payloads carry it under the other name
    try:
        opened = json.loads(content) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return {}
    return mapping(mapping(mapping(opened).get("cardPrivateData")).get("params"))
