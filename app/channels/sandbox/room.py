"""The sandbox's rooms as a channel: what is said is kept in memory and shown by the page."""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.core.delivery import Failure
from app.core.message import Button, OutboundMessage, PictureRef

SUPPORT, ON_CALL = "support", "oncall"
KEPT = 500  # lines a room


@dataclass(frozen=True, slots=True)
class Line:
    """One line in a room. `mentions` are ids that were notified; `card` names the buttons below it."""

    number: int
    room: str
    author: str
    text: str
    at: datetime
    by_desk: bool
    mentions: tuple[str, ...] = ()
    card: str = ""
    buttons: tuple[Button, ...] = ()
    tapped: bool = False  # the buttons say what became of it


class SandboxRooms:
    """Two groups, IT支持群 and 值班群, and everybody's private chat with the desk."""

    platform = "sandbox"
    reply_grace = timedelta()
    names_in_replies = False
    single_use_addresses = False
    desk_name = "IT小助手"

    def __init__(self, name: str = "sandbox") -> None:
        self.name = name
        self._lines: list[Line] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def write(
        self,
        room: str,
        author: str,
        text: str,
        at: datetime,
        *,
        by_desk: bool = False,
        mentions: Sequence[str] = (),
        card: str = "",
        buttons: tuple[Button, ...] = (),
    ) -> Line:
        """Put one line into a room."""
        with self._lock:
            line = Line(next(self._numbers), room, author, text, at, by_desk, tuple(mentions), card, buttons)
            self._lines.append(line)
            del self._lines[: -KEPT * 4]
            return line

    def lines(self, room: str) -> list[Line]:
        with self._lock:
            return [line for line in self._lines if line.room == room][-KEPT:]

    def clear(self) -> None:
        with self._lock:
            self._lines.clear()

    def receive(self, request: RawRequest, now: datetime) -> Received:
        raise Rejected("sandbox-has-no-webhook", 404)

    def passive_reply(
        self, request: RawRequest, message_id: str, said: OutboundMessage, now: datetime
    ) -> Response | None:
        """There is no webhook: a tapped card is shown anew where it stands."""
        with self._lock:
            for place, line in enumerate(self._lines):
                if line.card == said.key:
                    self._lines[place] = replace(line, buttons=said.buttons, tapped=True)
        return None

    def send(self, message: OutboundMessage, now: datetime) -> None:
        room = message.room.id if message.room else ON_CALL
        mentions = [mention.user_id for mention in message.mentions if mention.user_id]
        self.write(
            room,
            self.desk_name,
            message.markdown,
            now,
            by_desk=True,
            mentions=mentions,
            card=message.key,
            buttons=message.buttons,
        )

    def idempotent(self, message: OutboundMessage) -> bool:
        return False

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return None

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        raise SendFailed(Failure.PERMANENT, "sandbox", "沙盘里没有图片")

    def can_speak_later(self, room: str, single: bool) -> bool:
        return True
