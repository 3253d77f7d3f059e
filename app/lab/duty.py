"""Shows roster and cases on the command line: who is on duty, what lies ahead, who has served how much, the feeds."""

import csv
import io
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from app.clock import CHINA, SystemClock
from app.core.calendar.days import DayKind
from app.core.duty.ledger import ledger
from app.core.duty.plan import Plan, on_duty, stints
from app.core.duty.weak import weaknesses
from app.documents import Fault, Invalid
from app.flows.detail import event_line
from app.settings import Settings
from app.store import duty, timeline, views
from app.store.opening import open_database
from app.store.readonly import NoDatabase, looking
from app.store.roster import read_roster
from app.store.vault import Vault

_STATES = {"waiting": "等人接", "taken": "处理中", "resolved": "已解决"}
SHOWN = 40  # shifts


def describe(settings: Settings, days: int = 7) -> str:
    """Who is on duty now and in which order, the shifts of the next days, and what is wrong with them."""
    now = SystemClock().now()
    plan = _plan(settings, now)
    found, zone = on_duty(plan, now), plan.roster.zone
    lines = [
        f"{now.astimezone(zone):%Y-%m-%d %H:%M} 值班：{' → '.join(p.shown for p in found.order)}（{found.reason}）",
        "",
    ]
    ahead = sorted(stints(plan, now, now + timedelta(days=days)), key=lambda stint: stint.start)
    for stint in ahead[:SHOWN]:
        names = "、".join(p.name for id in stint.who if (p := plan.roster.engineer(id))) or "没有人"
        begin, end = stint.start.astimezone(zone), stint.end.astimezone(zone)
        lines.append(f"{begin:%m-%d %H:%M} 到 {end:%m-%d %H:%M}  {names}（{stint.reason}）")
    platforms = sorted({pager.platform for pager in settings.pagers.values()})
    weak = weaknesses(plan, platforms, now, days)
    return "\n".join([*lines, *(f"注意：{weakness.text}" for weakness in weak)])


def share(settings: Settings, month: str, *, as_csv: bool) -> str:
    """Who served how long in a month (2026-11), by pay class. Raises Invalid for another form."""
    try:
        first = datetime.strptime(month, "%Y-%m")  # noqa: DTZ007 - its zone is the roster's
    except ValueError:
        raise Invalid([Fault("--ledger", 1, f"月份写成 2026-11 这样，不能是“{month}”")]) from None
    roster = read_roster(settings.roster_file)
    start = first.replace(tzinfo=roster.zone)
    end = (start + timedelta(days=32)).replace(day=1)
    plan = _plan(settings, start)
    accounts = ledger(plan, start, end)
    rows = [
        [_name(plan, a.person), *(f"{a.hours(kind):.1f}" for kind in DayKind), f"{a.total:.1f}", str(a.shifts)]
        for a in accounts
    ]
    heading = ["姓名", *(f"{kind}（小时）" for kind in DayKind), "合计（小时）", "班次"]
    if as_csv:
        out = io.StringIO()
        csv.writer(out).writerows([heading, *rows])
        return out.getvalue().rstrip()
    note = ["放假安排还没公布，按周末和法定节日暂算。"] if any(a.provisional for a in accounts) else []
    return "\n".join(["  ".join(row) for row in [heading, *rows]] + note)


def feeds(settings: Settings, vault: Vault) -> str:
    """The calendar addresses. Whoever has one can read that calendar: they are told here and on no page."""
    roster = read_roster(settings.roster_file)
    base = f"http://{settings.listen.internal_host}:{settings.listen.internal_port}/calendar"
    rows = [("全体", ""), *((person.name, person.id) for person in roster.people)]
    return "\n".join(f"{name}  {base}/{id or 'team'}/{vault.address('calendar', id)}.ics" for name, id in rows)


def list_cases(settings: Settings) -> str:
    """The newest cases, one a line."""
    database = open_database(settings.database_url)
    try:
        with database.reading() as session:
            rows = views.list_cases(session, 50)
    finally:
        database.close()
    if not rows:
        return "还没有单。"
    return "\n".join(
        f"{row.number:>5}  {_STATES.get(row.state, row.state)}  {row.opened_at.astimezone(CHINA):%m-%d %H:%M}  "
        f"{row.who}：{' / '.join(row.words)[:60]}"
        for row in rows
    )


def tell_case(settings: Settings, number: int) -> str:
    """The timeline of one case: every call, and why it waited."""
    roster = read_roster(settings.roster_file)
    database = open_database(settings.database_url)
    try:
        with database.reading() as session:
            case = views.one_case(session, number)
            events = timeline.of(session, number)
    finally:
        database.close()
    if case is None:
        return f"没有单 {number}。"
    head = f"单 {number}  {_STATES.get(case.state, case.state)}  {case.who}：{' / '.join(case.words)[:200]}"
    return "\n".join([head, *(event_line(roster, event) for event in events)])


def _plan(settings: Settings, moment: datetime) -> Plan:
    """The plan with all that was agreed; of the file alone, where there is no database yet."""
    roster = read_roster(settings.roster_file)
    try:
        with looking(settings.database_url) as connection, Session(connection) as session:
            plan = duty.plan_for(session, roster, moment)
    except (NoDatabase, SQLAlchemyError):
        plan = Plan(roster)
    return plan


def _name(plan: Plan, id: str) -> str:
    person = plan.roster.engineer(id)
    return person.name if person else id
