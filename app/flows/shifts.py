"""Shifts that begin: asks beforehand whether the next person is there, tells the open cases, sees who has confirmed.

The due moments follow from the plan, so that an edit of the roster moves them; what was done is a row, so that it is
done once.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.channels.text import inert
from app.core.commands import Command
from app.core.duty.plan import Plan, Stint, before, on_duty, stints
from app.core.message import Button, InboundMessage
from app.core.roster import Engineer
from app.flows import tell
from app.flows.desk import Desk
from app.flows.said import Said, said
from app.store import audit, cases, duty
from app.store.tables import CaseRow, ShiftRow

LATE = timedelta(hours=1)  # after a stop of the process, a shift that began longer ago is not announced any more


def mind_shifts(desk: Desk) -> int:
    """How many notices were put into the outbox."""
    handover, now = desk.roster.handover, desk.clock.now()
    if handover is None:
        return 0
    soon = now + timedelta(minutes=handover.ask_before)
    with desk.database.transaction() as session:
        duty.one_at_a_time(session)
        plan = duty.plan_for(session, desk.roster, now)
        told = 0
        for stint in stints(plan, now - LATE, soon):
            if now - LATE < stint.start <= soon and stint.who and (handover.every_shift or _is_new(plan, stint)):
                told += _mind(session, desk, plan, stint, now)
        return told


def present(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """在岗: the shift is his from now on (from its start, where it has not begun); the one before is free."""
    lines, now = desk.library.lines, message.received_at
    rows = duty.unconfirmed(session, engineer.id, now)
    if not rows:
        return said(lines.command_no_shift_to_confirm)
    for row in rows:
        row.present_at = now
        session.add(row)
        subject = f"shift:{row.layer} {row.start:%Y-%m-%dT%H:%M}"
        audit.write(session, at=now, actor=engineer.id, action="present", subject=subject, before=row.before)
        earlier = desk.roster.engineer(row.before)
        if earlier:
            text = lines.page_shift_taken.format(
                engineer=engineer.name, words=inert(row.layer), when="", list="", desk=""
            )
            tell.page(session, desk, earlier, text, now, case_id=None, title=lines.roster_title)
    return said(lines.command_present.format(list=_open_cases(session, desk)))


def pass_on(session: Session, desk: Desk, engineer: Engineer, command: Command, message: InboundMessage) -> Said:
    """交班: whoever comes next gets the open cases, and is asked to confirm."""
    lines, now = desk.library.lines, message.received_at
    plan = duty.plan_for(session, desk.roster, now)
    following = _next_after(plan, engineer, now)
    successor = desk.roster.engineer(following.who[0]) if following else None
    if following is None or successor is None:
        return said(lines.command_nobody_follows)
    row = _row_for(session, plan, following, now)
    listed = _open_cases(session, desk)
    text = lines.page_handed_over.format(
        engineer=engineer.name,
        words=inert(following.layer),
        when=_clock(desk, row.start),
        list=listed,
        desk=desk.name_for(successor.id),
    )
    buttons = (Button("在岗", "在岗"),)
    tell.page(session, desk, successor, text, now, case_id=None, title=lines.roster_title, buttons=buttons)
    audit.write(session, at=now, actor=engineer.id, action="pass_on", subject=f"shift:{row.id}", after=successor.id)
    return said(lines.command_passed_on.format(engineer=successor.name, list=listed))


def _mind(session: Session, desk: Desk, plan: Plan, stint: Stint, now: datetime) -> int:
    """Ask before, tell at the start; whichever is due and has not been done."""
    lines, told = desk.library.lines, 0
    person = desk.roster.engineer(stint.who[0])
    if person is None:
        return 0
    known = duty.shift(session, stint.layer, stint.start)
    asks = known is None or known.person != person.id
    row = _row_for(session, plan, stint, now) if known is None or asks else known
    fields = {"words": inert(stint.layer), "when": _clock(desk, stint.start), "desk": desk.name_for(person.id)}
    buttons = (Button("在岗", "在岗"),)
    if asks and stint.start > now:
        text = lines.page_shift_soon.format(engineer=person.name, list="", **fields)
        tell.page(session, desk, person, text, now, case_id=None, title=lines.roster_title, buttons=buttons)
        told += 1
    if stint.start <= now and row.begun_at is None:
        row.begun_at = now
        confirmed = row.present_at is not None
        template = lines.page_shift_begun if confirmed else lines.page_shift_unconfirmed
        text = template.format(engineer=person.name, list=_open_cases(session, desk), **fields)
        tell.page(session, desk, person, text, now, case_id=None, title=lines.roster_title, buttons=buttons)
        told += 1
        if not confirmed:
            told += _tell_it_is_open(session, desk, row, person, fields, now)
    session.add(row)
    return told


def _tell_it_is_open(
    session: Session, desk: Desk, row: ShiftRow, person: Engineer, fields: dict[str, str], now: datetime
) -> int:
    """Nobody has said that he is there: the one before stays responsible, and those who keep the roster know."""
    lines, told = desk.library.lines, 0
    earlier = desk.roster.engineer(row.before)
    handover = desk.roster.handover
    if earlier and handover and handover.confirm:
        text = lines.page_shift_stays.format(engineer=person.name, list="", **fields)
        tell.page(session, desk, earlier, text, now, case_id=None, title=lines.roster_title)
        told += 1
    for admin in desk.admins:
        if admin.id not in (person.id, row.before):
            text = lines.page_shift_silent.format(engineer=person.name, list="", **fields)
            tell.page(session, desk, admin, text, now, case_id=None, title=lines.roster_title)
            told += 1
    return told


def _row_for(session: Session, plan: Plan, stint: Stint, now: datetime) -> ShiftRow:
    """The row of this shift; asked anew when another person has it than the one who was asked."""
    row = duty.shift(session, stint.layer, stint.start)
    earlier = before(plan, stint)
    if row is None:
        row = ShiftRow(layer=stint.layer, start=stint.start, end=stint.end, person=stint.who[0], asked_at=now)
    elif row.person != stint.who[0]:
        row.person, row.asked_at, row.begun_at, row.present_at = stint.who[0], now, None, None
    row.before = earlier.who[0] if earlier and earlier.who[0] != stint.who[0] else ""
    session.add(row)
    session.flush()
    return row


def _is_new(plan: Plan, stint: Stint) -> bool:
    """Whether somebody else had it before: who goes on is not asked every morning."""
    earlier = before(plan, stint)
    return earlier is None or earlier.who[:1] != stint.who[:1]


def _next_after(plan: Plan, engineer: Engineer, now: datetime) -> Stint | None:
    """The next shift of somebody else in a layer that the engineer has now, or had last."""
    mine = {stint.layer for stint in stints(plan, now - timedelta(days=1), now) if stint.who[:1] == (engineer.id,)}
    if not mine and engineer not in on_duty(plan, now).order[:1]:
        return None
    ahead = stints(plan, now, now + timedelta(days=8))
    others = [s for s in ahead if s.layer in mine and s.who and s.who[0] != engineer.id]
    return min(others, key=lambda stint: stint.start, default=None)


def _open_cases(session: Session, desk: Desk) -> str:
    rows = [_case(desk, case) for case in cases.all_open(session) if case.part_of is None]
    return "\n".join(rows) or desk.library.lines.no_open_cases


def _case(desk: Desk, case: CaseRow) -> str:
    owner = desk.roster.engineer(case.engineer)
    state = f"{owner.name} 在处理" if owner else "等人接"
    return f"- {case.id}（{state}）{inert(' / '.join(case.words))[:40]}"


def _clock(desk: Desk, moment: datetime) -> str:
    return f"{moment.astimezone(desk.roster.zone):%m-%d %H:%M}"
