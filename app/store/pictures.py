"""Pictures that staff sent, kept for the engineer for a while."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app.store.tables import CaseRow, ConversationRow, InboundRow, PictureRow

RECENT = timedelta(minutes=30)  # a picture that came so long before the case belongs to it


def keep(
    session: Session,
    inbound_id: int,
    case: CaseRow | None,
    media_type: str,
    content: bytes,
    expires_at: datetime,
) -> None:
    session.add(
        PictureRow(
            inbound_id=inbound_id,
            case_id=case.id if case else None,
            media_type=media_type,
            content=content,
            expires_at=expires_at,
        )
    )


def attach(session: Session, target: ConversationRow, case: CaseRow, now: datetime) -> None:
    """Give the person's recent pictures to the case."""
    query = (
        select(PictureRow)
        .join(InboundRow, col(PictureRow.inbound_id) == col(InboundRow.id))
        .where(
            col(PictureRow.case_id).is_(None),
            InboundRow.channel == target.channel,
            InboundRow.room == target.room,
            InboundRow.person == target.person,
            col(InboundRow.received_at) > now - RECENT,
        )
    )
    for row in session.exec(query).all():
        row.case_id = case.id
        session.add(row)
    session.flush()


def count(session: Session, case: CaseRow) -> int:
    query = select(func.count()).select_from(PictureRow).where(col(PictureRow.case_id) == case.id)
    return int(session.exec(query).one())


def forget_expired(session: Session, now: datetime) -> None:
    session.execute(delete(PictureRow).where(col(PictureRow.expires_at) < now))
