"""The engineer's words about a case that he has or wants to pass on: 转交, 收回, 加人, 在弄, 重开, 详情."""

from sqlmodel import Session

from app.channels.text import inert
from app.core.cases import CaseEvent, CaseState, IllegalEvent, advance
from app.core.commands import Command
from app.core.layers import Level
from app.core.message import InboundMessage
from app.core.roster import Engineer
from app.flows import hold, tell
from app.flows.call import buttons
from app.flows.desk import Desk
from app.flows.detail import detail_text
from app.flows.page_text import page_text
from app.flows.said import Said, said
from app.flows.which import may_change, named
from app.store import audit, cases, timeline
from app.store.tables import CaseRow, ConversationRow


def hand_over(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """转交 12 李工: whoever has it keeps it until the colleague says 接单; one that nobody has calls him at once."""
    lines, now = desk.library.lines, message.received_at
    case, refusal = named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    if not may_change(desk, engineer, case):
        return said(lines.command_not_yours.format(**_fields(desk, case)))
    colleague, question = _colleague(session, desk, engineer, command.rest, message)
    if colleague is None or case.state == CaseState.RESOLVED.value:
        return said(question or lines.command_closed_before.format(**_fields(desk, case)))
    if colleague.id == case.engineer:
        return said(lines.command_already_taken.format(**_fields(desk, case, colleague)))
    _ring(session, desk, case, engineer, colleague, lines.page_offered, message)
    if case.state == CaseState.TAKEN.value:
        hold.offer(session, case, colleague.id, now)
    else:
        case.paged = colleague.id
        session.add(case)
    _write(session, case, "offer", engineer, message, case.engineer, colleague.id)
    template = lines.command_offered if case.engineer else lines.command_called
    return said(template.format(**_fields(desk, case, colleague)))


def take_back(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """收回 12: what was offered stays where it is."""
    lines = desk.library.lines
    case, refusal = named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    if case.engineer != engineer.id or not case.offered:
        return said(lines.command_nothing_offered.format(**_fields(desk, case)))
    before, case.offered = case.offered, ""
    hold.hold(session, desk, case, message.received_at)
    _write(session, case, "take_back", engineer, message, before, engineer.id)
    return said(lines.command_taken_back.format(**_fields(desk, case)))


def add(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """加人 12 李工: a second person, who may close it too; the first stays responsible."""
    lines = desk.library.lines
    case, refusal = named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    if case.state != CaseState.TAKEN.value or not may_change(desk, engineer, case):
        return said(lines.command_not_yours.format(**_fields(desk, case)))
    colleague, question = _colleague(session, desk, engineer, command.rest, message)
    if colleague is None:
        return said(question)
    if colleague.id not in (*case.helpers, case.engineer):
        case.helpers = [*case.helpers, colleague.id]
        _ring(session, desk, case, engineer, colleague, lines.page_added, message)
        _write(session, case, "add", engineer, message, "", colleague.id)
    hold.hold(session, desk, case, message.received_at)
    return said(lines.command_added.format(**_fields(desk, case, colleague)))


def working(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """在弄 12: a sign of life."""
    case, refusal = named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    lines = desk.library.lines
    if case.state != CaseState.TAKEN.value or engineer.id not in (case.engineer, *case.helpers):
        return said(lines.command_not_yours.format(**_fields(desk, case)))
    if case.offered:
        return said(lines.command_offered.format(**_fields(desk, case, desk.roster.engineer(case.offered))))
    hold.hold(session, desk, case, message.received_at)
    timeline.note(session, case, message.received_at, "working", engineer.id, command.rest)
    return said(lines.command_noted.format(**_fields(desk, case)))


def reopen(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """重开 12: it was not over; whoever says so has it."""
    lines = desk.library.lines
    case = cases.get(session, command.number or 0)
    if case is None or case.fault:
        fields = {"number": command.number or "", "engineer": "", "reason": "", "words": ""}
        return said(lines.command_no_such_case.format(**fields))
    target = _target(session, case)
    try:
        state = advance(CaseState(case.state), CaseEvent.REOPEN)
    except IllegalEvent:
        return said(lines.command_not_closed.format(**_fields(desk, case)))
    if cases.open_elsewhere(session, target.channel, target.person):
        return said(lines.command_other_open.format(**_fields(desk, case)))
    case.state, case.closed_at, case.part_of = state.value, None, None
    case.engineer, case.taken_at, case.helpers, case.offered = engineer.id, message.received_at, [], ""
    hold.hold(session, desk, case, message.received_at)
    tell.on_cards(session, desk, case, lines.card_taken, message.received_at)
    _write(session, case, CaseEvent.REOPEN.value, engineer, message, "resolved", engineer.id)
    told = lines.case_reopened.format(number=case.id, engineer=engineer.name, phone=desk.phone, reason="")
    tell.room(session, desk, target, told, message.received_at, case_id=case.id)
    return said(lines.command_taken.format(**_fields(desk, case, engineer)))


def detail(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """详情 12: everything that did not fit into the page, and what happened since."""
    case, refusal = named(session, desk, engineer, command, CaseState.TAKEN)
    if case is None:
        return said(refusal)
    return said(detail_text(session, desk, case, _target(session, case), message.received_at))


def _colleague(
    session: Session, desk: Desk, engineer: Engineer, text: str, message: InboundMessage
) -> tuple[Engineer | None, str]:
    """The one whom `text` names, by name or by level; else the question to ask back."""
    lines = desk.library.lines
    if text.strip() in list(Level):
        on_duty = desk.duty(session, message.received_at).by_level.get(Level(text.strip()), ())
        found: tuple[Engineer, ...] = on_duty[:1]
    else:
        found = desk.roster.called(text)
    others = tuple(person for person in found if person.id != engineer.id)
    if len(others) == 1:
        return others[0], ""
    if not others:
        names = "、".join(person.name for person in desk.roster.people if person.id != engineer.id)
        return None, lines.command_to_whom.format(words=names)
    return None, lines.command_which_one.format(words="、".join(person.name for person in others))


def _ring(
    session: Session,
    desk: Desk,
    case: CaseRow,
    engineer: Engineer,
    colleague: Engineer,
    template: str,
    message: InboundMessage,
) -> None:
    now, number = message.received_at, cases.number_of(case)
    lead = template.format(number=number, engineer=engineer.name, reason="", words="")
    text = f"{lead}\n{page_text(session, desk, case, _target(session, case), now)}"
    tell.page(session, desk, colleague, text, now, case_id=number, buttons=buttons(number))


def _write(
    session: Session,
    case: CaseRow,
    action: str,
    engineer: Engineer,
    message: InboundMessage,
    before: str,
    after: str,
) -> None:
    session.add(case)
    timeline.note(session, case, message.received_at, action, engineer.id, after if after != engineer.id else "")
    subject = f"case:{case.id}"
    at = message.received_at
    audit.write(session, at=at, actor=engineer.id, action=action, subject=subject, before=before, after=after)


def _target(session: Session, case: CaseRow) -> ConversationRow:
    target = session.get(ConversationRow, case.conversation_id)
    assert target is not None, "a case refers to its conversation"
    return target


def _fields(desk: Desk, case: CaseRow, other: Engineer | None = None) -> dict[str, object]:
    person = other or desk.roster.engineer(case.engineer or case.paged)
    name = person.name if person else desk.library.lines.duty_engineer
    return {"number": case.id, "engineer": name, "reason": inert(case.reason), "words": ""}
