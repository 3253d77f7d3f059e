"""Carries out the engineer's words."""

from collections.abc import Callable
from dataclasses import replace

from sqlmodel import Session

from app.channels.text import inert
from app.core.cases import CaseEvent, CaseState, IllegalEvent
from app.core.commands import Command, Verb
from app.core.message import InboundMessage
from app.core.roster import Engineer
from app.flows import case_words, duty_words, incident, shifts, tell
from app.flows.desk import Desk
from app.flows.incident_words import declare, merge, news, split
from app.flows.said import Said, said
from app.flows.settle import close
from app.flows.take import assign
from app.flows.teach import offer, teach
from app.flows.which import may_change, named
from app.store import cases
from app.store.tables import CaseRow, ConversationRow


def obey(session: Session, desk: Desk, engineer: Engineer | None, command: Command, message: InboundMessage) -> Said:
    """Do what the command says, if the person may."""
    if engineer is None:
        return said(desk.library.lines.not_an_engineer)
    command = replace(command, rest=inert(command.rest))  # staff will read it: no word of it calls or links
    return _VERBS[command.verb](session, desk, engineer, command, message)


def _take(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    lines = desk.library.lines
    case, refusal = named(session, desk, engineer, command, CaseState.WAITING)
    if case is None:
        return said(refusal)
    fields = {"number": case.id, "reason": "", "words": ""}
    if case.engineer == engineer.id and case.state == CaseState.TAKEN.value:
        return said(lines.command_taken.format(engineer=engineer.name, **fields))
    if case.state == CaseState.TAKEN.value and case.offered != engineer.id:
        owner = desk.roster.engineer(case.engineer)
        return said(lines.command_already_taken.format(engineer=owner.name if owner else "别人", **fields))
    before = desk.roster.engineer(case.engineer)
    try:
        assign(session, desk, engineer, case, message)
    except IllegalEvent:
        return said(lines.command_closed_before.format(engineer="", **fields))
    if case.fault:
        incident.tell_taken(session, desk, case, message.received_at)
    else:
        template = lines.case_passed if before else lines.case_taken
        told = template.format(number=case.id, engineer=engineer.name, phone=desk.phone, reason="")
        tell.room(session, desk, _target(session, case), told, message.received_at, case_id=case.id)
    return said(lines.command_taken.format(engineer=engineer.name, **fields))


def _resolve(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    lines = desk.library.lines
    case, refusal = named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    reason = command.rest or lines.no_reason
    target = _target(session, case)
    fields = {"number": case.id, "engineer": engineer.name, "reason": reason}
    if case.state == CaseState.TAKEN.value and not may_change(desk, engineer, case):
        owner = desk.roster.engineer(case.engineer)
        return said(lines.command_not_yours.format(words="", **{**fields, "engineer": owner.name if owner else ""}))
    try:
        close(
            session,
            desk,
            case,
            target,
            CaseEvent.RESOLVE,
            reason=reason,
            by=engineer.id,
            now=message.received_at,
        )
    except IllegalEvent:
        return said(lines.command_closed_before.format(words="", **fields))
    case.engineer = case.engineer or engineer.id
    if case.fault:
        incident.over(session, desk, case, reason, engineer.id, message.received_at)
        return said(lines.command_resolved.format(words="", **fields))
    told = lines.case_resolved.format(phone=desk.phone, **fields)
    tell.room(session, desk, target, told, message.received_at, case_id=case.id)
    return said(lines.command_resolved.format(words="", **fields) + offer(desk, case))


def _open_cases(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    lines = desk.library.lines
    rows = [_row(desk, case) for case in cases.all_open(session)]
    return said(lines.command_open_cases.format(open="\n".join(rows)) if rows else lines.command_nothing_open)


def _my_cases(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    lines = desk.library.lines
    rows = [_row(desk, case) for case in cases.all_open(session) if case.engineer == engineer.id]
    return said(lines.command_my_cases.format(open="\n".join(rows)) if rows else lines.command_none_mine)


def _row(desk: Desk, case: CaseRow) -> str:
    owner = desk.roster.engineer(case.engineer)
    state = f"{owner.name} 在处理" if owner else "等人接"
    return f"- {case.id}（{state}）{inert(' / '.join(case.words))[:40]}"


def _target(session: Session, case: CaseRow) -> ConversationRow:
    target = session.get(ConversationRow, case.conversation_id)
    assert target is not None, "a case refers to its conversation"
    return target


_VERBS: dict[Verb, Callable[[Session, Desk, Engineer, Command, InboundMessage], Said]] = {
    Verb.TAKE: _take,
    Verb.RESOLVE: _resolve,
    Verb.HAND_OVER: case_words.hand_over,
    Verb.TAKE_BACK: case_words.take_back,
    Verb.ADD: case_words.add,
    Verb.WORKING: case_words.working,
    Verb.REOPEN: case_words.reopen,
    Verb.DETAIL: case_words.detail,
    Verb.TEACH: teach,
    Verb.ON_DUTY: duty_words.who,
    Verb.PRESENT: shifts.present,
    Verb.HAND_OFF_SHIFT: shifts.pass_on,
    Verb.LEAVE: duty_words.leave,
    Verb.SWAP: duty_words.swap,
    Verb.COVER: duty_words.cover,
    Verb.AGREE: duty_words.agree,
    Verb.REFUSE: duty_words.refuse,
    Verb.WITHDRAW: duty_words.withdraw,
    Verb.OPEN_CASES: _open_cases,
    Verb.MY_CASES: _my_cases,
    Verb.DECLARE: declare,
    Verb.NEWS: news,
    Verb.MERGE: merge,
    Verb.SPLIT: split,
}
