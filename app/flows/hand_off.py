"""Opens a case, or joins the one that is open, and calls whoever is on duty."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.core.cases import CaseState
from app.core.effects import OpenCase
from app.core.message import RoomKind
from app.core.roster import Engineer
from app.flows.call import call_next
from app.flows.desk import Desk
from app.store import audit, cases, pictures, timeline, waits
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
    assert target.id is not None, "the conversation was flushed when it was locked"
    cases.one_at_a_time(session, target.channel, target.person)
    case = cases.open_of(session, target.id) or cases.open_elsewhere(session, target.channel, target.person)
    if case is not None:
        return _join(session, desk, case, words, now)
    case, engineer = open_case(session, desk, target, words, now, guesses=wish.guesses, tried=tried, urgent=wish.urgent)
    return wish.opening + _promise(session, desk, case, target, engineer, now)


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
    urgent: bool = False,
) -> tuple[CaseRow, Engineer | None]:
    """A new case, and who is called first. `reason`: why the desk opened it of its own accord; it leads the page."""
    case = new_case(session, desk, target, words, now, guesses=guesses, tried=tried, reason=reason, urgent=urgent)
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
    urgent: bool = False,
) -> CaseRow:
    """A row with its number; nobody is called yet."""
    assert target.id is not None, "the conversation was flushed when it was locked"
    case = CaseRow(
        conversation_id=target.id,
        state=CaseState.WAITING.value,
        words=list(words),
        guesses=list(guesses),
        tried=list(tried),
        reason=reason,
        fault=fault,
        opened_at=now,
    )
    cases.stamp(case, desk.plan(urgent=urgent), urgent=urgent)
    session.add(case)
    session.flush()
    timeline.note(session, case, now, "opened", target.person)
    return case


def make_urgent(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> str:
    """The person cannot wait: the urgent plan from its first step, once; the line for the staff member."""
    lines, fields = desk.library.lines, {"number": case.id, "phone": desk.phone, "reason": ""}
    if case.urgent or case.part_of is not None:
        return lines.case_urgent_already.format(engineer="", **fields)
    if desk.roster.policies is None or desk.roster.policies.urgent is None:
        return lines.case_urgent_no_plan.format(engineer="", **fields)
    cases.stamp(case, desk.plan(urgent=True), urgent=True)
    timeline.note(session, case, now, "urgent", target.person)
    subject = f"case:{case.id}"
    audit.write(session, at=now, actor=target.person, action="urgent", subject=subject, before="", after="urgent")
    engineer = call_next(session, desk, case, target, now)
    return lines.case_urgent.format(engineer=engineer.shown if engineer else lines.duty_engineer, **fields)


def _join(session: Session, desk: Desk, case: CaseRow, words: Sequence[str], now: datetime) -> str:
    for word in words[-1:]:
        cases.note(session, case, word)
    lines = desk.library.lines
    engineer = desk.roster.engineer(case.engineer or case.paged)
    name = engineer.name if engineer else lines.duty_engineer
    return lines.handoff_joined.format(number=case.id, engineer=name, phone=desk.phone, reason="")


def _promise(
    session: Session,
    desk: Desk,
    case: CaseRow,
    target: ConversationRow,
    engineer: Engineer | None,
    now: datetime,
) -> str:
    """What happens next, as far as it is known: who is called, or when, and how long that usually takes."""
    lines = desk.library.lines
    name = engineer.shown if engineer else lines.duty_engineer
    fields = {"number": case.id, "engineer": name, "phone": desk.phone, "reason": ""}
    if not desk.pagers:
        return lines.handoff_not_called.format(**fields)
    due = cases.timer_of(session, cases.number_of(case))
    if engineer is None and due is not None:
        when = due.due_at.astimezone(desk.roster.zone)
        urgent = desk.roster.policies is not None and desk.roster.policies.urgent is not None
        template = lines.handoff_later if urgent else lines.handoff_later_only
        return template.format(when=f"{when.month} 月 {when.day} 日 {when:%H:%M}", **fields)
    later = desk.channels[target.channel].can_speak_later(target.room, target.room_kind == RoomKind.SINGLE)
    template = lines.handoff_opened if later else lines.handoff_opened_by_phone
    return template.format(**fields) + _usual_wait(session, desk, now)


def _usual_wait(session: Session, desk: Desk, now: datetime) -> str:
    minutes = waits.usual(session, now, desk.roster.zone)
    return desk.library.lines.handoff_usual_wait.format(minutes=minutes) if minutes else ""
