"""What may be tapped instead of typed. A company words the buttons; what they say is fixed."""

from dataclasses import dataclass

from app.core.conversation import Conversation
from app.core.library import Library
from app.core.message import Button
from app.core.steps import upcoming

SOLVED, NEXT, STILL, HUMAN, NONE, PROGRESS = "已解决", "下一步", "还是不行", "人工", "都不是", "进度"
ONCE = (SOLVED, NEXT, NONE, PROGRESS)  # not heard twice at once; a cry for help is heard each time


@dataclass(frozen=True, slots=True)
class Offer:
    """Buttons, and the line above them where they stand on a card of their own."""

    heading: str = ""
    buttons: tuple[Button, ...] = ()


NOTHING = Offer()


def after_steps(library: Library, conversation: Conversation) -> Offer:
    """It works, the next steps (or, after the last ones, that it does not), a person."""
    lines = library.lines
    guides = [library.guide(topic) for topic in conversation.topics]
    left = upcoming(guides, conversation.device, conversation.given)
    more = Button(lines.button_next, NEXT) if left else Button(lines.button_still, STILL)
    return Offer(lines.card_steps, (Button(lines.button_solved, SOLVED), more, Button(lines.button_human, HUMAN)))


def after_question(library: Library, choices: tuple[str, ...]) -> Offer:
    """The choices by their numbers, or none of them; a person in any case."""
    lines = library.lines
    picks = [Button(f"{i}. {library.choice(topic)}", str(i)) for i, topic in enumerate(choices, 1)]
    none = [Button(lines.button_none, NONE)] if picks else []
    return Offer(lines.card_question, (*picks, *none, Button(lines.button_human, HUMAN)))


def after_hand_off(library: Library) -> Offer:
    """How far it is, or that nobody is needed any more."""
    lines = library.lines
    return Offer(lines.card_case, (Button(lines.button_progress, PROGRESS), Button(lines.button_solved, SOLVED)))
