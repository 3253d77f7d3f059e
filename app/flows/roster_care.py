"""Looks after the roster once a day: what is wrong with tomorrow is told to the admins today."""

from datetime import datetime, time, timedelta

from sqlmodel import Session

from app.core.duty.plan import Plan
from app.core.duty.weak import weaknesses
from app.flows import tell
from app.flows.desk import Desk
from app.flows.quota import warn
from app.store import duty, timers

LOOK_AT = time(15, 0)  # of the roster's own clock: there is still somebody to mend it
AHEAD = 2  # days: the rest of today, and tomorrow
DAILY = "roster"
MOST_SHOWN = 10
ALWAYS = ("empty", "unreachable")


def care(desk: Desk) -> bool:
    """Whether it was time to look; once a day for all replicas together, and again after a missed day."""
    now = desk.clock.now()
    with desk.database.reading() as session:
        due = timers.due_at(session, DAILY)
    if due is not None and due > now:
        return False
    with desk.database.transaction() as session:
        duty.one_at_a_time(session)
        due = timers.due_at(session, DAILY)
        if due is not None and due > now:
            return False
        timers.put(session, DAILY, _next_look(desk, now))
        if due is None:
            return False  # the first start: look at the next usual hour
        _tell(session, desk, now)
        warn(session, desk, now)
        return True


def _tell(session: Session, desk: Desk, now: datetime) -> None:
    plan = duty.plan_for(session, desk.roster, now)
    platforms = sorted({pager.platform for pager in desk.pagers.values()})
    planned = weaknesses(Plan(desk.roster, plan.anchors), platforms, now, AHEAD)  # hours left free on purpose
    found = [
        weakness.text
        for weakness in weaknesses(plan, platforms, now, AHEAD)
        if weakness.code in ALWAYS or weakness not in planned
    ]
    if not found:
        return
    lines = desk.library.lines
    text = lines.page_roster_weak.format(list="\n".join(f"- {told}" for told in found[:MOST_SHOWN]))
    for admin in desk.admins:
        tell.page(session, desk, admin, text, now, case_id=None, title=lines.roster_title)


def _next_look(desk: Desk, now: datetime) -> datetime:
    local = now.astimezone(desk.roster.zone)
    today = local.replace(hour=LOOK_AT.hour, minute=LOOK_AT.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
