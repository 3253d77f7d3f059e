"""What the desk remembers of one person in one room, between two messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FORGET_AFTER = timedelta(hours=12)  # silence after which a conversation starts fresh
MISSES_BEFORE_HANDOFF = 2
WORDS_KEPT = 6


class Phase(StrEnum):
    FRESH = "fresh"  # nothing is being worked on
    ASKED = "asked"  # the desk asked back and waits for the answer
    GUIDED = "guided"  # guidance was given, its outcome is open


@dataclass(frozen=True, slots=True)
class Conversation:
    """`words` are the person's own, masked, of the present problem; `tried` names the guidance already given."""

    phase: Phase = Phase.FRESH
    topics: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    misses: int = 0
    words: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    updated_at: datetime | None = None

    def at(self, now: datetime) -> "Conversation":
        """This conversation as it counts at `now`: fresh again after a long silence."""
        if self.updated_at and now - self.updated_at > FORGET_AFTER:
            return Conversation()
        return self


def remember(words: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The last few things said, the newest last."""
    return (*words, text)[-WORDS_KEPT:] if text.strip() else words
