"""Tells the watcher outside that the desk is well, only while it really is: alive but stuck, the watcher rings."""

from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import meters
from app.channels.watcher import Watcher
from app.flows.desk import Desk
from app.store.figures import lateness

log = structlog.get_logger(__name__)
TIMER_LATE = timedelta(seconds=60)
PAGE_LATE = timedelta(minutes=3)  # a page goes before everything else; a locked-out pager's do not count


def beat(desk: Desk, watcher: Watcher, trouble: str) -> str:
    """`sent`, `withheld` or `failed`. `trouble`: what the loops and the database have been found to suffer from."""
    reason = trouble or _stuck(desk)
    outcome = "withheld" if reason else "sent"
    if reason:
        log.error("heartbeat_withheld", reason=reason)
    elif code := watcher.tell():
        outcome = "failed"
        log.warning("heartbeat_failed", code=code)
    meters.heartbeat(outcome)
    return outcome


def _stuck(desk: Desk) -> str:
    """What should have happened a while ago and has not, though every loop is alive."""
    try:
        with desk.database.reading() as session:
            late = lateness(session, desk.clock.now())
    except SQLAlchemyError as error:
        return type(error).__name__
    if late.timer > TIMER_LATE:
        return "timer-overdue"
    return "page-overdue" if late.page > PAGE_LATE else ""
