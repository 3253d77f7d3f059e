"""A case in an engineer's hands: an acknowledgement expires when nothing happens, an offer when nobody accepts it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.core.cases import CaseEvent, CaseState, advance
from app.core.escalation import opens_at
from app.flows import tell
from app.flows.call import call_next
from app.flows.desk import Desk
from app.flows.page_text import waited
from app.store import audit, cases, timeline
from app.store.tables import CaseRow, ConversationRow

OFFER_WAIT = timedelta(minutes=10)
_REMINDED = "reminded"


def hold(session: Session, desk: Desk, case: CaseRow, now: datetime) -> None:
    """Somebody works on it: silence is counted from now on."""
    plan, roster = cases.plan_of(case), desk.roster
    case.active_at = now
    session.add(case)
    if plan.ack is None:
        cases.clear_timer(session, case)
    else:
        cases.set_timer(session, case, opens_at(plan.hours, roster.holidays, roster.zone, now + plan.ack), cases.SILENT)


def offer(session: Session, case: CaseRow, to: str, now: datetime) -> None:
    """Hand it to a colleague; whoever has it keeps it until the colleague accepts."""
    case.offered = to
    session.add(case)
    cases.set_timer(session, case, now + OFFER_WAIT, cases.OFFERED)


def nothing_happened(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> None:
    """First a reminder; when that is not heard either, the case is called out again from the first step."""
    ack, holder = cases.plan_of(case).ack, desk.roster.engineer(case.engineer)
    since = case.active_at or case.taken_at or case.opened_at
    if ack is None:  # it has no such limit any more
        cases.clear_timer(session, case)
        return
    if holder and not timeline.happened(session, case, _REMINDED, since):
        fields = {
            "waited": waited(now - since),
            "minutes": int(ack.total_seconds() // 120),
            "desk": desk.name_for(holder.id),
        }
        text = desk.library.lines.page_silent.format(number=case.id, **fields)
        timeline.note(session, case, now, _REMINDED, holder.id)
        cases.set_timer(session, case, now + ack / 2, cases.SILENT)
        tell.page(session, desk, holder, text, now, case_id=case.id)
        return
    _expire(session, desk, case, target, now)


def not_accepted(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> None:
    """The colleague did not answer: the case stays where it is, and its engineer knows."""
    holder, colleague = desk.roster.engineer(case.engineer), desk.roster.engineer(case.offered)
    case.offered = ""
    timeline.note(session, case, now, "not_accepted", colleague.id if colleague else "")
    hold(session, desk, case, now)
    if holder and colleague:
        text = desk.library.lines.page_not_accepted.format(number=case.id, engineer=colleague.name, reason="", words="")
        tell.page(session, desk, holder, text, now, case_id=case.id)


def _expire(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> None:
    holder = desk.roster.engineer(case.engineer)
    case.state = advance(CaseState(case.state), CaseEvent.EXPIRE).value
    before, case.engineer, case.offered, case.step = case.engineer, "", "", 0
    timeline.note(session, case, now, "expired", before)
    subject = f"case:{case.id}"
    audit.write(session, at=now, actor="desk", action=CaseEvent.EXPIRE.value, subject=subject, before=before, after="")
    engineer = call_next(session, desk, case, target, now)
    if engineer and not case.fault:
        told = desk.library.lines.case_expired.format(
            number=case.id,
            engineer=engineer.shown,
            phone=desk.phone,
            reason=holder.name if holder else desk.library.lines.duty_engineer,
        )
        tell.room(session, desk, target, told, now, case_id=case.id)
