"""Conversations: one person in one room."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Text, cast, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.core.conversation import Conversation
from app.core.message import InboundMessage, Person, ReplyAddress, Room, RoomKind
from app.store.tables import ConversationRow
from app.store.vault import Vault

_STATE = TypeAdapter(Conversation)
LOOKED_BACK = 5  # people; who only said thanks is passed over
A_WHILE = timedelta(minutes=30)


def lock(session: Session, message: InboundMessage) -> ConversationRow:
    """The row of this person in this room, made if needed, and held until the end of the transaction."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values: dict[str, Any] = {
        "channel": message.channel,
        "room": message.room.id,
        "room_kind": message.room.kind.value,
        "room_title": message.room.title[:255],
        "person": message.person.id,
        "person_name": message.person.name[:255],
        "state": {},
        "sealed_reply": "",
        "updated_at": message.received_at,
    }
    session.execute(dialect.insert(ConversationRow).values(values).on_conflict_do_nothing())
    query = select(ConversationRow).where(
        ConversationRow.channel == message.channel,
        ConversationRow.room == message.room.id,
        ConversationRow.person == message.person.id,
    )
    row = session.exec(query.with_for_update()).one()
    row.room_title = message.room.title[:255] or row.room_title
    row.person_name = message.person.name[:255] or row.person_name
    return row


def held(session: Session, channel: str, room: str, person: str) -> ConversationRow | None:
    """The row of this person in this room, if there is one, held until the end of the transaction."""
    query = select(ConversationRow).where(
        ConversationRow.channel == channel, ConversationRow.room == room, ConversationRow.person == person
    )
    return session.exec(query.with_for_update()).first()


def said_before(session: Session, message: InboundMessage) -> str:
    """What this person said last in this room, a little while ago; empty when it was nothing."""
    query = select(ConversationRow).where(
        ConversationRow.channel == message.channel,
        ConversationRow.room == message.room.id,
        ConversationRow.person == message.person.id,
        col(ConversationRow.updated_at) > message.received_at - A_WHILE,
    )
    row = session.exec(query).first()
    words = state_of(row).words if row else ()
    return words[-1] if words else ""


def state_of(row: ConversationRow) -> Conversation:
    """The stored state; a state that an older version wrote and this one cannot read starts fresh."""
    try:
        return _STATE.validate_python(row.state, strict=False) if row.state else Conversation()
    except ValueError:
        return Conversation()


def save(session: Session, row: ConversationRow, state: Conversation, now: datetime) -> None:
    row.state = _STATE.dump_python(state, mode="json")
    row.updated_at = now
    session.add(row)


def others_topics(session: Session, row: ConversationRow, now: datetime) -> tuple[str, ...]:
    """What somebody else in this room was answered last, a little while ago: for “我也是”."""
    query = (
        select(ConversationRow)
        .where(
            ConversationRow.channel == row.channel,
            ConversationRow.room == row.room,
            ConversationRow.person != row.person,
            col(ConversationRow.updated_at) > now - A_WHILE,
        )
        .order_by(col(ConversationRow.updated_at).desc())
    )
    topics = (state_of(other).topics for other in session.exec(query.limit(LOOKED_BACK)))
    return next(filter(None, topics), ())


def in_room(session: Session, message: InboundMessage, since: datetime) -> list[ConversationRow]:
    """The other people's conversations in the room of this message that went on since then."""
    query = (
        select(ConversationRow)
        .where(
            ConversationRow.channel == message.channel,
            ConversationRow.room == message.room.id,
            ConversationRow.person != message.person.id,
            col(ConversationRow.updated_at) > since,
        )
        .order_by(col(ConversationRow.id))
    )
    return list(session.exec(query).all())


def hold_all(session: Session, rows: Sequence[ConversationRow]) -> list[ConversationRow]:
    """The same rows, read again and held until the end of the transaction; before any case is, as everywhere."""
    query = select(ConversationRow).where(col(ConversationRow.id).in_([row.id for row in rows]))
    query = query.order_by(col(ConversationRow.id)).with_for_update().execution_options(populate_existing=True)
    return list(session.exec(query).all()) if rows else []


def keep_address(row: ConversationRow, address: ReplyAddress | None, vault: Vault) -> None:
    """Remember how this room can be answered later."""
    if address:
        row.sealed_reply = vault.seal(address.url)
        row.reply_expires_at = address.expires_at


def forget_address(session: Session, channel: str, room: str, person: str) -> None:
    """The address of this person's room has been used up."""
    statement = (
        update(ConversationRow)
        .where(col(ConversationRow.channel) == channel, col(ConversationRow.room) == room)
        .where(col(ConversationRow.person) == person)
        .values(sealed_reply="", reply_expires_at=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(statement)


def room_of(row: ConversationRow) -> Room:
    return Room(row.room, RoomKind(row.room_kind), row.room_title)


def person_of(row: ConversationRow) -> Person:
    return Person(row.person, row.person_name)


def forget_states(session: Session, before: datetime) -> None:
    """Empty what was said in conversations that ended long ago."""
    old = select(ConversationRow).where(
        col(ConversationRow.updated_at) < before, cast(ConversationRow.state, Text) != "{}"
    )
    for row in session.exec(old.with_for_update(skip_locked=True).limit(500)).all():
        row.state = {}
        session.add(row)


def erase_expired_addresses(session: Session, now: datetime) -> None:
    """One statement, so that an address which comes in at the same moment is not erased with the old one."""
    session.execute(
        update(ConversationRow)
        .where(col(ConversationRow.reply_expires_at) < now)
        .values(sealed_reply="", reply_expires_at=None)
        .execution_options(synchronize_session=False)
    )
