"""Makes one of many: declares an incident, takes people in, and tells them all what becomes of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.core.cases import CaseEvent, CaseState
from app.core.incidents import WINDOW, is_incident
from app.flows import tell
from app.flows.call import call_next
from app.flows.desk import Desk
from app.flows.hand_off import new_case
from app.flows.page_text import incident_fields
from app.flows.settle import close
from app.store import cases, claims, conversations, incidents
from app.store.tables import CaseRow, ConversationRow


def is_outage(session: Session, channel: str, fault: str, *, asks: bool, now: datetime) -> bool:
    """Whether this fault is an incident, with the message that is just being handled. `asks`: it reports it anew."""
    if not fault:
        return False
    incidents.one_at_a_time(session, channel)
    if incidents.open_about(session, channel, fault, now):
        return True
    if not asks:
        return False
    reports = incidents.recent_reports(session, channel, fault, now)
    return is_incident(reports, now, incidents.reports_in_history(session, channel, fault, now))


def join(session: Session, desk: Desk, target: ConversationRow, fault: str, now: datetime) -> str:
    """Take this person in, declaring the incident if it is the first; the line for them."""
    case = incidents.open_about(session, target.channel, fault, now)
    if case is None:
        earlier = incidents.reporters(session, target.channel, fault, now - WINDOW)
        case = declare(session, desk, target, fault, [*earlier, target], now)
        _tell_all(session, desk, case, desk.library.lines.incident_told, now, but=target)
    else:
        take_in(session, case, [target], now)
    taken = case.state == CaseState.TAKEN.value
    template = desk.library.lines.incident_taken if taken else desk.library.lines.incident_joined
    return template.format(**incident_fields(session, desk, case, now)).strip()


def declare(
    session: Session,
    desk: Desk,
    target: ConversationRow,
    fault: str,
    reporters: Sequence[ConversationRow],
    now: datetime,
) -> CaseRow:
    """Open the incident and call the engineer once, for all of them; their own waiting cases become parts of it."""
    words = [word for row in reporters for word in conversations.state_of(row).words[-1:]]
    case = new_case(session, desk, target, words, now, fault=fault)
    take_in(session, case, reporters, now)
    call_next(session, desk, case, target, now)
    return case


def take_in(session: Session, case: CaseRow, rows: Sequence[ConversationRow], now: datetime) -> None:
    """These people wait for it too; their cases that nobody has taken become parts of it."""
    for row in rows:
        assert row.id is not None, "a conversation that was read or locked has its number"
        incidents.add(session, case, row.id, now)
    session.flush()
    for part in incidents.waiting_of(session, rows):
        absorb(session, case, part, now)


def absorb(session: Session, case: CaseRow, part: CaseRow, now: datetime) -> None:
    """The single case is no longer called out on its own."""
    part.part_of = cases.number_of(case)
    session.add(part)
    cases.clear_timer(session, part)
    claims.drop_pages(session, cases.number_of(part), now)


def tell_opened(session: Session, desk: Desk, case: CaseRow, now: datetime) -> None:
    """Everybody who reported it before it was declared."""
    _tell_all(session, desk, case, desk.library.lines.incident_told, now)


def tell_taken(session: Session, desk: Desk, case: CaseRow, now: datetime) -> None:
    """An engineer has it: everybody who waits is told, in one line a room."""
    _tell_all(session, desk, case, desk.library.lines.incident_taken, now)


def tell_news(session: Session, desk: Desk, case: CaseRow, news: str, now: datetime) -> int:
    """What an engineer says about it; how many people were told. Later reporters get it too."""
    case.news = news
    session.add(case)
    _tell_all(session, desk, case, desk.library.lines.incident_news, now)
    return incidents.people(session, case)


def over(session: Session, desk: Desk, case: CaseRow, reason: str, by: str, now: datetime) -> None:
    """It is over: everybody who reported it is told, and the single cases that it took in are closed with it."""
    _tell_all(session, desk, case, desk.library.lines.incident_over, now)
    for part in incidents.parts(session, case):
        target = session.get(ConversationRow, part.conversation_id)
        assert target is not None, "a case refers to its conversation"
        close(session, desk, part, target, CaseEvent.RESOLVE, reason=reason, by=by, now=now)


def _tell_all(
    session: Session, desk: Desk, case: CaseRow, template: str, now: datetime, *, but: ConversationRow | None = None
) -> None:
    rooms: dict[str, list[ConversationRow]] = {}
    for row in incidents.told(session, case):
        if but is None or row.id != but.id:
            rooms.setdefault(row.room, []).append(row)
    text = template.format(**incident_fields(session, desk, case, now)).strip()
    for rows in rooms.values():
        tell.crowd(session, desk, rows, text, now, case_id=cases.number_of(case))
