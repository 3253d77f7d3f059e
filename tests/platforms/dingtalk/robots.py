"""Enterprise robots and custom robots as the administrator set them up."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .rates import SlidingWindow

if TYPE_CHECKING:
    from .places import Group
    from .world import World


@dataclass(frozen=True)
class Redelivery:
    """Send each push again with the same msgId (OURS: the page documents no retry policy)."""

    times: int = 1
    concurrent: bool = False
    unless_accepted: bool = False


@dataclass(eq=False)
class Robot:
    """An enterprise robot: its app's credentials, its callback URL, its permissions."""

    world: "World" = field(repr=False)
    name: str
    app_key: str
    app_secret: str = field(repr=False)
    robot_code: str
    chatbot_user_id: str
    callback_url: str = ""
    published: bool = True
    stopped: bool = False
    permissions: set[str] = field(
        default_factory=lambda: {"qyapi_robot_sendmsg", "Premium.Ding.Write", "Card.Instance.Write"}
    )
    redelivery: Redelivery | None = None


@dataclass(eq=False)
class CustomRobot:
    """A webhook robot of one group with its security settings and its rate."""

    world: "World" = field(repr=False)
    name: str
    token: str = field(repr=False)
    group: "Group"
    secret: str = field(default="", repr=False)
    keywords: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    enabled: bool = True
    removed: bool = False
    answers_130101: bool = False
    window: SlidingWindow = field(default_factory=lambda: SlidingWindow(60))
    locked_until: float = 0.0
    uuids: set[str] = field(default_factory=set)
    repeats: list[float] = field(default_factory=list)  # when a message came again that had been shown

    def __post_init__(self) -> None:
        if not (self.secret or self.keywords or self.ips):
            raise ValueError("a custom robot needs at least one security setting")
        if len(self.keywords) > 10:
            raise ValueError("at most 10 keywords")

    @property
    def webhook(self) -> str:
        """The URL the administrator copies, without timestamp and sign."""
        return f"{self.world.base_url}/robot/send?access_token={self.token}"
