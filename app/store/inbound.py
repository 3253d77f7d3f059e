"""Messages that reached the desk, each claimed once."""

from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.core.message import InboundMessage
from app.store.tables import InboundRow


def claim(session: Session, message: InboundMessage, text: str) -> InboundRow | None:
    """A new row for the message, or None when it was claimed before. Safe against two deliveries at once."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {
        "channel": message.channel,
        "message_id": message.id,
        "room": message.room.id,
        "person": message.person.id,
        "text": text,
        "action": "",
        "intents": [],
        "received_at": message.received_at,
    }
    statement = dialect.insert(InboundRow).values(values).on_conflict_do_nothing()
    inserted = session.execute(statement.returning(col(InboundRow.id))).scalar_one_or_none()
    return session.get(InboundRow, inserted) if inserted is not None else None


def find(session: Session, channel: str, message_id: str) -> InboundRow | None:
    query = select(InboundRow).where(InboundRow.channel == channel, InboundRow.message_id == message_id)
    return session.exec(query).first()


def get(session: Session, row_id: int | None) -> InboundRow | None:
    """The message with this number in the table."""
    return session.get(InboundRow, row_id) if row_id is not None else None


def count_since(session: Session, channel: str, person: str, since: datetime) -> int:
    """How many messages this person has sent since then, over all rooms of the channel."""
    query = select(func.count()).where(
        InboundRow.channel == channel, InboundRow.person == person, col(InboundRow.received_at) > since
    )
    return session.exec(query).one()


def forget_texts(session: Session, before: datetime) -> int:
    """Empty the words of older messages; the claim itself stays. Returns how many."""
    query = select(InboundRow).where(col(InboundRow.received_at) < before, InboundRow.text != "")
    rows = session.exec(query.limit(500)).all()
    for row in rows:
        row.text = ""
        session.add(row)
    return len(rows)


def forget(session: Session, ids: list[int]) -> None:
    session.execute(delete(InboundRow).where(col(InboundRow.id).in_(ids)))
