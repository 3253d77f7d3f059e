"""Carries out the engineer's words, and keeps silent when engineers talk to staff."""

from collections.abc import Callable
from dataclasses import replace

from sqlmodel import Session

from app.channels.text import inert
from app.core.cases import CaseEvent, CaseState, IllegalEvent, advance
from app.core.commands import Command, Verb
from app.core.message import InboundMessage
from app.core.roster import Engineer, on_duty
from app.flows import incident, tell
from app.flows.desk import Desk
from app.flows.incident_words import declare, merge, news, split
from app.flows.said import Said, said
from app.flows.settle import close
from app.store import audit, cases, outbox
from app.store.tables import CaseRow, ConversationRow


def obey(session: Session, desk: Desk, engineer: Engineer | None, command: Command, message: InboundMessage) -> Said:
    """Do what the command says, if the person may."""
    if engineer is None:
        return said(desk.library.lines.not_an_engineer)
    command = replace(command, rest=inert(command.rest))  # staff will read it: no word of it calls or links
    return _VERBS[command.verb](session, desk, engineer, command, message)


def engineers_talk(session: Session, desk: Desk, engineer: Engineer, message: InboundMessage) -> bool:
    """Whether an engineer is talking with staff: naming somebody whom nobody has takes that case; then silence."""
    owns = False
    for case in cases.all_open(session):
        target = session.get(ConversationRow, case.conversation_id)
        if case.fault or target is None or (target.channel, target.room) != (message.channel, message.room.id):
            continue
        named = any(f"@{name}" in message.text for name in (target.person, target.person_name) if name)
        if named and not case.engineer:
            cases.get(session, cases.number_of(case))  # held from here on, and read again
            if case.state == CaseState.WAITING.value:
                _assign(session, desk, engineer, case, message)
        owns = owns or named or case.engineer == engineer.id
    return owns


def _take(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    lines = desk.library.lines
    case, refusal = _named(session, desk, engineer, command, CaseState.WAITING)
    if case is None:
        return said(refusal)
    fields = {"number": case.id, "reason": "", "words": ""}
    if case.engineer == engineer.id and case.state == CaseState.TAKEN.value:
        return said(lines.command_taken.format(engineer=engineer.name, **fields))
    if case.state == CaseState.TAKEN.value:
        owner = desk.roster.engineer(case.engineer)
        return said(lines.command_already_taken.format(engineer=owner.name if owner else "别人", **fields))
    try:
        _assign(session, desk, engineer, case, message)
    except IllegalEvent:
        return said(lines.command_closed_before.format(engineer="", **fields))
    if case.fault:
        incident.tell_taken(session, desk, case, message.received_at)
    else:
        told = lines.case_taken.format(number=case.id, engineer=engineer.name, phone=desk.phone, reason="")
        tell.room(session, desk, _target(session, case), told, message.received_at, case_id=case.id)
    return said(lines.command_taken.format(engineer=engineer.name, **fields))


def _assign(session: Session, desk: Desk, engineer: Engineer, case: CaseRow, message: InboundMessage) -> None:
    before = case.engineer or case.state
    case.state = advance(CaseState(case.state), CaseEvent.TAKE).value
    case.engineer, case.taken_at = engineer.id, message.received_at
    session.add(case)
    cases.clear_timer(session, case)
    number = cases.number_of(case)
    outbox.drop_pages(session, number, message.received_at)
    audit.write(
        session,
        at=message.received_at,
        actor=engineer.id,
        action=CaseEvent.TAKE.value,
        subject=f"case:{number}",
        before=before,
        after=engineer.id,
    )


def _resolve(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    lines = desk.library.lines
    case, refusal = _named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    reason = command.rest or lines.no_reason
    target = _target(session, case)
    fields = {"number": case.id, "engineer": engineer.name, "reason": reason}
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
    return said(lines.command_resolved.format(words="", **fields))


def _named(
    session: Session, desk: Desk, engineer: Engineer, command: Command, wanted: CaseState
) -> tuple[CaseRow | None, str]:
    """The case that is meant; without a number only where one is waiting, or one is in the engineer's own hands."""
    lines = desk.library.lines
    if command.number is not None:
        case = cases.get(session, command.number)
        missing = lines.command_no_such_case.format(number=command.number, engineer="", reason="", words="")
        return case, "" if case else missing
    mine = engineer.id if wanted is CaseState.TAKEN else ""
    open_cases = [
        case
        for case in cases.all_open(session)
        if case.state == wanted.value and case.engineer == mine and case.part_of is None
    ]
    if len(open_cases) == 1:
        return cases.get(session, cases.number_of(open_cases[0])), ""
    if not open_cases:
        return None, lines.command_nothing_open
    return None, lines.command_needs_number.format(open="、".join(str(case.id) for case in open_cases))


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


def _on_duty(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    duty = on_duty(desk.roster, message.received_at)
    order = " → ".join(person.shown for person in duty.order)
    return said(desk.library.lines.command_on_duty.format(order=order, reason=duty.reason))


def _target(session: Session, case: CaseRow) -> ConversationRow:
    target = session.get(ConversationRow, case.conversation_id)
    assert target is not None, "a case refers to its conversation"
    return target


_VERBS: dict[Verb, Callable[[Session, Desk, Engineer, Command, InboundMessage], Said]] = {
    Verb.TAKE: _take,
    Verb.RESOLVE: _resolve,
    Verb.ON_DUTY: _on_duty,
    Verb.OPEN_CASES: _open_cases,
    Verb.MY_CASES: _my_cases,
    Verb.DECLARE: declare,
    Verb.NEWS: news,
    Verb.MERGE: merge,
    Verb.SPLIT: split,
}
