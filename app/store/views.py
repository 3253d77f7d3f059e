"""Read-only lists for pages."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from app.store.tables import CaseRow, ConversationRow, PictureRow

TOO_LARGE = 2**31  # for the databases' integers


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a page shows it."""

    number: int
    state: str
    channel: str
    room: str
    room_id: str
    who: str
    words: tuple[str, ...]
    guesses: tuple[str, ...]
    tried: tuple[str, ...]
    paged: str
    engineer: str
    reason: str
    opened_at: datetime
    taken_at: datetime | None
    closed_at: datetime | None
    pictures: tuple[int, ...] = ()


def list_cases(session: Session, most: int = 100) -> list[CaseView]:
    """The newest cases first."""
    query = (
        select(CaseRow, ConversationRow)
        .join(ConversationRow, col(CaseRow.conversation_id) == col(ConversationRow.id))
        .order_by(col(CaseRow.id).desc())
        .limit(most)
    )
    return [_view(session, case, target) for case, target in session.exec(query).all()]


def one_case(session: Session, number: int) -> CaseView | None:
    case = session.get(CaseRow, number) if 0 < number < TOO_LARGE else None
    target = session.get(ConversationRow, case.conversation_id) if case else None
    return _view(session, case, target) if case and target else None


def _view(session: Session, case: CaseRow, target: ConversationRow) -> CaseView:
    shots = session.exec(select(PictureRow.id).where(PictureRow.case_id == case.id)).all()
    return CaseView(
        case.id or 0,
        case.state,
        target.channel,
        target.room_title or target.room,
        target.room,
        target.person_name or target.person,
        tuple(case.words),
        tuple(case.guesses),
        tuple(case.tried),
        case.paged,
        case.engineer,
        case.reason,
        case.opened_at,
        case.taken_at,
        case.closed_at,
        tuple(i for i in shots if i),
    )


def picture(session: Session, number: int) -> tuple[str, bytes] | None:
    row = session.get(PictureRow, number) if 0 < number < TOO_LARGE else None
    return (row.media_type, row.content) if row else None
