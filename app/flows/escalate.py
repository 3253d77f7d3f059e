"""Fires the timers that are due: a case that nobody has taken, that lies still, that a colleague did not accept."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from app.core.cases import CaseState
from app.flows import hold, tell
from app.flows.call import call_next
from app.flows.desk import Desk
from app.store import cases
from app.store.tables import CaseRow, ConversationRow


def escalate(desk: Desk) -> int:
    """How many timers were worked on, each in a transaction of its own."""
    now = desk.clock.now()
    with desk.database.transaction() as session:
        numbers = cases.due_timers(session, now)
    for number in numbers:
        with desk.database.transaction() as session:
            _fire(session, desk, number, now)
    return len(numbers)


def _fire(session: Session, desk: Desk, number: int, now: datetime) -> None:
    """Afterwards the timer is gone, or set to its next moment. The case is held first, as a message does."""
    case = cases.get(session, number)
    timer = cases.timer_of(session, number)
    if timer is None or timer.due_at > now:
        return  # another replica, or somebody who took the case, was faster
    state, rule = _RULES[timer.kind]
    if case is None or case.state != state:
        session.delete(timer)
        return
    target = session.get(ConversationRow, case.conversation_id)
    assert target is not None, "a case refers to its conversation"
    rule(session, desk, case, target, now)


def _nobody_took_it(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> None:
    before = case.paged
    engineer = call_next(session, desk, case, target, now)
    if engineer and before and engineer.id != before and desk.pagers:
        told = desk.library.lines.case_escalated.format(
            number=case.id, engineer=engineer.shown, phone=desk.phone, reason=""
        )
        tell.room(session, desk, target, told, now, case_id=case.id)


_Rule = Callable[[Session, Desk, CaseRow, ConversationRow, datetime], None]
_RULES: dict[str, tuple[str, _Rule]] = {
    cases.ESCALATE: (CaseState.WAITING.value, _nobody_took_it),
    cases.SILENT: (CaseState.TAKEN.value, hold.nothing_happened),
    cases.OFFERED: (CaseState.TAKEN.value, hold.not_accepted),
}
