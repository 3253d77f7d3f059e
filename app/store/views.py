"""Read-only lists and counts for pages and metrics."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.store.tables import CaseRow, ConversationRow, InboundRow, OutboxRow, PictureRow

TOO_LARGE = 2**31  # for the databases' integers


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a page shows it."""

    number: int
    state: str
    channel: str
    room: str
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


@dataclass(frozen=True, slots=True)
class Counts:
    """What `/metrics` tells; from the tables, so that several replicas agree."""

    messages: dict[str, int]
    cases: dict[str, int]
    outbox: dict[tuple[str, str, str], int]
    errors: dict[tuple[str, str], int]
    oldest_due: datetime | None
    oldest_waiting: datetime | None


def counts(session: Session) -> Counts:
    messages = session.exec(select(InboundRow.action, func.count()).group_by(InboundRow.action)).all()
    cases = session.exec(select(CaseRow.state, func.count()).group_by(CaseRow.state)).all()
    rows = session.exec(
        select(OutboxRow.channel, OutboxRow.way, OutboxRow.state, func.count()).group_by(
            OutboxRow.channel, OutboxRow.way, OutboxRow.state
        )
    ).all()
    wrong = session.exec(
        select(OutboxRow.channel, OutboxRow.error, func.count())
        .where(OutboxRow.error != "")
        .group_by(OutboxRow.channel, OutboxRow.error)
    ).all()
    errors: dict[tuple[str, str], int] = {}
    for channel, error, number in wrong:
        key = (channel, error.split(" ", 1)[0])
        errors[key] = errors.get(key, 0) + number
    return Counts(
        dict(messages),
        dict(cases),
        {(channel, way, state): number for channel, way, state, number in rows},
        errors,
        session.exec(select(func.min(OutboxRow.due_at)).where(OutboxRow.state == "due")).one(),
        session.exec(select(func.min(CaseRow.opened_at)).where(CaseRow.state == "waiting")).one(),
    )
