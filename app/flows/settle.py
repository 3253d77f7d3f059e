"""Closes a case, whoever says that it is over, and stops its pages."""

from datetime import datetime

from sqlmodel import Session

from app.core.cases import CaseEvent, CaseState, advance
from app.core.conversation import Conversation
from app.flows import tell
from app.flows.desk import Desk
from app.store import audit, cases, claims, conversations, timeline
from app.store.tables import CaseRow, ConversationRow


def close(
    session: Session,
    desk: Desk,
    case: CaseRow,
    target: ConversationRow,
    event: CaseEvent,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Move the case to its end. Raises IllegalEvent when it has ended before; nothing has changed then."""
    before = case.state
    case.state = advance(CaseState(case.state), event).value
    case.reason, case.closed_at = reason, now
    session.add(case)
    cases.clear_timer(session, case)
    number = cases.number_of(case)
    claims.drop_pages(session, number, now)
    tell.on_cards(session, desk, case, desk.library.lines.card_closed, now)
    conversations.save(session, target, Conversation(), now)
    timeline.note(session, case, now, event.value, by, reason)
    audit.write(session, at=now, actor=by, action=event.value, subject=f"case:{number}", before=before, after=reason)
    engineer = desk.roster.engineer(case.engineer or case.paged)
    if event is CaseEvent.SOLVED and engineer:
        text = desk.library.lines.page_closed.format(number=number, engineer="", reason=reason, words="")
        tell.page(session, desk, engineer, text, now, case_id=number)


def settle(session: Session, desk: Desk, case: CaseRow, *, withdrawn: bool, by: str, now: datetime) -> str:
    """The staff member needs nobody any more; the line for them. The engineer is told."""
    lines = desk.library.lines
    target = session.get(ConversationRow, case.conversation_id)
    assert target is not None, "a case refers to its conversation"
    engineer = desk.roster.engineer(case.engineer or case.paged)
    reason = lines.reason_withdrawn if withdrawn else lines.reason_solved
    close(session, desk, case, target, CaseEvent.SOLVED, reason=reason, by=by, now=now)
    if not desk.pagers:
        return lines.solved  # nobody could be told, so nobody is said to have been
    template = lines.case_cancelled if withdrawn else lines.case_settled
    name = engineer.name if engineer else lines.duty_engineer
    return template.format(number=case.id, engineer=name, phone=desk.phone, reason=reason)
