"""What came of one push to a robot's callback URL."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .courier import Courier
    from .record import Shown
    from .robots import Robot
    from .world import Session

REPLY_TYPES = ("empty", "text", "markdown", "actionCard", "feedCard")


@dataclass
class Delivery:
    """Request and response of a push; `status` is None when nothing was pushed or answered."""

    courier: "Courier" = field(repr=False)
    robot: "Robot | None" = None
    raw: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: int | None = None
    elapsed: float = 0.0
    response: bytes = b""
    error: str = ""
    session: "Session | None" = field(default=None, repr=False)
    message: "Shown | None" = field(default=None, repr=False)
    siblings: "list[Delivery]" = field(default_factory=list, repr=False)
    repeats: "list[Delivery]" = field(default_factory=list, repr=False)
    seconds: float | None = None  # for an answer; None: as long as a robot has

    @property
    def pushed(self) -> bool:
        """Whether the message went to a robot at all."""
        return bool(self.headers)

    @property
    def accepted(self) -> bool:
        """HTTP 200 within the window (OURS: the needed status is not documented, 200 assumed)."""
        return self.status == 200 and not self.late

    @property
    def late(self) -> bool:
        return self.elapsed > (self.courier.world.limits.push_seconds if self.seconds is None else self.seconds)

    @property
    def body(self) -> dict[str, Any]:
        """The pushed body."""
        parsed: dict[str, Any] = json.loads(self.raw)
        return parsed

    @property
    def msg_id(self) -> str:
        return str(self.body["msgId"])

    @property
    def reply(self) -> dict[str, Any] | None:
        """The response body when it is a JSON object."""
        try:
            parsed = json.loads(self.response)
        except ValueError:
            return None
        return parsed if isinstance(parsed, dict) else None

    @property
    def reply_type(self) -> str:
        """`empty`, `text`, ... or `invalid` when the platform could not read it."""
        msgtype = (self.reply or {}).get("msgtype")
        return msgtype if msgtype in REPLY_TYPES else "invalid"

    def again(self, times: int = 1, *, concurrently: bool = False) -> "list[Delivery]":
        """Deliver the same body again, freshly signed; concurrently means all at the same moment."""
        return self.courier.repeat(self, times, concurrently)
