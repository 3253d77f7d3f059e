"""What a person composes, and the known irregularities of how the platform passes it on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .media import Media
    from .people import User
    from .record import Shown
    from .robots import Robot


class Kind(StrEnum):
    """The inbound `msgtype` values."""

    TEXT = "text"
    RICH = "richText"
    PICTURE = "picture"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"
    UNKNOWN = "unknownMsgType"


@dataclass(frozen=True)
class Quoted:
    """A quoted message of a kind that nobody can post here, such as chatRecord or interactiveCard.

    OURS: the page names these kinds but not their content; the default is no content at all.
    """

    kind: str
    content: Mapping[str, Any] | None = None
    parts: "tuple[str | Media, ...]" = ()


@dataclass(frozen=True)
class Draft:
    """A message before the platform turns it into a body for each robot."""

    kind: Kind
    text: str = ""
    parts: "tuple[str | Media, ...]" = ()
    mentions: "tuple[User | Robot, ...]" = ()
    mention: Literal["start", "end"] = "start"
    glued: bool = False
    duration_ms: int = 4000
    quote: "Shown | Quoted | None" = None

    def visible(self) -> str:
        """What the people in the chat read."""
        named = " ".join(f"@{one.name}" for one in self.mentions)
        written = self.text or "".join(p if isinstance(p, str) else f"[{p.name}]" for p in self.parts)
        ordered = (written, named) if self.mention == "end" else (named, written)
        return " ".join(part for part in ordered if part)


@dataclass(frozen=True)
class Quirks:
    """Irregularities reported from the field; each is off unless a story asks for it."""

    leading_space: bool | None = None  # None: a space only after a stripped mention at the start
    top_level_content: bool = False  # text as a top-level string `content`
    keep_other_mentions: bool = True  # unknown 7: reported both ways
    at_part: bool = False  # richText mention as {"type":"at",...}
    at_users_without_staff_id: bool = False
    picture_second_code: bool = True  # `pictureDownloadCode` beside `downloadCode`
    empty_staff_id: bool = False  # senderStaffId "" instead of absent for outsiders
    numbers_as_strings: bool = False
    open_thread_id: bool = False
    quota_exceeded: bool = False
    quota_fields: Literal["error", "err"] = "error"  # unknown 6
    without: tuple[str, ...] = ()  # top-level fields to leave out
    extra: Mapping[str, Any] = field(default_factory=dict)
