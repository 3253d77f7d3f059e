"""Groups: who is in them, and what appears there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.platforms.wecom.recorder import Recorder
from tests.platforms.wecom.shown import Shown
from tests.platforms.wecom.story import Conversation

if TYPE_CHECKING:
    from tests.platforms.wecom.bots import Bot
    from tests.platforms.wecom.people import User


class Group(Conversation):
    """A group chat with people and AI bots."""

    def __init__(self, recorder: Recorder, name: str, chatid: str) -> None:
        self._recorder = recorder
        self.name = name
        self.chatid = chatid
        self.members: dict[str, User] = {}
        self.bots: list[Bot] = []

    def add(self, *members: User | Bot) -> Group:
        from tests.platforms.wecom.bots import Bot

        for member in members:
            if isinstance(member, Bot):
                self.bots.append(member)
            else:
                self.members[member.userid] = member
        return self

    def remove(self, member: User | Bot) -> None:
        from tests.platforms.wecom.bots import Bot

        if isinstance(member, Bot):
            self.bots.remove(member)
        else:
            del self.members[member.userid]

    def seen(self, by: User | None = None) -> list[Shown]:
        """Every bubble of the chat, or those this person was a member for."""
        return [one for one in self._messages() if by is None or by.userid in one.audience]

    def _messages(self) -> list[Shown]:
        return self._recorder.in_chat(self.chatid)
