"""Fires the timers that are due: a case that nobody has taken goes to the next person."""

from app.core.cases import CaseState
from app.flows import tell
from app.flows.desk import Desk
from app.flows.hand_off import call_next
from app.store import cases
from app.store.tables import ConversationRow


def escalate(desk: Desk) -> int:
    """How many timers were worked on. Each is gone, or set to its next moment, in the same transaction."""
    now = desk.clock.now()
    with desk.database.transaction() as session:
        timers = cases.due_timers(session, now)
        for timer in timers:
            case = cases.get(session, timer.subject)
            if case is None or case.state != CaseState.WAITING.value:
                session.delete(timer)
                continue
            target = session.get(ConversationRow, case.conversation_id)
            assert target is not None, "a case refers to its conversation"
            before = case.paged
            engineer = call_next(session, desk, case, target, now)
            if engineer and engineer.id != before:
                told = desk.library.lines.case_escalated.format(
                    number=case.id, engineer=engineer.shown, phone=desk.phone, reason=""
                )
                tell.room(session, desk, target, told, now, case_id=case.id)
        return len(timers)
