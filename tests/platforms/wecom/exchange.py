"""One user message or event on its way through a bot, and the streams that answer it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.platforms.wecom.courier import Attempt, Outcome
from tests.platforms.wecom.reply import Callback
from tests.platforms.wecom.shown import Shown

if TYPE_CHECKING:
    from tests.platforms.wecom.bots import Bot
    from tests.platforms.wecom.groups import Group
    from tests.platforms.wecom.people import User


@dataclass(eq=False)
class Stream:
    """A bubble that is refreshed until it is finished or six minutes have passed."""

    id: str
    bubble: Shown
    feedback_id: str | None
    next_poll: float
    open: bool = True
    polling: threading.Lock = field(default_factory=threading.Lock)


@dataclass(eq=False)
class Exchange:
    bot: Bot
    user: User
    group: Group | None
    callback: Callback
    msgid: str
    payload: dict[str, Any]
    trigger: Shown | None = None
    response_url: str | None = None
    started: float = 0.0
    posting: int = 0
    streams: dict[str, Stream] = field(default_factory=dict)
    bubbles: list[Shown] = field(default_factory=list)
    card: dict[str, Any] | None = None
    attempts: list[Attempt] = field(default_factory=list)
    refreshes: list[Attempt] = field(default_factory=list)
    outcome: Outcome = Outcome.NOT_DELIVERED
    why: str = ""

    @property
    def in_progress(self) -> bool:
        return self.posting > 0 or any(stream.open for stream in self.streams.values())

    @property
    def chat(self) -> str:
        return self.group.chatid if self.group else f"1:1:{self.bot.botid}:{self.user.userid}"

    @property
    def audience(self) -> frozenset[str]:
        return frozenset(self.group.members) if self.group else frozenset({self.user.userid})
