"""The recorder: everything anybody was shown, and views on it that can wait and assert."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .media import Media
    from .people import User
    from .places import Group


class Channel(StrEnum):
    """The way by which a message reached somebody's screen."""

    PERSON = "person"
    CALLBACK = "callback-reply"
    SESSION = "sessionWebhook"
    CUSTOM = "custom-robot"
    GROUP_API = "groupMessages/send"
    OTO_API = "oToMessages/batchSend"
    CARD = "interactive-card"
    DING_APP = "ding-app"
    DING_SMS = "ding-sms"
    DING_PHONE = "ding-phone"


@dataclass(frozen=True, eq=False)
class Shown:
    """One message on screens: by whom, where, to whom, who was notified, how big."""

    time: float
    channel: Channel
    who: str
    group: "Group | None"
    audience: "tuple[User, ...]"
    notified: "tuple[User, ...]"
    msgtype: str
    title: str
    text: str
    size: int
    at: tuple[str, ...]
    msg_id: str
    sender_id: str
    body: Mapping[str, Any] = field(default_factory=dict)
    parts: "tuple[str | Media, ...]" = ()
    process_query_key: str = ""
    from_robot: bool = True

    def line(self) -> str:
        where = self.group.title if self.group else "1:1 " + "+".join(u.nick for u in self.audience)
        rang = f" (notified: {', '.join(u.nick for u in self.notified)})" if self.notified else ""
        head = f"{self.title}: " if self.title else ""
        return f"[{self.time:.3f}] {where} | {self.who} via {self.channel}{rang}: {head}{self.text}"


class Recorder:
    """An append-only list under the platform's lock, with wake-ups for those who wait."""

    def __init__(self, lock: threading.RLock) -> None:
        self.changed = threading.Condition(lock)
        self._shown: list[Shown] = []

    def add(self, shown: Shown) -> None:
        with self.changed:
            self._shown.append(shown)
            self.changed.notify_all()

    def touch(self) -> None:
        """Something on screens has changed: those who wait look again."""
        with self.changed:
            self.changed.notify_all()

    def all(self) -> list[Shown]:
        with self.changed:
            return list(self._shown)

    def view(self, name: str, wanted: Callable[[Shown], bool]) -> "View":
        return View(self, name, wanted)


class View:
    """A filtered look at the recorder."""

    def __init__(self, recorder: Recorder, name: str, wanted: Callable[[Shown], bool]) -> None:
        self._recorder = recorder
        self._name = name
        self._wanted = wanted

    def all(self) -> list[Shown]:
        return [shown for shown in self._recorder.all() if self._wanted(shown)]

    def after(self, mark: Shown | None) -> list[Shown]:
        """The wanted messages recorded after `mark`."""
        shown = self._recorder.all()
        start = shown.index(mark) + 1 if mark is not None else 0
        return [one for one in shown[start:] if self._wanted(one)]

    def expect(self, text: str, *, within: float = 3.0, after: Shown | None = None) -> Shown:
        """The first message containing `text`, waiting up to `within` seconds of wall time."""
        deadline = time.monotonic() + within
        with self._recorder.changed:
            while True:
                for shown in self.after(after):
                    if text in shown.text or text in shown.title:
                        return shown
                left = deadline - time.monotonic()
                if left <= 0 or not self._recorder.changed.wait(left):
                    break
        raise AssertionError(f"{self._name} was never shown {text!r}; transcript:\n{self.transcript()}")

    def expect_silence(self, *, during: float = 0.3, after: Shown | None = None) -> None:
        """Fail when anything wanted is, or gets, recorded during so many seconds of wall time."""
        deadline = time.monotonic() + during
        with self._recorder.changed:
            while not (seen := self.after(after)):
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                self._recorder.changed.wait(left)
        raise AssertionError(f"{self._name} should see nothing, but: {seen[0].line()}\n{self.transcript()}")

    def transcript(self) -> str:
        """Everything recorded anywhere, one line each; lines of this view carry a star."""
        lines = [("* " if self._wanted(s) else "  ") + s.line() for s in self._recorder.all()]
        return "\n".join(lines) or "  (nothing at all)"


def peak_per_minute(shown: list[Shown]) -> int:
    """The largest number of messages within any 60 seconds."""
    times = sorted(s.time for s in shown)
    return max((sum(1 for t in times if start <= t < start + 60) for start in times), default=0)
