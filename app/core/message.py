"""The words that everyone speaks: who wrote what where, and what is to be said to whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TITLE = "IT 支持"  # what a chat list shows of a message that has no title of its own


def _clean(value: object, *names: str) -> None:
    """Take out of the named texts what no database stores: NUL, and halves of a character."""
    for name in names:
        text: str = getattr(value, name)
        object.__setattr__(value, name, text.replace("\0", "").encode("utf-8", "replace").decode())


class RoomKind(StrEnum):
    GROUP = "group"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Room:
    """A group or a 1:1 chat. `id` is the platform's, opaque and case-sensitive."""

    id: str
    kind: RoomKind
    title: str = ""

    def __post_init__(self) -> None:
        _clean(self, "id", "title")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a platform. `name` is what may be shown; equal to `id` where the platform gives no name."""

    id: str
    name: str = ""

    def __post_init__(self) -> None:
        _clean(self, "id", "name")

    @property
    def shown(self) -> str:
        return self.name or self.id


class MessageKind(StrEnum):
    TEXT = "text"
    PICTURE = "picture"  # a picture without words
    ARRIVAL = "arrival"  # somebody opened the 1:1 chat for the first time today
    UNREADABLE = "unreadable"  # a kind that the desk cannot read: file, video, unknown
    WITHHELD = "withheld"  # the platform kept the words back: the company's quota is used up


@dataclass(frozen=True, slots=True)
class PictureRef:
    """Where a picture can be fetched: an address (WeCom, five minutes) or a download code (DingTalk)."""

    address: str


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """A bearer address given with a message, or a code for one. Never logged, stored only encrypted.

    Useless after `expires_at`.
    """

    url: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"ReplyAddress(expires_at={self.expires_at.isoformat()})"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message that reached the desk. `channel` is the configured channel's name; (channel, id) is unique."""

    channel: str
    id: str
    room: Room
    person: Person
    kind: MessageKind
    text: str
    received_at: datetime
    pictures: tuple[PictureRef, ...] = ()
    quoted: str = ""
    reply_address: ReplyAddress | None = None
    clicked: str = ""  # the platform's id of the card whose button was tapped; `text` is what the button says

    def __post_init__(self) -> None:
        _clean(self, "id", "text", "quoted", "clicked")


class Way(StrEnum):
    """How something said finds its target."""

    REPLY = "reply"  # to a message, in its room
    ROOM = "room"  # into a room, later, on our own account
    PAGE = "page"  # into the on-call group, with a real mention
    CARD = "card"  # onto a card that was shown before, for everybody who sees it


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who must really be notified. Platforms differ in which of the two they want."""

    user_id: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to tap instead of typing; the desk then hears `says`, as if the person had written it."""

    text: str
    says: str


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """Something to be said. `key` stays the same over retries: the platform's idempotency key where it has one."""

    key: str
    channel: str
    way: Way
    markdown: str
    room: Room | None = None
    person: Person | None = None
    mentions: tuple[Mention, ...] = ()
    reply_address: ReplyAddress | None = None
    title: str = TITLE
    attempt: int = 1  # counts this one
    buttons: tuple[Button, ...] = ()  # a channel that has none leaves them out: the words stand in the text
    card: str = ""  # of Way.CARD: the key of what was shown
