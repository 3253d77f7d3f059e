"""Opens a case, or joins the one that is open, and pages whoever is on duty."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.core.cases import CaseState, next_page
from app.core.dialogue import OpenCase
from app.core.message import RoomKind
from app.core.roster import Engineer, on_duty
from app.flows import tell
from app.flows.desk import Desk
from app.flows.page_text import page_text
from app.store import cases, pictures
from app.store.tables import CaseRow, ConversationRow


def hand_off(
    session: Session,
    desk: Desk,
    target: ConversationRow,
    wish: OpenCase,
    words: tuple[str, ...],
    tried: tuple[str, ...],
    now: datetime,
) -> str:
    """Make sure that a case is open; the line for the staff member."""
    lines = desk.library.lines
    assert target.id is not None, "the conversation was flushed when it was locked"
    cases.one_at_a_time(session, target.channel, target.person)
    case = cases.open_of(session, target.id) or cases.open_elsewhere(session, target.channel, target.person)
    if case is not None:
        for word in words[-1:]:
            cases.note(session, case, word)
        name = _name(desk, case.engineer or case.paged)
        return lines.handoff_joined.format(number=case.id, engineer=name, phone=desk.phone, reason="")
    case, engineer = open_case(session, desk, target, words, now, guesses=wish.guesses, tried=tried)
    later = desk.channels[target.channel].can_speak_later(target.room, target.room_kind == RoomKind.SINGLE)
    template = lines.handoff_opened if later else lines.handoff_opened_by_phone
    if not desk.pagers:
        template = lines.handoff_not_called
    name = engineer.shown if engineer else lines.duty_engineer
    return wish.opening + template.format(number=case.id, engineer=name, phone=desk.phone, reason="")


def open_case(
    session: Session,
    desk: Desk,
    target: ConversationRow,
    words: Sequence[str],
    now: datetime,
    *,
    guesses: Sequence[str] = (),
    tried: Sequence[str] = (),
    reason: str = "",
) -> tuple[CaseRow, Engineer | None]:
    """A new case, and who is called first. `reason`: why the desk opened it of its own accord; it leads the page."""
    case = new_case(session, desk, target, words, now, guesses=guesses, tried=tried, reason=reason)
    pictures.attach(session, target, case, now)
    return case, call_next(session, desk, case, target, now)


def new_case(
    session: Session,
    desk: Desk,
    target: ConversationRow,
    words: Sequence[str],
    now: datetime,
    *,
    guesses: Sequence[str] = (),
    tried: Sequence[str] = (),
    reason: str = "",
    fault: str = "",
) -> CaseRow:
    """A row with its number; nobody is called yet."""
    assert target.id is not None, "the conversation was flushed when it was locked"
    case = CaseRow(
        conversation_id=target.id,
        state=CaseState.WAITING.value,
        words=list(words),
        guesses=list(guesses),
        tried=list(tried),
        waits=list(desk.policy.waits),
        repeats=desk.policy.repeats,
        reason=reason,
        fault=fault,
        opened_at=now,
    )
    session.add(case)
    session.flush()
    return case


def call_next(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> Engineer | None:
    """Fire the case's next step: page whom the roster names now, and set the timer for the step after it."""
    due = next_page(cases.policy_of(case), case.step, now)
    if due is None:
        cases.clear_timer(session, case)
        return None
    engineer = on_duty(desk.roster, now).at_step(due.step)
    case.step, case.paged = due.step + 1, engineer.id
    tell.page(
        session,
        desk,
        engineer,
        page_text(session, desk, case, target, now),
        now,
        case_id=cases.number_of(case),
    )
    if due.next_at:
        cases.set_timer(session, case, due.next_at)
    else:
        cases.clear_timer(session, case)
    session.add(case)
    return engineer


def _name(desk: Desk, engineer_id: str) -> str:
    engineer = desk.roster.engineer(engineer_id)
    return engineer.name if engineer else desk.library.lines.duty_engineer
