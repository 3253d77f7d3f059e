"""Everything about a case in one text: what the page had no room for, and how it went so far."""

from datetime import datetime

from sqlmodel import Session

from app.channels.text import cut_bytes, inert
from app.core.roster import Roster
from app.flows.desk import Desk
from app.flows.page_text import page_text
from app.store import cases, timeline
from app.store.tables import CaseEventRow, CaseRow, ConversationRow

DETAIL_BYTES = 6_000
LATEST = 15  # of the timeline's lines

KINDS = {
    "opened": "开单",
    "closed": "不在工作时间，等到",
    "paged": "呼叫",
    "skipped": "没有人担任，跳过",
    "page_failed": "没呼到，换一种方式",
    "page_moved": "这条路暂时不通，换一种方式",
    "page_unknown": "不知道呼到没有，马上呼下一步",
    "used_up": "都呼过了，没有人接",
    "take": "接单",
    "offer": "转交给",
    "accept": "接手",
    "not_accepted": "没有接手",
    "take_back": "收回",
    "add": "请来帮忙",
    "working": "在弄",
    "reminded": "提醒",
    "expired": "没有动静，重新呼叫",
    "urgent": "改成紧急",
    "resolve": "解决",
    "solved": "本人了结",
    "reopen": "重开",
}


def detail_text(session: Session, desk: Desk, case: CaseRow, target: ConversationRow, now: datetime) -> str:
    """The page as it would be now, similar cases, the timeline; cut to what a chat shows."""
    parts = [page_text(session, desk, case, target, now)]
    similar = cases.similar(session, case)
    if similar:
        parts.append("以前类似的：\n" + "\n".join(f"- 单 {row.id}：{inert(row.reason)}" for row in similar))
    events = timeline.of(session, cases.number_of(case))[-LATEST:]
    parts.append("经过：\n" + "\n".join(f"- {event_line(desk.roster, event)}" for event in events))
    return cut_bytes("\n\n".join(parts), DETAIL_BYTES)


def event_line(roster: Roster, event: CaseEventRow) -> str:
    """One line of the timeline for people."""
    at = event.at.astimezone(roster.zone)
    engineer, after = roster.engineer(event.who), roster.engineer(event.detail)
    words = (f"{at:%m-%d %H:%M:%S}", engineer.name if engineer else "", KINDS.get(event.kind, event.kind))
    return " ".join(word for word in (*words, after.name if after else inert(event.detail)) if word)
