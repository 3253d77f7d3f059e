"""What an engineer reads when he is called: what matters first, staff's words made inert."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.channels.text import cut_bytes, inert
from app.clock import CHINA
from app.core.codes import read_error
from app.core.devices import device_in
from app.core.message import RoomKind
from app.flows.desk import Desk
from app.store import cases, conversations, incidents, pictures
from app.store.tables import CaseRow, ConversationRow

TRIED_BYTES = 300
WORDS_BYTES = 600  # of the staff member's own words in a page; the rest stands in the console
ERROR_BYTES, REASON_BYTES = 240, 160
NAMES_SHOWN = 8  # of the people whom an incident has met


def page_text(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> str:
    """The page of one person's case, or of an incident."""
    lines = desk.library.lines
    if case.fault:
        text = lines.page_incident.format(**incident_fields(session, desk, case, now))
    else:
        text = _of_one(session, desk, case, target, now)
    text = f"{lines.page_urgent}{text}" if case.urgent else text
    return f"{lines.page_again.format(times=case.step)}\n{text}" if case.step > 1 else text


def _of_one(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> str:
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
        more=_more(session, desk, case),
        pictures=f"\n截图：{shots} 张，在控制台单 {case.id} 里" if shots else "",
        desk=desk.name_for(case.paged),
    )
    if case.reason:  # of an open case: why the desk itself opened it
        text = f"{case.reason}\n{text}"
    return text


def _more(session: Session, desk: Desk, case: CaseRow) -> str:
    """What else helps at first sight: the device, the error that was pasted, how a case like it was solved."""
    device = next((found for words in reversed(case.words) if (found := device_in(words))), "")
    error = read_error(desk.library.codes, "\n".join(case.words))
    similar = cases.similar(session, case, 1)
    lines = [f"设备：{device}"] if device else []
    lines += [f"报错：{cut_bytes(inert(str(error)), ERROR_BYTES)}"] if error else []
    if similar:
        solved = cut_bytes(inert(f"单 {similar[0].id} {similar[0].reason}"), REASON_BYTES)
        lines.append(desk.library.lines.page_similar.format(list=solved))
    return "".join(f"\n{line}" for line in lines)


def incident_fields(session: Session, desk: Desk, case: CaseRow, now: datetime) -> dict[str, object]:
    """What the lines about an incident may name."""
    rows = incidents.told(session, case)
    names = list(dict.fromkeys(inert(conversations.person_of(row).shown) for row in rows))
    engineer = desk.roster.engineer(case.engineer or case.paged)
    return {
        "number": case.id,
        "fault": case.fault,
        "people": len({row.person for row in rows}),
        "engineer": engineer.name if engineer else desk.library.lines.duty_engineer,
        "time": case.taken_at.astimezone(CHINA).strftime("%H:%M") if case.taken_at else "",
        "news": case.news,
        "phone": desk.phone,
        "reason": case.reason,
        "who": "、".join(names[:NAMES_SHOWN]) + ("等" if len(names) > NAMES_SHOWN else ""),
        "words": cut_bytes(inert(" / ".join(dict.fromkeys(case.words))), WORDS_BYTES),
        "waited": waited(now - case.opened_at),
        "desk": desk.name_for(case.paged),
    }


def waited(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时 {minutes % 60} 分钟"
