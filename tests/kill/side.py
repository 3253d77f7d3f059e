"""What the driver needs of a platform: people who come, write and are delivered again; and its log."""

from dataclasses import dataclass
from typing import Any, Protocol

from tests.kill.evidence import Line

ROOMS = 8  # support groups of a platform: each takes so many lines a minute only


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a platform, and the chat where he writes: a group, or the robot itself in private."""

    platform: str
    id: str
    room: str
    user: Any
    chat: Any


class Post(Protocol):
    """A message that the platform delivers, until it is accepted."""

    @property
    def id(self) -> str:
        """The platform's id, the same on every delivery."""

    @property
    def accepted(self) -> bool:
        """Whether some delivery got its 2xx in time."""

    def again(self) -> None:
        """Deliver once more: same id, freshly signed."""


class Side(Protocol):
    """One little platform with its groups and its on-call group."""

    platform: str

    def newcomer(self, room: int) -> Person:
        """Somebody who has never written; `room` counts the groups from 1, 0 is in private."""

    def engineer(self, id: str) -> Person | None:
        """The engineer with that platform id, in the on-call group; None when he is not on this platform."""

    def post(self, person: Person, text: str) -> Post:
        """Write to the desk, and deliver that once."""

    def lines(self) -> list[Line]:
        """Everything that the desk has shown so far, oldest first."""

    def sent(self) -> int:
        """How many lines have come by calls of the server's own, so far."""

    def slow(self, seconds: float) -> None:
        """Do the next few calls at once, but answer them only after `seconds`."""

    def heal(self) -> None:
        """Forget what was ordered with `slow` and has not happened."""
