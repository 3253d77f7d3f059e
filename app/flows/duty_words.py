"""The engineer's words about who is on duty: 值班, 请假, 换班, 谁能替我, 同意, 不行, 销假."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.channels.text import inert
from app.core.calendar.dates import read_time
from app.core.commands import Command
from app.core.duty.plan import Stint, on_duty, stints
from app.core.message import InboundMessage
from app.core.roster import Engineer
from app.flows import tell
from app.flows.desk import Desk
from app.flows.said import Said, said
from app.store import audit, duty
from app.store.tables import CoverRow

SHIFTS_SHOWN = 12
_AHEAD = timedelta(days=370)


def who(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """值班, 值班 下周三: who is called and why; of a day, all its shifts."""
    lines, now = desk.library.lines, message.received_at
    plan = duty.plan_for(session, desk.roster, now)
    if not command.rest:
        found = on_duty(plan, now)
        order = " → ".join(person.shown for person in found.order)
        return said(lines.command_on_duty.format(order=order, reason=found.reason))
    span = _span(desk, command.rest, now)
    if span is None:
        return said(lines.command_which_day)
    start, end, _ = span
    shown = [stint for stint in stints(plan, start, end) if start <= stint.start < end][:SHIFTS_SHOWN]
    rows = [_row(desk, stint) for stint in shown] or [lines.command_nobody_planned]
    return said("\n".join([f"{start:%m-%d}：", *rows]))


def leave(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """请假 11-25 到 11-27; a manager also for others: 请假 11-25 张工. The next of the rotation steps in."""
    lines, now = desk.library.lines, message.received_at
    span = _span(desk, command.rest, now)
    if span is None or span[1] <= now:
        return said(lines.command_which_day)
    start, end, rest = span
    named = desk.roster.called(rest) if rest else (engineer,)
    if len(named) != 1 or (named[0].id != engineer.id and not desk.roster.is_manager(engineer.id)):
        return said(lines.command_leave_for_whom)
    absent = named[0]
    before = duty.plan_for(session, desk.roster, now)
    mine = [s for s in stints(before, start, end) if absent.id in s.who[:1]]
    row = _put(session, absent.id, "", start, end, now, state="agreed")
    _write(session, row, engineer, "leave", message)
    after = duty.plan_for(session, desk.roster, now)
    rows = [_row(desk, s) for old in mine for s in stints(after, old.start, old.end) if s.layer == old.layer]
    empty = any(not s.who for old in mine for s in stints(after, old.start, old.end) if s.layer == old.layer)
    parts = [lines.command_leave.format(number=row.id, engineer=absent.name, when=_when(start, end))]
    parts += [lines.command_leave_covered.format(list="\n".join(rows[:SHIFTS_SHOWN]))] if rows else []
    parts += [lines.command_leave_gap] if empty else []
    return said("\n".join(parts))


def swap(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """换班 11-25 李工: asks that one, who says 同意. The rotation stays as it is: it is a cover for that time."""
    colleagues = [p for p in _rest_people(desk, command, message.received_at) if p.id != engineer.id]
    if len(colleagues) != 1:
        names = "、".join(person.name for person in desk.roster.people if person.id != engineer.id)
        return said(desk.library.lines.command_to_whom.format(words=names))
    return _ask(session, desk, engineer, command, message, colleagues, asked=colleagues[0].id)


def cover(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """下周三谁能替我: asks everybody else of the roster; the first who agrees has it."""
    others = [person for person in desk.roster.people if person.id != engineer.id]
    return _ask(session, desk, engineer, command, message, others, asked="")


def agree(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """同意 3: he stands in. Of two who say so at once, one has it."""
    lines, now = desk.library.lines, message.received_at
    row = duty.cover(session, command.number or 0)
    asked_other = row is not None and row.asked not in ("", engineer.id)
    if row is None or asked_other or row.out == engineer.id:
        return said(lines.command_no_request)
    if row.state != "asked" or row.end <= now:
        taken = desk.roster.engineer(row.into)
        return said(lines.command_request_over.format(engineer=taken.name if taken else lines.duty_engineer))
    row.into, row.state = engineer.id, "agreed"
    _write(session, row, engineer, "cover", message)
    fields = {"number": row.id, "when": _when(*_local(desk, row))}
    out = desk.roster.engineer(row.out)
    if out:
        told = lines.page_cover_agreed.format(engineer=engineer.name, **fields)
        tell.page(session, desk, out, told, now, case_id=None, title=lines.roster_title)
    return said(lines.command_agreed.format(engineer=out.name if out else row.out, **fields))


def refuse(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """不行 3: who was asked by name says no, and the other is told."""
    lines = desk.library.lines
    row = duty.cover(session, command.number or 0)
    if row is None or row.state != "asked" or row.asked not in ("", engineer.id) or row.out == engineer.id:
        return said(lines.command_no_request)
    if not row.asked:
        return said(lines.command_refused)  # the others may still
    row.state = "ended"
    _write(session, row, engineer, "refuse", message)
    out = desk.roster.engineer(row.out)
    if out:
        when = _when(*_local(desk, row))
        told = lines.page_cover_refused.format(number=row.id, engineer=engineer.name, when=when)
        tell.page(session, desk, out, told, message.received_at, case_id=None, title=lines.roster_title)
    return said(lines.command_refused)


def withdraw(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """销假 3: leave or a cover is taken back by whoever it is for, or by a manager; who stood in is told."""
    lines = desk.library.lines
    row = duty.cover(session, command.number or 0)
    if row is None or row.state == "ended":
        return said(lines.command_no_request)
    if row.out != engineer.id and not desk.roster.is_manager(engineer.id):
        return said(lines.command_no_request)
    row.state = "ended"
    _write(session, row, engineer, "withdraw", message)
    stand_in = desk.roster.engineer(row.into)
    if stand_in and stand_in.id != engineer.id:
        when = _when(*_local(desk, row))
        told = lines.page_cover_withdrawn.format(number=row.id, engineer=engineer.name, when=when)
        tell.page(session, desk, stand_in, told, message.received_at, case_id=None, title=lines.roster_title)
    return said(lines.command_withdrawn.format(number=row.id, engineer="", when=""))


def _ask(
    session: Session,
    desk: Desk,
    engineer: Engineer,
    command: Command,
    message: InboundMessage,
    colleagues: list[Engineer],
    *,
    asked: str,
) -> Said:
    lines, now = desk.library.lines, message.received_at
    span = _span(desk, command.rest, now)
    if span is None or span[1] <= now:
        return said(lines.command_which_day)
    mine = [
        stint
        for stint in stints(duty.plan_for(session, desk.roster, now), span[0], span[1])
        if stint.who[:1] == (engineer.id,) and span[0] <= stint.start < span[1] and stint.end > now
    ]
    if not mine:
        return said(lines.command_no_shift_then.format(when=_when(span[0], span[1])))
    start, end = min(s.start for s in mine), max(s.end for s in mine)
    row = _put(session, engineer.id, asked, start, end, now, state="asked")
    _write(session, row, engineer, "ask_cover", message)
    for colleague in colleagues:
        text = lines.page_cover_asked.format(
            number=row.id,
            engineer=engineer.name,
            when=_when(*_local(desk, row)),
            list="\n".join(_row(desk, stint) for stint in mine[:SHIFTS_SHOWN]),
            desk=desk.name_for(colleague.id),
        )
        tell.page(session, desk, colleague, text, now, case_id=None, title=lines.roster_title)
    names = "、".join(person.name for person in colleagues)
    return said(lines.command_asked.format(number=row.id, engineer=names, when=_when(*_local(desk, row))))


def _put(
    session: Session, out: str, asked: str, start: datetime, end: datetime, now: datetime, *, state: str
) -> CoverRow:
    row = CoverRow(out=out, asked=asked, start=start, end=end, state=state, created_at=now)
    session.add(row)
    session.flush()
    return row


def _span(desk: Desk, text: str, now: datetime) -> tuple[datetime, datetime, str] | None:
    """The time that `text` begins with, in the roster's zone, and what follows it."""
    zone = desk.roster.zone
    found = read_time(text, now.astimezone(zone).date())
    if found is None:
        return None
    start, end = found[0].replace(tzinfo=zone), found[1].replace(tzinfo=zone)
    return (start, end, found[2]) if start - now < _AHEAD else None


def _rest_people(desk: Desk, command: Command, now: datetime) -> tuple[Engineer, ...]:
    span = _span(desk, command.rest, now)
    return desk.roster.called(span[2]) if span else ()


def _row(desk: Desk, stint: Stint) -> str:
    zone = desk.roster.zone
    names = "、".join(p.name for id in stint.who if (p := desk.roster.engineer(id))) or "没有人"
    return f"- {_when(stint.start.astimezone(zone), stint.end.astimezone(zone))} {names}（{stint.reason}）"


def _when(start: datetime, end: datetime) -> str:
    return f"{start:%m-%d %H:%M} 到 {end:%m-%d %H:%M}"


def _local(desk: Desk, row: CoverRow) -> tuple[datetime, datetime]:
    zone = desk.roster.zone
    return row.start.astimezone(zone), row.end.astimezone(zone)


def _write(session: Session, row: CoverRow, engineer: Engineer, action: str, message: InboundMessage) -> None:
    session.add(row)
    after = inert(f"{row.out} → {row.into or row.asked or '—'} {row.start:%Y-%m-%dT%H:%M} {row.end:%Y-%m-%dT%H:%M}")
    subject, at = f"cover:{row.id}", message.received_at
    audit.write(session, at=at, actor=engineer.id, action=action, subject=subject, before="", after=after)
