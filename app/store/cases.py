"""Cases and their timers."""

from datetime import datetime

from sqlalchemy import Text, cast, delete, text
from sqlmodel import Session, col, or_, select

from app.core.cases import CaseState
from app.core.escalation import Steps, by_order
from app.store.tables import CaseRow, ConversationRow, TimerRow

ESCALATE = "escalate"  # nobody has taken it: the next step
SILENT = "silent"  # it was taken, and perhaps nothing happens
OFFERED = "offered"  # it was handed to a colleague who has not answered
KINDS = (ESCALATE, SILENT, OFFERED)
_LOCK = 5_917_206  # any number of our own, for PostgreSQL's advisory lock
MOST_WORDS = 40  # of one person's messages in a case
_OPEN = (CaseState.WAITING.value, CaseState.TAKEN.value)


def open_of(session: Session, conversation_id: int) -> CaseRow | None:
    """The open case that was opened in this room by this person."""
    query = select(CaseRow).where(
        CaseRow.conversation_id == conversation_id, col(CaseRow.state).in_(_OPEN), CaseRow.fault == ""
    )
    return session.exec(query.with_for_update()).first()


def one_at_a_time(session: Session, channel: str, person: str) -> None:
    """Until the end of the transaction nobody else opens a case for this person, in whatever room."""
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:lock, hashtext(:name))")
        session.execute(lock, {"lock": _LOCK, "name": f"{channel}\n{person}"})


def open_elsewhere(session: Session, channel: str, person: str) -> CaseRow | None:
    """The open case that this person has in another room of the channel."""
    query = (
        select(CaseRow)
        .join(ConversationRow, col(CaseRow.conversation_id) == col(ConversationRow.id))
        .where(ConversationRow.channel == channel, ConversationRow.person == person, col(CaseRow.state).in_(_OPEN))
        .where(CaseRow.fault == "")
        .order_by(col(CaseRow.id))
    )
    return session.exec(query.with_for_update(of=CaseRow)).first()


def get(session: Session, number: int) -> CaseRow | None:
    """The case with this number, held until the end of the transaction.

    Its conversation is held first, as a message does, so that the two never wait for each other.
    """
    if not 0 < number < 2**31:
        return None
    owner = select(CaseRow.conversation_id).where(CaseRow.id == number).scalar_subquery()
    conversation = select(ConversationRow).where(ConversationRow.id == owner).with_for_update()
    session.exec(conversation.execution_options(populate_existing=True)).first()
    query = select(CaseRow).where(CaseRow.id == number).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).first()


def note(session: Session, case: CaseRow, text: str) -> None:
    """Add what the person says now. The first words and the newest are kept; a flood does not make the row grow."""
    words = [*case.words, text]
    case.words = words if len(words) <= MOST_WORDS else [words[0], *words[-MOST_WORDS + 1 :]]
    session.add(case)


def complaint(session: Session, channel: str, room: str | None, reason: str) -> CaseRow | None:
    """The open case that the desk itself opened in this channel, for this room or for this very reason; held."""
    same = col(CaseRow.reason) == reason
    query = (
        select(CaseRow.id)
        .join(ConversationRow, col(CaseRow.conversation_id) == col(ConversationRow.id))
        .where(ConversationRow.channel == channel, CaseRow.reason != "", col(CaseRow.state).in_(_OPEN))
        .where(same if room is None else or_(same, col(ConversationRow.room) == room))
        .order_by(col(CaseRow.id))
    )
    return get(session, session.exec(query).first() or 0)


def similar(session: Session, case: CaseRow, most: int = 3) -> list[CaseRow]:
    """The newest cases that were closed with a reason by an engineer, and that looked like the same topic."""
    if not case.guesses:
        return []
    closed = CaseState.RESOLVED.value
    query = select(CaseRow).where(CaseRow.state == closed, CaseRow.reason != "", CaseRow.engineer != "")
    rows = session.exec(query.where(CaseRow.id != case.id).order_by(col(CaseRow.id).desc()).limit(300)).all()
    return [row for row in rows if row.guesses[:1] == case.guesses[:1]][:most]


def all_open(session: Session) -> list[CaseRow]:
    query = select(CaseRow).where(col(CaseRow.state).in_(_OPEN)).order_by(col(CaseRow.id))
    return list(session.exec(query).all())


def forget_words(session: Session, before: datetime) -> None:
    """Empty what staff wrote in cases that were closed long ago; the case itself stays."""
    old = select(CaseRow).where(col(CaseRow.closed_at) < before, cast(CaseRow.words, Text) != "[]")
    for row in session.exec(old.limit(500)).all():
        row.words = []
        session.add(row)


def stamp(row: CaseRow, plan: Steps, *, urgent: bool) -> None:
    """Write down what the case goes by from now on, from its first step."""
    row.plan, row.urgent, row.step = plan.model_dump(mode="json", by_alias=True), urgent, 0
    # For a process of the version before, and for the audit: as many steps by the roster's order.
    row.waits, row.repeats = [step.wait for step in plan.steps], -1


def plan_of(row: CaseRow) -> Steps:
    """What was stamped; a case of the version before has its waits only."""
    return Steps.model_validate(row.plan) if row.plan else by_order(row.waits, row.repeats)


def number_of(row: CaseRow) -> int:
    assert row.id is not None, "a case gets its number when it is flushed"
    return row.id


def set_timer(session: Session, case: CaseRow, due_at: datetime, kind: str = ESCALATE) -> None:
    """The one timer of a case: when it is called next, or looked at again. Moved if it is there."""
    clear_timer(session, case)
    session.add(TimerRow(kind=kind, subject=number_of(case), due_at=due_at))
    session.flush()


def clear_timer(session: Session, case: CaseRow) -> None:
    session.execute(delete(TimerRow).where(col(TimerRow.kind).in_(KINDS), col(TimerRow.subject) == case.id))


def due_timers(session: Session, now: datetime, most: int = 20) -> list[int]:
    """Numbers of the cases whose timer is due. Nothing is held: look again once the case is."""
    due = select(TimerRow.subject).where(col(TimerRow.kind).in_(KINDS), col(TimerRow.due_at) <= now)
    return list(session.exec(due.order_by(col(TimerRow.due_at)).limit(most)).all())


def timer_of(session: Session, number: int) -> TimerRow | None:
    query = select(TimerRow).where(col(TimerRow.kind).in_(KINDS), TimerRow.subject == number)
    return session.exec(query).first()
