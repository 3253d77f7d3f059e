"""Staff and outsiders, and what they can do in a chat."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from .buttons import buttons, words_of
from .card_taps import tap
from .drafts import Draft, Kind, Quirks, Quoted
from .media import PICTURE, Media
from .record import Channel, Shown, View

if TYPE_CHECKING:
    from .delivery import Delivery
    from .places import Group
    from .robots import Robot
    from .world import World

At: TypeAlias = "User | Robot | Sequence[User | Robot]"
PLAIN = Quirks()


@dataclass(eq=False)
class User:
    """One person; without staff_id an outsider, whom the OpenAPI cannot address."""

    world: "World" = field(repr=False)
    nick: str
    staff_id: str | None
    mobile: str
    union_id: str
    sender_id: str
    admin: bool = False
    platform: str = "Mac"
    flow_controlled: bool = False
    ding_failure: str = ""

    @property
    def name(self) -> str:
        return self.nick

    def _post(self, where: "Group | Robot", draft: Draft, quirks: Quirks) -> "Delivery":
        return self.world.courier.post(self, where, draft, quirks)

    def says(
        self,
        where: "Group | Robot",
        text: str,
        *,
        at: At = (),
        mention: Literal["start", "end"] = "start",
        quote: Shown | Quoted | None = None,
        quirks: Quirks = PLAIN,
    ) -> "Delivery":
        """A text message, in a group or one-to-one with a robot."""
        draft = Draft(Kind.TEXT, text=text, mentions=_many(at), mention=mention, quote=quote)
        return self._post(where, draft, quirks)

    def sends_rich(
        self,
        where: "Group | Robot",
        *parts: str | Media,
        at: At = (),
        glued: bool = False,
        quirks: Quirks = PLAIN,
    ) -> "Delivery":
        """Text and pictures mixed; `glued` leaves no space after the mention."""
        draft = Draft(Kind.RICH, parts=parts, mentions=_many(at), glued=glued)
        return self._post(where, draft, quirks)

    def sends_picture(self, where: "Group | Robot", picture: Media = PICTURE, *, quirks: Quirks = PLAIN) -> "Delivery":
        """A bare picture; in a group it carries no mention and reaches no robot."""
        return self._post(where, Draft(Kind.PICTURE, parts=(picture,)), quirks)

    def sends_audio(
        self,
        where: "Group | Robot",
        audio: Media,
        *,
        recognition: str = "",
        duration_ms: int = 4000,
        quirks: Quirks = PLAIN,
    ) -> "Delivery":
        draft = Draft(Kind.AUDIO, text=recognition, parts=(audio,), duration_ms=duration_ms)
        return self._post(where, draft, quirks)

    def sends_video(
        self, where: "Group | Robot", video: Media, *, duration_ms: int = 4000, quirks: Quirks = PLAIN
    ) -> "Delivery":
        return self._post(where, Draft(Kind.VIDEO, parts=(video,), duration_ms=duration_ms), quirks)

    def sends_file(self, where: "Group | Robot", file: Media, *, quirks: Quirks = PLAIN) -> "Delivery":
        return self._post(where, Draft(Kind.FILE, parts=(file,)), quirks)

    def sends_unknown(
        self,
        where: "Group | Robot",
        label: str = "暂不支持该消息类型",
        *,
        at: At = (),
        quirks: Quirks = PLAIN,
    ) -> "Delivery":
        return self._post(where, Draft(Kind.UNKNOWN, text=label, mentions=_many(at)), quirks)

    def taps(self, card: Shown, title: str) -> "Delivery":
        """Tap a button. An interactive card asks the server; else the client writes the words, as this person.

        OURS (unknown 17): in a group words that call the robot by its name mention it, while `dtmd_mentions` holds.
        """
        if self not in card.audience or not card.from_robot:
            raise ValueError(f"{self.nick} sees no such card")
        if card.channel is Channel.CARD:
            return tap(self.world, self, self.world.cards[card.msg_id], title)
        robot = next(one for one in self.world.robots.values() if one.chatbot_user_id == card.sender_id)
        words = words_of(buttons(card)[title])
        if card.group is None:
            return self.says(robot, words)
        call = f"@{robot.name} "
        if words.startswith(call) and self.world.dtmd_mentions:
            return self.says(card.group, words.removeprefix(call), at=robot)
        return self.says(card.group, words)

    def _gets(self, shown: Shown) -> bool:
        return shown.from_robot and shown.group is None and self in shown.audience

    def _inbox(self) -> View:
        return self.world.recorder.view(f"{self.nick}'s inbox", self._gets)

    def _rings(self) -> View:
        return self.world.recorder.view(f"{self.nick} (notified)", lambda s: self in s.notified)

    def inbox(self) -> list[Shown]:
        """One-to-one messages from robots, and DINGs."""
        return self._inbox().all()

    def notifications(self) -> list[Shown]:
        """Whatever rang: mentions in groups that count, one-to-one messages, DINGs."""
        return self._rings().all()

    def expect(self, text: str, *, within: float = 3.0, after: Shown | None = None) -> Shown:
        return self._inbox().expect(text, within=within, after=after)

    def expect_notified(self, text: str, *, within: float = 3.0, after: Shown | None = None) -> Shown:
        return self._rings().expect(text, within=within, after=after)

    def expect_silence(self, *, during: float = 0.3, after: Shown | None = None) -> None:
        """The phone does not move; a one-to-one message would ring, too."""
        self._rings().expect_silence(during=during, after=after)


def _many(at: At) -> "tuple[User | Robot, ...]":
    return tuple(at) if isinstance(at, Sequence) else (at,)
