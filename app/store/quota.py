"""How much of a platform's monthly allowance is used up, estimated from what was received and sent. Never too low."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from app.core.message import Way
from app.store.tables import InboundRow, OutboxRow, PictureRow

_LEFT = ("sent", "unknown")


def calls(session: Session, channels: Collection[str], since: datetime, cards: Collection[str] = ()) -> int:
    """Metered API calls: lines said later, pages, pictures that were fetched; of `cards` answers as well."""
    said = select(func.count()).where(
        col(OutboxRow.channel).in_(channels),
        or_(col(OutboxRow.way) != Way.REPLY.value, col(OutboxRow.channel).in_(cards)),
        col(OutboxRow.state).in_(_LEFT),
        OutboxRow.created_at >= since,
    )
    fetched = (
        select(func.count(col(PictureRow.id)))
        .join(InboundRow, col(InboundRow.id) == col(PictureRow.inbound_id))
        .where(col(InboundRow.channel).in_(channels), InboundRow.received_at >= since)
    )
    return session.exec(said).one() + session.exec(fetched).one()


def webhooks(session: Session, channels: Collection[str], since: datetime) -> int:
    """Messages that the platform pushed to us, and answers through the address that came with them."""
    heard = select(func.count()).where(col(InboundRow.channel).in_(channels), InboundRow.received_at >= since)
    said = select(func.count()).where(
        col(OutboxRow.channel).in_(channels),
        OutboxRow.way == Way.REPLY.value,
        col(OutboxRow.state).in_(_LEFT),
        OutboxRow.created_at >= since,
    )
    return session.exec(heard).one() + session.exec(said).one()
