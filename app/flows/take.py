"""A case becomes an engineer's."""

from sqlmodel import Session

from app.core.cases import CaseEvent, CaseState, advance
from app.core.message import InboundMessage
from app.core.roster import Engineer
from app.flows import tell
from app.flows.desk import Desk
from app.flows.hold import hold
from app.store import audit, cases, claims, timeline
from app.store.tables import CaseRow


def assign(session: Session, desk: Desk, engineer: Engineer, case: CaseRow, message: InboundMessage) -> None:
    """His from now on. Raises IllegalEvent where it has ended before."""
    now, number, before = message.received_at, cases.number_of(case), case.engineer or case.state
    passed = desk.roster.engineer(case.engineer)
    event = CaseEvent.ACCEPT if passed else CaseEvent.TAKE
    case.state = advance(CaseState(case.state), event).value
    case.engineer, case.offered = engineer.id, ""
    case.taken_at = case.taken_at or now
    hold(session, desk, case, now)
    claims.drop_pages(session, number, now)
    tell.on_cards(session, desk, case, desk.library.lines.card_taken, now)
    timeline.note(session, case, now, event.value, engineer.id)
    audit.write(
        session,
        at=now,
        actor=engineer.id,
        action=event.value,
        subject=f"case:{number}",
        before=before,
        after=engineer.id,
    )
    if passed:
        text = desk.library.lines.page_accepted.format(number=number, engineer=engineer.name, reason="", words="")
        tell.page(session, desk, passed, text, now, case_id=number)
