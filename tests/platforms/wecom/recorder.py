"""The platform's memory: everything shown, every notification, call and violation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.platforms.wecom.clock import Clock
from tests.platforms.wecom.shown import Channel, Notification, Shown


@dataclass(frozen=True)
class ApiCall:
    """One HTTP call made to the platform; `fault` names an injected fault."""

    endpoint: str
    at: float
    size: int
    status: int | None
    errcode: int | None
    errmsg: str = ""
    fault: str | None = None


@dataclass(frozen=True)
class Violation:
    """A passive reply the platform refused to show."""

    msgid: str
    why: str
    at: float


class Recorder:
    """Shared by the server thread and the test; guarded by `lock`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.shown: list[Shown] = []
        self.notifications: list[Notification] = []
        self.calls: list[ApiCall] = []
        self.violations: list[Violation] = []

    def show(self, message: Shown) -> Shown:
        with self.lock:
            self.shown.append(message)
        return message

    def notify(self, users: Iterable[str], message: Shown, why: str) -> None:
        with self.lock:
            now = self.clock.now()
            self.notifications += [Notification(user, message, why, now) for user in users]

    def violate(self, msgid: str, why: str) -> None:
        with self.lock:
            self.violations.append(Violation(msgid, why, self.clock.now()))

    def in_chat(self, *chats: str) -> list[Shown]:
        with self.lock:
            return [one for one in self.shown if one.chat in chats]

    def where(self, wanted: Callable[[Shown], bool]) -> list[Shown]:
        with self.lock:
            return [one for one in self.shown if wanted(one)]

    def notified(self, userid: str) -> list[Notification]:
        with self.lock:
            return [one for one in self.notifications if one.user == userid]

    def calls_to(self, endpoint: str) -> list[ApiCall]:
        with self.lock:
            return [one for one in self.calls if one.endpoint == endpoint]


def by_machine(message: Shown) -> bool:
    """Whether a bot, a push or an app said it."""
    return message.channel is not Channel.USER


def size_of(text: str) -> int:
    return len(text.encode())
