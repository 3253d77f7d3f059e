"""Groups: members, robots, and what is seen there."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .people import User
from .record import Channel, Shown, View, peak_per_minute

if TYPE_CHECKING:
    from .robots import CustomRobot, Robot
    from .world import World


@dataclass(eq=False)
class Group:
    """A group chat; only an internal one may hold enterprise robots."""

    world: "World" = field(repr=False)
    title: str
    conversation_id: str
    members: "list[User]" = field(default_factory=list)
    robots: "list[Robot]" = field(default_factory=list)
    custom_robots: "list[CustomRobot]" = field(default_factory=list)
    internal: bool = True
    dissolved: bool = False
    at_all_allowed: bool = True

    def add(self, *entities: "User | Robot") -> None:
        for one in entities:
            if isinstance(one, User):
                self.members.append(one)
            elif self.internal:
                self.robots.append(one)
            else:
                raise ValueError("enterprise robots live in internal groups only")

    def _seen(self, channel: Channel | None = None) -> View:
        def here(shown: Shown) -> bool:
            return shown.from_robot and shown.group is self and channel in (None, shown.channel)

        return self.world.recorder.view(f"group {self.title}", here)

    def seen(self, channel: Channel | None = None) -> list[Shown]:
        """What robots showed in this group, oldest first."""
        return self._seen(channel).all()

    def everything(self) -> list[Shown]:
        """What robots and people showed in this group."""
        return [shown for shown in self.world.recorder.all() if shown.group is self]

    def expect(self, text: str, *, within: float = 3.0, after: Shown | None = None) -> Shown:
        return self._seen().expect(text, within=within, after=after)

    def expect_silence(self, *, during: float = 0.3, after: Shown | None = None) -> None:
        self._seen().expect_silence(during=during, after=after)

    def peak_per_minute(self, channel: Channel | None = None) -> int:
        return peak_per_minute(self.seen(channel))

    def transcript(self) -> str:
        return self._seen().transcript()
