"""What the desk remembers of one person in one room, between two messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FORGET_AFTER = timedelta(hours=20)  # silence after which a conversation starts fresh: the next morning it goes on
SENT_TWICE = timedelta(seconds=60)  # the same words again within this are the same message
TAPPED_TWICE = timedelta(seconds=3)  # in which nobody tries a step: one tap that arrived as two
MISSES_BEFORE_HANDOFF = 2
WORDS_KEPT = 6


class Phase(StrEnum):
    FRESH = "fresh"  # nothing is being worked on
    ASKED = "asked"  # the desk asked back and waits for the answer
    GUIDED = "guided"  # guidance was given, its outcome is open


@dataclass(frozen=True, slots=True)
class Conversation:
    """`words` are the person's own, masked, of the present problem.

    `given` are the keys of the steps that were given, `tried` their names for the engineer; `device` is on what it
    does not work, where that is known. `card` is the number of the message whose answer has the buttons that count.
    """

    phase: Phase = Phase.FRESH
    topics: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    misses: int = 0
    words: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    device: str = ""
    card: int | None = None
    updated_at: datetime | None = None

    def at(self, now: datetime) -> "Conversation":
        """This conversation as it counts at `now`: fresh again after a long silence."""
        if self.updated_at and now - self.updated_at > FORGET_AFTER:
            return Conversation()
        return self


def sent_twice(conversation: Conversation, text: str, now: datetime) -> bool:
    """Whether the person's last message came once more, by the platform's or his own doing."""
    at = conversation.updated_at
    if conversation.phase is Phase.FRESH:
        return False
    return bool(text) and conversation.words[-1:] == (text,) and at is not None and now - at <= SENT_TWICE


def tapped_twice(conversation: Conversation, text: str, now: datetime) -> bool:
    """Whether a button that writes words was tapped once more at once."""
    at = conversation.updated_at
    return conversation.words[-1:] == (text,) and at is not None and now - at < TAPPED_TWICE


def remember(words: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The last few things said, the newest last."""
    return (*words, text)[-WORDS_KEPT:] if text.strip() else words
