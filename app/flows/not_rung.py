"""A page that did not ring, or perhaps did: by which way, and on which step, its case goes on."""

from datetime import datetime

from sqlmodel import Session

from app.core.cases import CaseState
from app.core.delivery import Outcome
from app.flows.bundle import still_needed
from app.flows.desk import Desk
from app.flows.elsewhere import is_open, page_elsewhere
from app.flows.unreached import unreached
from app.store import cases, claims, outbox, timeline
from app.store.tables import OutboxRow

MAY_BE_THERE = "也许已经送到；"  # so begins the error of a page of which an earlier try may have rung


def mind_the_cases(session: Session, desk: Desk, row: OutboxRow, outcome: Outcome, error: str, now: datetime) -> None:
    """A page that may not have rung: the next step is due at once, unless it has had its turn meanwhile.

    One refused for good goes by another pager. Where none is left, whoever keeps the roster knows, and the step is
    over; but where the step before went the same way, the pagers are at fault and not the person: then the plan keeps
    its waits, so that a pager that is mended finds steps left.
    """
    if outcome not in (Outcome.UNKNOWN, Outcome.FAILED, Outcome.MOVED):
        return
    pages = claims.parts(session, row)
    goes = outcome is not Outcome.UNKNOWN and page_elsewhere(session, desk, row, now, outcome.value)
    for page in pages:
        case = cases.get(session, page.case_id or 0)
        if case is None:
            continue
        timeline.note(session, case, now, f"page_{outcome.value}", detail=error)
        if case.state == CaseState.WAITING.value and _is_over(session, page, outcome):
            cases.set_timer(session, case, now)
    if outcome is Outcome.FAILED and not goes:
        unreached(session, desk, row, error, now)


def _is_over(session: Session, page: OutboxRow, outcome: Outcome) -> bool:
    """Whether the step of this page has nothing more to wait for. After the plan's end nobody is called anew."""
    if outbox.called_again(session, page) or cases.timer_of(session, page.case_id or 0) is None:
        return False
    return outcome is Outcome.UNKNOWN or outbox.reached_nobody(session, page)


def leave_shut_pager(session: Session, desk: Desk, owner: str, channel: str, now: datetime) -> int:
    """What waits at a pager that is shut or full for long goes by another, where one opens sooner; how many left."""
    if channel not in desk.pagers or is_open(session, channel, now):
        return 0
    return sum(_leave(session, desk, page, now) for page in claims.pages_waiting(session, channel, owner, now))


def _leave(session: Session, desk: Desk, page: OutboxRow, now: datetime) -> bool:
    interrupted = page.state == "sending"
    if interrupted or page.error.startswith(MAY_BE_THERE):
        error = f"{MAY_BE_THERE}发送时进程中断" if interrupted else page.error
        page.state, page.finished_at, page.error = Outcome.UNKNOWN.value, now, error
        session.add(page)
        mind_the_cases(session, desk, page, Outcome.UNKNOWN, error, now)  # elsewhere it could ring once more
        return True
    if not still_needed(session, desk, page, now):
        return True
    moves = page_elsewhere(session, desk, page, now, "dropped", only_sooner=True)
    if claims.is_bundle(session, page):
        still_needed(session, desk, page, now)  # by those that did not move
    elif moves:
        page.state, page.finished_at = "dropped", now
        session.add(page)
    return moves
