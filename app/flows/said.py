"""What an engineer gets back for a command."""

from app.core.conversation import Conversation
from app.core.dialogue import Turn

Said = tuple[Turn, list[str]]


def said(line: str) -> Said:
    """One line; a command is no part of anybody's conversation."""
    return Turn(Conversation(), "command"), [line]
