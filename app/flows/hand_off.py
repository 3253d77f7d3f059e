"""Opens a case, or joins the one that is open, and pages whoever is on duty."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.channels.text import cut_bytes, inert
from app.core.cases import CaseState, next_page
from app.core.dialogue import OpenCase
from app.core.message import RoomKind
from app.core.roster import Engineer, on_duty
from app.flows import tell
from app.flows.desk import Desk
from app.store import cases, conversations, pictures
from app.store.tables import CaseRow, ConversationRow

TRIED_BYTES = 300
WORDS_BYTES = 600  # of the staff member's own words in a page; the rest stands in the console


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
    case = cases.open_of(session, target.id) or cases.open_elsewhere(session, target.channel, target.person)
    if case is not None:
        for word in words[-1:]:
            cases.note(session, case, word)
        name = _name(desk, case.engineer or case.paged)
        return lines.handoff_joined.format(number=case.id, engineer=name, phone=desk.phone, reason="")
    case = CaseRow(
        conversation_id=target.id,
        state=CaseState.WAITING.value,
        words=list(words),
        guesses=list(wish.guesses),
        tried=list(tried),
        waits=list(desk.policy.waits),
        repeats=desk.policy.repeats,
        opened_at=now,
    )
    session.add(case)
    session.flush()
    pictures.attach(session, target, case, now)
    engineer = call_next(session, desk, case, target, now)
    later = desk.channels[target.channel].can_speak_later(target.room, target.room_kind == RoomKind.SINGLE)
    template = lines.handoff_opened if later else lines.handoff_opened_by_phone
    if not desk.pagers:
        template = lines.handoff_not_called
    name = engineer.shown if engineer else lines.duty_engineer
    return wish.opening + template.format(number=case.id, engineer=name, phone=desk.phone, reason="")


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


def page_text(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> str:
    """Everything that the engineer needs, what matters first, staff's words made inert."""
    lines = desk.library.lines
    guides = desk.library.guides
    person, place = conversations.person_of(target), conversations.room_of(target)
    taken = [guides[t].title for t in case.guesses if t in guides]
    shots = pictures.count(session, case)
    text = lines.page.format(
        number=case.id,
        who=inert(person.shown),
        where=inert(place.title) or ("群里" if place.kind is RoomKind.GROUP else "私聊"),
        words=cut_bytes(inert(" / ".join(case.words)), WORDS_BYTES) or "（没有文字）",
        guesses="、".join(taken[:3]) or "说不准",
        tried=cut_bytes("、".join(case.tried), TRIED_BYTES) or lines.nothing_tried,
        waited=waited(now - case.opened_at),
        pictures=f"\n截图：{shots} 张，在控制台单 {case.id} 里" if shots else "",
        desk=desk.name_for(case.paged),
    )
    return f"{lines.page_again.format(times=case.step)}\n{text}" if case.step > 1 else text


def waited(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时 {minutes % 60} 分钟"


def _name(desk: Desk, engineer_id: str) -> str:
    engineer = desk.roster.engineer(engineer_id)
    return engineer.name if engineer else desk.library.lines.duty_engineer
