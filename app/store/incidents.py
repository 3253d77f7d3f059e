"""Incidents: one case for many people, and who has reported the fault where."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.core.cases import CaseState
from app.core.incidents import HISTORY, LASTS, WINDOW, Report
from app.core.message import InboundMessage
from app.store import cases
from app.store.tables import CaseRow, ConversationRow, InboundRow, ReportRow

_LOCK = 5_917_205  # any number of our own, for PostgreSQL's advisory lock
_OPEN = (CaseState.WAITING.value, CaseState.TAKEN.value)


def one_at_a_time(session: Session, channel: str) -> None:
    """Until the end of the transaction nobody else declares an incident in this channel."""
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:lock, hashtext(:name))")
        session.execute(lock, {"lock": _LOCK, "name": channel})


def open_about(session: Session, channel: str, fault: str, now: datetime) -> CaseRow | None:
    """The open incident of this fault that is not older than `LASTS`; held."""
    query = (
        select(CaseRow.id)
        .join(ConversationRow, col(CaseRow.conversation_id) == col(ConversationRow.id))
        .where(ConversationRow.channel == channel, CaseRow.fault == fault, col(CaseRow.state).in_(_OPEN))
        .where(col(CaseRow.opened_at) > now - LASTS)
        .order_by(col(CaseRow.id).desc())
    )
    return cases.get(session, session.exec(query).first() or 0)


def recent_reports(session: Session, channel: str, fault: str, now: datetime) -> list[Report]:
    """Who reported this fault in the window, in any room of the channel, since the last incident of it was over."""
    ended = (
        select(func.max(CaseRow.closed_at))
        .join(ConversationRow, col(CaseRow.conversation_id) == col(ConversationRow.id))
        .where(ConversationRow.channel == channel, CaseRow.fault == fault)
    )
    since = max(now - WINDOW, session.exec(ended).one() or now - WINDOW)
    query = select(InboundRow.person, InboundRow.received_at).where(
        InboundRow.channel == channel, InboundRow.fault == fault, col(InboundRow.received_at) >= since
    )
    return [Report(person, at) for person, at in session.exec(query).all()]


def last_reported(session: Session, message: InboundMessage) -> str:
    """The fault that somebody else has reported last in this room, within the window; '' where nobody did."""
    query = (
        select(InboundRow.fault)
        .where(InboundRow.channel == message.channel, InboundRow.room == message.room.id, InboundRow.fault != "")
        .where(InboundRow.person != message.person.id, col(InboundRow.received_at) >= message.received_at - WINDOW)
        .order_by(col(InboundRow.id).desc())
    )
    return session.exec(query.limit(1)).first() or ""


def reports_in_history(session: Session, channel: str, fault: str, now: datetime) -> int:
    """How often it was reported before the window: the group's normal rate."""
    query = select(func.count()).where(
        InboundRow.channel == channel,
        InboundRow.fault == fault,
        col(InboundRow.received_at) >= now - HISTORY,
        col(InboundRow.received_at) < now - WINDOW,
    )
    return session.exec(query).one()


def reporters(session: Session, channel: str, fault: str, since: datetime) -> list[ConversationRow]:
    """The conversations in which it was reported since then, the earliest first."""
    query = (
        select(ConversationRow)
        .join(
            InboundRow,
            (col(InboundRow.channel) == col(ConversationRow.channel))
            & (col(InboundRow.room) == col(ConversationRow.room))
            & (col(InboundRow.person) == col(ConversationRow.person)),
        )
        .where(InboundRow.channel == channel, InboundRow.fault == fault, col(InboundRow.received_at) >= since)
        .order_by(col(InboundRow.id))
    )
    return list({row.id: row for row in session.exec(query).all()}.values())


def add(session: Session, case: CaseRow, conversation_id: int, now: datetime) -> None:
    """This person, in this room, has met it; once."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"case_id": case.id, "conversation_id": conversation_id, "at": now}
    session.execute(dialect.insert(ReportRow).values(values).on_conflict_do_nothing())


def remove(session: Session, case: CaseRow, conversation_id: int) -> None:
    row = session.get(ReportRow, (case.id, conversation_id))
    if row:
        session.delete(row)
        session.flush()


def told(session: Session, case: CaseRow) -> list[ConversationRow]:
    """Everybody who has reported it, in the order in which they did."""
    query = (
        select(ConversationRow)
        .join(ReportRow, col(ReportRow.conversation_id) == col(ConversationRow.id))
        .where(ReportRow.case_id == case.id)
        .order_by(col(ReportRow.at), col(ReportRow.conversation_id))
    )
    return list(session.exec(query).all())


def people(session: Session, case: CaseRow) -> int:
    return len({row.person for row in told(session, case)})


def of_person(session: Session, channel: str, person: str) -> CaseRow | None:
    """The open incident that this person has reported."""
    query = (
        select(CaseRow)
        .join(ReportRow, col(ReportRow.case_id) == col(CaseRow.id))
        .join(ConversationRow, col(ReportRow.conversation_id) == col(ConversationRow.id))
        .where(ConversationRow.channel == channel, ConversationRow.person == person, col(CaseRow.state).in_(_OPEN))
        .order_by(col(CaseRow.id).desc())
    )
    return session.exec(query).first()


def waiting_of(session: Session, conversations: Sequence[ConversationRow]) -> list[CaseRow]:
    """Open cases of these people that nobody has taken and that are in no incident."""
    ids = [row.id for row in conversations]
    query = select(CaseRow).where(
        col(CaseRow.conversation_id).in_(ids), CaseRow.state == CaseState.WAITING.value, CaseRow.fault == ""
    )
    return [case for case in session.exec(query.order_by(col(CaseRow.id))).all() if case.part_of is None]


def parts(session: Session, case: CaseRow) -> list[CaseRow]:
    """The cases of single people that this incident has taken in."""
    return list(session.exec(select(CaseRow).where(CaseRow.part_of == case.id, col(CaseRow.state).in_(_OPEN))).all())
