"""A tap on a card: whose card it is, whether the dialog still stands where it stood, what the card shows afterwards."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from app.core.conversation import Conversation
from app.core.lines import Lines
from app.core.message import Button, Person, Room

STALE = "stale"  # the action of a tap that changes nothing


class Tap(StrEnum):
    COUNTS = "counts"  # heard as if the person had written it
    FOREIGN = "foreign"  # the card is somebody else's: his dialog is not moved by it
    OVER = "over"  # the dialog went on since, or ended


@dataclass(frozen=True, slots=True)
class Card:
    """Buttons that were shown to one person; `answers` is the number of the message that they followed."""

    room: str
    person: str
    answers: int | None


def tap_id(card: str, person: str, says: str) -> str:
    """The id of a tap as a message: the same button, tapped again by the same person, is the same message."""
    return "tap-" + sha256("\n".join((card, says, person)).encode()).hexdigest()


def judge(card: Card | None, room: Room, person: Person, conversation: Conversation) -> Tap:
    """What a tap on `card` is worth to the person's present conversation in that room. None: a card long forgotten."""
    if card is None:
        return Tap.OVER
    if (card.room, card.person) != (room.id, person.id):
        return Tap.FOREIGN
    return Tap.COUNTS if card.answers is not None and card.answers == conversation.card else Tap.OVER


def face(buttons: Collection[Button], tapped: str, chosen: str, lines: Lines) -> tuple[Button, ...]:
    """What stands in the place of the buttons: what was chosen, or that the card is over.

    It says `tapped`, so that whoever taps there once more only repeats himself.
    """
    names = [button.text for button in buttons if button.says == chosen]
    label = lines.button_chosen.format(choice=names[0]) if names else lines.button_over
    return (Button(label, tapped),)


def held(before: Conversation, after: Conversation, shown: int | None) -> Conversation:
    """`after` with the card that counts from now on: the one just shown, else the one before while nothing moved."""
    if shown is not None:
        return replace(after, card=shown)
    moved = (after.phase, after.topics, after.choices, after.given) != (
        before.phase,
        before.topics,
        before.choices,
        before.given,
    )
    return replace(after, card=None) if moved else after
