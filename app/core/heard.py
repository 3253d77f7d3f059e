"""The names of what a message can mean to the desk."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.conversation import Conversation, Phase
from app.core.matching.ranking import Decision


class Cue(StrEnum):
    EMPTY = "empty"
    ARRIVAL = "arrival"
    PICTURE = "picture"
    UNREADABLE = "unreadable"
    QUESTION = "question"  # one that the library answers
    UNSURE = "unsure"  # like one, but not surely which
    VAGUE = "vague"
    OTHER_IT = "other_it"
    NOT_IT = "not_it"
    SMALLTALK = "smalltalk"
    HUMAN = "human"
    SOLVED = "solved"
    STILL = "still"
    TOLD = "told"  # facts about the same problem; not that it still does not work
    ACKNOWLEDGED = "acknowledged"
    NONE_OF_THESE = "none_of_these"
    PROGRESS = "progress"
    WITHDRAW = "withdraw"
    URGENT = "urgent"
    CONTACT = "contact"  # whom to ring
    DETAIL = "detail"  # how a step is done, who does it, how long it takes
    NEXT = "next"
    DEVICE = "device"  # on what it does not work: “那电脑上呢”, “我用的是手机”
    ASIDE = "aside"  # said to a colleague


@dataclass(frozen=True, slots=True)
class Heard:
    """A cue with the topics that it is about, and the decision behind it where there was one.

    `over`: topics that work again, where others do not yet.
    """

    cue: Cue
    topics: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    decision: Decision | None = None
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """What came before a message.

    `waiting`: a case of this person is open. `others`: what somebody else in the room was just answered.
    """

    conversation: Conversation
    waiting: bool = False
    others: tuple[str, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        return self.conversation.topics

    @property
    def guided(self) -> bool:
        """Guidance was given and its outcome is open, also where the desk has asked back since."""
        phase = self.conversation.phase
        return phase is Phase.GUIDED or (phase is Phase.ASKED and bool(self.topics))

    @property
    def engaged(self) -> bool:
        return self.conversation.phase is not Phase.FRESH or self.waiting
