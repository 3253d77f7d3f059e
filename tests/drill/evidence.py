"""What is written down of a drill, all of it outside the product. The judge reads nothing else."""

from dataclasses import dataclass, field

from tests.drill.duty import Policy


@dataclass(slots=True)
class Said:
    """What a person wrote to the desk. `accepted_at`: when the platform got its 200; None when it never did."""

    platform: str
    person: str  # as a page names him
    text: str
    posted_at: float
    accepted_at: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the desk on somebody's screen. `answered`: the desk got to know that it was taken."""

    at: float
    platform: str
    room: str
    persons: tuple[str, ...]  # who was notified
    text: str
    answered: bool = True
    by_pager: bool = False  # it came by the on-call group's own webhook


@dataclass(frozen=True, slots=True)
class Shut:
    """A target takes nothing: the platform answered so at `at`, and goes on doing so until `until`."""

    at: float
    until: float
    platform: str
    room: str


@dataclass(frozen=True, slots=True)
class Down:
    """The process does not run. A restart on purpose and a frozen machine have nothing in flight."""

    at: float
    until: float
    killed: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A page that the platform refused for good."""

    at: float
    platform: str
    text: str


@dataclass(frozen=True, slots=True)
class Bite:
    """A fault that really happened."""

    at: float
    kind: str
    detail: str = ""


@dataclass(slots=True)
class Evidence:
    """A whole drill. `policies`: which waits were in force from when on."""

    started: float
    ended: float = 0.0
    policies: list[tuple[float, Policy]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    shut: list[Shut] = field(default_factory=list)
    down: list[Down] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    repeats: list[tuple[float, str]] = field(default_factory=list)  # calls that showed nothing, by pager's platform
    bites: list[Bite] = field(default_factory=list)
    takeover: float = 0.0  # seconds after which a killed process is known to be dead
    crashes: list[str] = field(default_factory=list)  # errors that the product logged as its own
