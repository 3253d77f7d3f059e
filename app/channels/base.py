"""What every channel gives and may raise; the rest of the house knows no platform but by these names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from app.core.delivery import Failure
from app.core.message import InboundMessage, OutboundMessage, PictureRef, ReplyAddress

LONGEST_CODE = 80


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A webhook call before anything of it is believed. Header names are lower-case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    path_secret: str = ""

    def __repr__(self) -> str:
        return f"RawRequest({self.method}, {len(self.body)} bytes)"


class Rejected(Exception):
    """The caller has no business here. `reason` is a stable code for logs; the body is never logged."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class SendFailed(Exception):
    """A send did not succeed. `code` is the platform's, `reason` tells a person what to do.

    `locks_target`: `retry_after` holds for every line to the same target, not only for this one.
    """

    def __init__(
        self,
        failure: Failure,
        code: str,
        reason: str,
        retry_after: timedelta | None = None,
        *,
        locks_target: bool = False,
    ) -> None:
        code = code[:LONGEST_CODE]  # it may be anything that stood in an answer
        super().__init__(f"{code}: {reason}")
        self.failure = failure
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        self.locks_target = locks_target


@dataclass(frozen=True, slots=True)
class Response:
    """What the webhook answers at once."""

    body: bytes = b""
    media_type: str = "text/plain"
    status: int = 200


@dataclass(frozen=True, slots=True)
class Received:
    """A verified call: a message for the desk, or only an answer for the platform."""

    message: InboundMessage | None
    response: Response = field(default_factory=Response)


@dataclass(frozen=True, slots=True)
class Picture:
    """A fetched picture; `media_type` was told by its first bytes, not by what the sender claims."""

    media_type: str
    content: bytes


class Sender(Protocol):
    """Something that can say a line."""

    platform: str

    def send(self, message: OutboundMessage, now: datetime) -> ReplyAddress | None:
        """Deliver one message. Raises SendFailed. Of a page whose look can be changed once: by what address."""

    def idempotent(self, message: OutboundMessage) -> bool:
        """Whether the platform drops a second send of the same message."""

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        """How many lines a minute the target takes by the way that this one would go now; None: no known limit."""


class Channel(Sender, Protocol):
    """A door: verifies what comes in, and answers."""

    desk_name: str
    names_in_replies: bool  # an answer in a group mentions nobody by itself: the name has to stand in front
    single_use_addresses: bool  # a reply address takes one call
    reply_grace: timedelta  # how long a reply waits for the webhook's own response before the worker sends it

    def receive(self, request: RawRequest, now: datetime) -> Received:
        """Verify, then read. Raises Rejected."""

    def passive_reply(
        self, request: RawRequest, message_id: str, said: OutboundMessage, now: datetime
    ) -> Response | None:
        """What is said as the webhook's own response; None where the platform has none.

        To a tap it is the tapped card as it looks from now on.
        """

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        """Fetch a picture at once, within limits. Raises SendFailed."""

    def can_speak_later(self, room: str, single: bool) -> bool:
        """Whether a line can be said in that room without a fresh message from there."""
