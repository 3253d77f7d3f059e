"""All tables on one screen. Times are aware UTC; texts of staff are masked before they come here."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.store.database import UtcDateTime


def _moment(**options: Any) -> Any:
    return Field(sa_column=Column(UtcDateTime, **options))


class InboundRow(SQLModel, table=True):
    """A message that reached the desk: the claim that makes a second delivery change nothing."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("channel", "message_id"),
        Index("ix_inbound_pace", "channel", "person", "received_at"),
        Index("ix_inbound_fault", "channel", "fault", "received_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(max_length=64)
    message_id: str = Field(max_length=255)
    room: str = Field(max_length=255)
    person: str = Field(max_length=255)
    text: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(default="", max_length=20)
    intents: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    fault: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})  # what it reported
    received_at: datetime = _moment(nullable=False, index=True)


class ConversationRow(SQLModel, table=True):
    """The state of one person in one room, and how that room can be answered later."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "room", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(max_length=64)
    room: str = Field(max_length=255)
    room_kind: str = Field(max_length=10)
    room_title: str = Field(default="", max_length=255)
    person: str = Field(max_length=255)
    person_name: str = Field(default="", max_length=255)
    state: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    sealed_reply: str = Field(default="", sa_column=Column(Text, nullable=False))
    reply_expires_at: datetime | None = _moment(nullable=True)
    updated_at: datetime = _moment(nullable=False, index=True)


class CaseRow(SQLModel, table=True):
    """What a human has to take. `plan` is stamped when it opens (`waits` and `repeats` are of the version before).

    An incident is a case with a `fault`; the cases of single people that it has taken in name it in `part_of`.
    """

    __tablename__ = "case"
    __table_args__ = (Index("ix_case_fault", "fault", "state"),)
    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    state: str = Field(max_length=20, index=True)
    words: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    guesses: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    tried: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    waits: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    repeats: int = 0
    step: int = 0  # the step that fires next
    paged: str = Field(default="", max_length=64)  # the engineer called last
    engineer: str = Field(default="", max_length=64)  # who has it
    reason: str = Field(default="", sa_column=Column(Text, nullable=False))
    plan: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    urgent: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    offered: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})  # to whom it is handed
    helpers: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))
    active_at: datetime | None = _moment(nullable=True)  # the last sign that somebody works on it
    fault: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    news: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    part_of: int | None = Field(default=None, index=True)
    opened_at: datetime = _moment(nullable=False)
    taken_at: datetime | None = _moment(nullable=True)
    closed_at: datetime | None = _moment(nullable=True)


class CaseEventRow(SQLModel, table=True):
    """What happened to a case, line by line: every call, and why it waited. `detail` is for people, masked."""

    __tablename__ = "case_event"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    at: datetime = _moment(nullable=False)
    kind: str = Field(max_length=20)
    who: str = Field(default="", max_length=64)
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))


class AnchorRow(SQLModel, table=True):
    """How a rotation goes on since its people were edited (`core/duty/turns.py`)."""

    __tablename__ = "anchor"
    rotation: str = Field(primary_key=True, max_length=20)
    day: date = Field(primary_key=True)
    people: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class CoverRow(SQLModel, table=True):
    """Leave, or somebody who stands in. States: asked (nobody has agreed), agreed, ended (withdrawn, refused)."""

    __tablename__ = "cover"
    __table_args__ = (Index("ix_cover_time", "state", "end"),)
    id: int | None = Field(default=None, primary_key=True)
    out: str = Field(max_length=64)
    into: str = Field(default="", max_length=64)
    asked: str = Field(default="", max_length=64)  # who may agree; empty: everybody
    layer: str = Field(default="", max_length=64)
    start: datetime = _moment(nullable=False)
    end: datetime = _moment(nullable=False)
    state: str = Field(max_length=10)
    created_at: datetime = _moment(nullable=False)


class ShiftRow(SQLModel, table=True):
    """A shift that begins soon or has begun: who was asked whether he is there, and who has said so."""

    __tablename__ = "shift"
    __table_args__ = (UniqueConstraint("layer", "start"),)
    id: int | None = Field(default=None, primary_key=True)
    layer: str = Field(max_length=64)
    start: datetime = _moment(nullable=False, index=True)
    end: datetime = _moment(nullable=False)
    person: str = Field(max_length=64)
    before: str = Field(default="", max_length=64)  # whose shift it was before
    asked_at: datetime = _moment(nullable=False)
    begun_at: datetime | None = _moment(nullable=True)  # told at its start, with the open cases
    present_at: datetime | None = _moment(nullable=True)  # confirmed


class LessonRow(SQLModel, table=True):
    """A phrase that an engineer would have the desk learn. States: proposed, accepted, refused."""

    __tablename__ = "lesson"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id")
    phrase: str = Field(sa_column=Column(Text, nullable=False))
    topic: str = Field(max_length=64)
    by: str = Field(max_length=64)
    state: str = Field(default="proposed", max_length=10)
    at: datetime = _moment(nullable=False)


class ReportRow(SQLModel, table=True):
    """Somebody met the fault of an incident, in this room: who is told when it is over."""

    __tablename__ = "report"
    case_id: int = Field(primary_key=True, foreign_key="case.id")
    conversation_id: int = Field(primary_key=True, foreign_key="conversation.id")
    at: datetime = _moment(nullable=False)


class TimerRow(SQLModel, table=True):
    """Something to be done at an absolute moment; (kind, subject) is unique, so that it is set once."""

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("kind", "subject"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)
    subject: int
    due_at: datetime = _moment(nullable=False, index=True)


class OutboxRow(SQLModel, table=True):
    """Something to be said. States: due, sending, sent, failed, unknown; dropped (not needed any more), bundled.

    A line of the way `card` is said on the page (or answer) whose key stands in `room`.
    `target` is whom the platform counts against its limit: the room, else the person; empty for a page, whose pager
    has one room. A bundled page is said as part of the row in `bundled_into`, which has no case of its own.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "state", "due_at"),
        Index("ix_outbox_line", "channel", "state", "priority", "due_at", "id"),
        Index("ix_outbox_target", "channel", "target", "started_at"),
        Index("ix_outbox_order", "channel", "room", "person", "state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    channel: str = Field(max_length=64)
    way: str = Field(max_length=10)
    priority: int = 2  # 0 pages, 1 hand-off lines, 2 answers
    room: str = Field(default="", max_length=255)
    room_kind: str = Field(default="", max_length=10)
    person: str = Field(default="", max_length=255)
    person_name: str = Field(default="", max_length=255)
    markdown: str = Field(sa_column=Column(Text, nullable=False))
    title: str = Field(default="", max_length=64)
    mentions: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    buttons: list[dict[str, str]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    sealed_reply: str = Field(default="", sa_column=Column(Text, nullable=False))
    reply_expires_at: datetime | None = _moment(nullable=True)
    inbound_id: int | None = Field(default=None, foreign_key="inbound.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id", index=True)
    state: str = Field(default="due", max_length=10)
    target: str = Field(default="", max_length=255, sa_column_kwargs={"server_default": ""})
    bundled_into: int | None = Field(default=None, index=True)
    attempts: int = 0
    started_at: datetime | None = _moment(nullable=True)  # of the last attempt
    owner: str = Field(default="", max_length=32)
    error: str = Field(default="", max_length=255)
    due_at: datetime = _moment(nullable=False)
    lease_until: datetime | None = _moment(nullable=True)
    created_at: datetime = _moment(nullable=False)
    finished_at: datetime | None = _moment(nullable=True)


class PaceRow(SQLModel, table=True):
    """A target that takes nothing of this priority until a moment: its limit is used up, or it locked us out."""

    __tablename__ = "pace"
    channel: str = Field(primary_key=True, max_length=64)
    target: str = Field(primary_key=True, max_length=255)
    priority: int = Field(primary_key=True)
    until: datetime = _moment(nullable=False, index=True)


class ReplicaRow(SQLModel, table=True):
    """A running process: whose `seen_at` is old is dead, and others take over what it was sending."""

    __tablename__ = "replica"
    owner: str = Field(primary_key=True, max_length=32)
    started_at: datetime = _moment(nullable=False)
    seen_at: datetime = _moment(nullable=False, index=True)
    takeovers: int = 0


class PictureRow(SQLModel, table=True):
    """A picture that staff sent, kept for the engineer until `expires_at`."""

    __tablename__ = "picture"
    id: int | None = Field(default=None, primary_key=True)
    inbound_id: int = Field(foreign_key="inbound.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id", index=True)
    media_type: str = Field(max_length=40)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    expires_at: datetime = _moment(nullable=False, index=True)


class AuditRow(SQLModel, table=True):
    """Who changed what, when, from what to what."""

    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _moment(nullable=False, index=True)
    actor: str = Field(max_length=64)
    action: str = Field(max_length=40)
    subject: str = Field(max_length=64)
    before: str = Field(default="", sa_column=Column(Text, nullable=False))
    after: str = Field(default="", sa_column=Column(Text, nullable=False))
