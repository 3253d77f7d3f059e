"""What is written down of a run, all of it from the platforms' own logs. The judge reads nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PASSIVE, RESPONSE_URL, SESSION, OPENAPI, PUSH, CUSTOM = (
    "passive",
    "response_url",
    "session",
    "openapi",
    "push",
    "custom",
)
# Ways on which the platform itself drops a second send: one bubble a callback, one call an address, one showing a key.
REPEATABLE = frozenset({PASSIVE, RESPONSE_URL, CUSTOM})
ON_CALL = "值班群"


@dataclass(frozen=True, slots=True)
class Message:
    """What a person wrote to the desk. `accepted_at`: when the platform got its 2xx; None when it never did.

    `wants` is a pattern that the answer matches and no other line to that person does.
    """

    id: str
    platform: str
    person: str
    room: str
    text: str
    wants: str
    posted_at: float
    accepted_at: float | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Line:
    """What the desk showed. `replies_to`: the message that it answers, where the platform itself knows."""

    at: float
    platform: str
    way: str
    room: str
    persons: tuple[str, ...]
    text: str
    replies_to: str = ""


@dataclass(frozen=True, slots=True)
class Kill:
    """A process ended by SIGKILL at a moment."""

    at: float
    kind: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole run. `unknown`: lines whose outcome the product itself calls unknown, by way, as its metrics tell."""

    messages: Sequence[Message]
    lines: Sequence[Line]
    kills: Sequence[Kill]
    unknown: Mapping[str, int]
