"""The engineer's words about a large-scale fault: 宣布故障, 通报, 并入, 拆出."""

import re
from datetime import timedelta

from sqlmodel import Session

from app.core.cases import CaseState
from app.core.commands import Command
from app.core.library import judge_text
from app.core.message import InboundMessage
from app.core.roster import Engineer
from app.flows import incident
from app.flows.call import call_next
from app.flows.desk import Desk
from app.flows.said import Said, said
from app.store import audit, cases, conversations, incidents
from app.store.tables import CaseRow, ConversationRow

LOOK_BACK = timedelta(hours=1)  # whoever reported it lately is told when an engineer declares it
NAME_LENGTH = 40
_NUMBER = re.compile(r"[0-9]{1,9}")
_OPEN = (CaseState.WAITING.value, CaseState.TAKEN.value)


def declare(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """An engineer knows of it before three people have met it. What it is called decides who joins later."""
    lines, now = desk.library.lines, message.received_at
    if not command.rest:
        return said(lines.command_declare_what)
    best = judge_text(desk.library, command.rest).ranking.best.label
    fault = desk.library.faults.of((best,)) if best in desk.library.topics else command.rest[:NAME_LENGTH]
    fault = fault or command.rest[:NAME_LENGTH]
    incidents.one_at_a_time(session, message.channel)
    case = incidents.open_about(session, message.channel, fault, now)
    if case is None:
        target = conversations.lock(session, message)
        session.flush()
        reporters = incidents.reporters(session, message.channel, fault, now - LOOK_BACK)
        case = incident.declare(session, desk, target, fault, reporters, now)
        incident.tell_opened(session, desk, case, now)
        _write(session, message, engineer, "declare", case, "", command.rest)
    return said(lines.command_declared.format(number=case.id, words=fault, engineer="", reason=""))


def news(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """通报 12 预计十一点恢复: everybody who waits is told, and later reporters too."""
    case, refusal = _incident(session, desk, command.number)
    if case is None:
        return said(refusal)
    before = case.news
    people = incident.tell_news(session, desk, case, command.rest, message.received_at)
    _write(session, message, engineer, "news", case, before, command.rest)
    return said(desk.library.lines.command_news_told.format(number=case.id, words=people, engineer="", reason=""))


def merge(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """并入 12 9: the case 12 becomes a part of the incident 9; who opened it is told with the others."""
    lines = desk.library.lines
    into = _NUMBER.search(command.rest)
    part = cases.get(session, command.number or 0)
    case, refusal = _incident(session, desk, int(into[0]) if into else None)
    if case is None or part is None or part.fault or part.state not in _OPEN:
        return said(lines.command_merge_what if not into else refusal or lines.command_merge_what)
    target = session.get(ConversationRow, part.conversation_id)
    assert target is not None, "a case refers to its conversation"
    incident.take_in(session, case, [target], message.received_at)
    incident.absorb(session, case, part, message.received_at)
    _write(session, message, engineer, "merge", part, "", f"case:{case.id}")
    return said(lines.command_merged.format(number=part.id, words=case.id, engineer="", reason=""))


def split(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """拆出 12: it is another matter after all; the case is called out again on its own."""
    lines = desk.library.lines
    part = cases.get(session, command.number or 0)
    if part is None or part.part_of is None or part.state != CaseState.WAITING.value:
        return said(lines.command_split_what)
    whole = cases.get(session, part.part_of)
    target = session.get(ConversationRow, part.conversation_id)
    assert whole is not None and target is not None, "a part refers to its incident, a case to its conversation"
    incidents.remove(session, whole, part.conversation_id)
    part.part_of, part.step = None, 0
    session.add(part)
    call_next(session, desk, part, target, message.received_at)
    _write(session, message, engineer, "split", part, f"case:{whole.id}", "")
    return said(lines.command_split.format(number=part.id, words=whole.id, engineer="", reason=""))


def _incident(session: Session, desk: Desk, number: int | None) -> tuple[CaseRow | None, str]:
    case = cases.get(session, number or 0)
    if case is not None and case.fault and case.state in _OPEN:
        return case, ""
    return None, desk.library.lines.command_no_incident


def _write(
    session: Session, message: InboundMessage, engineer: Engineer, action: str, case: CaseRow, before: str, after: str
) -> None:
    subject = f"case:{case.id}"
    audit.write(
        session, at=message.received_at, actor=engineer.id, action=action, subject=subject, before=before, after=after
    )
