"""Fires a case's next step: calls whoever has its roles now, and sets the timer for the step after it."""

from datetime import datetime

from sqlmodel import Session

from app.core.duty.calling import called
from app.core.escalation import opens_at
from app.core.message import Button
from app.core.roster import Engineer
from app.flows import tell
from app.flows.desk import Desk
from app.flows.page_text import page_text, waited
from app.store import cases, timeline
from app.store.tables import CaseRow, ConversationRow


def call_next(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> Engineer | None:
    """Who was called; None when the plan waits for its hours, or is used up. Steps without anybody are skipped."""
    plan, roster, number = cases.plan_of(case), desk.roster, cases.number_of(case)
    opens = opens_at(plan.hours, roster.holidays, roster.zone, now)
    if opens > now:
        timeline.note(session, case, now, "closed", detail=f"{opens.astimezone(roster.zone):%m-%d %H:%M}")
        cases.set_timer(session, case, opens)
        return None
    while (step := plan.at(case.step)) is not None:
        people = called(desk.duty(session, now), plan, case.step)
        case.step += 1
        if not people:
            timeline.note(session, case, now, "skipped", detail="、".join(step.call))
            continue
        case.paged = people[0].id
        session.add(case)
        text = page_text(session, desk, case, target, now)
        for engineer in people:
            tell.page(session, desk, engineer, text, now, case_id=number, by=step.by, buttons=buttons(number))
            timeline.note(session, case, now, "paged", engineer.id, f"第 {case.step} 步，等 {step.wait} 分钟")
        cases.set_timer(session, case, opens_at(plan.hours, roster.holidays, roster.zone, now + step.waits))
        return people[0]
    _used_up(session, desk, case, target, now)
    return None


def buttons(number: int) -> tuple[Button, ...]:
    """What can be tapped under a page, where the pager has taps."""
    return tuple(Button(word, f"{word} {number}") for word in ("接单", "详情", "转交"))


def _used_up(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> None:
    """Nobody came: the person is told so in time, and those who answer for the roster."""
    lines, number = desk.library.lines, cases.number_of(case)
    case.step += 1  # beyond the plan: it has ended
    session.add(case)
    cases.clear_timer(session, case)
    timeline.note(session, case, now, "used_up")
    if not desk.pagers:
        return  # nobody could be called at all, and the person was told so when the case was opened
    told = lines.case_nobody.format(number=number, engineer="", phone=desk.phone, reason="")
    tell.room(session, desk, target, told, now, case_id=number)
    text = lines.page_nobody.format(
        number=number,
        words=" / ".join(case.words[-1:]),
        waited=waited(now - case.opened_at),
        desk=desk.name_for(case.paged),
    )
    for admin in desk.admins:
        tell.page(session, desk, admin, text, now, case_id=number)
