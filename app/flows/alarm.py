"""Raises what the audit finds: a case that should have been called out and was not is told to whoever keeps the roster.

The audit looks with its own queries and on its own schedule; only the alarm itself goes the engine's way.
"""

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from app.flows import tell
from app.flows.desk import Desk
from app.store import audit
from app.store.finding_words import TELLS
from app.store.findings import Finding, Scope, find

log = structlog.get_logger(__name__)
WINDOW = timedelta(hours=24)  # as `zhiban audit` looks without `--since`
RAISED = ("handoff_lost", "unpaged", "page_lost", "timer_missing", "timer_overdue")
MOST_SHOWN = 10
_ACTION = "alarm"


def alarm(desk: Desk) -> int:
    """How many findings were raised: each once, for all replicas together."""
    now = desk.clock.now()
    with desk.database.reading() as session:
        found = [finding for finding in find(session.connection(), scope_of(desk, now)) if finding.kind in RAISED]
    if not found:
        return 0
    with desk.database.transaction() as session:
        audit.one_at_a_time(session)
        fresh = [finding for finding in found if not audit.of(session, _subject(finding))]
        if fresh:
            _raise(session, desk, fresh, now)
        return len(fresh)


def scope_of(desk: Desk, now: datetime) -> Scope:
    """What the audit looks at in a running desk."""
    platforms = {channel.platform for channel in desk.channels.values()}
    engineers = {person.platform_id(platform) for person in desk.roster.people for platform in platforms}
    return Scope(now, now - WINDOW, now - desk.keep_messages, engineers, paging=bool(desk.pagers))


def _raise(session: Session, desk: Desk, findings: list[Finding], now: datetime) -> None:
    lines = desk.library.lines
    told = [f"- {TELLS[finding.kind][0]}：{finding.number}" for finding in findings[:MOST_SHOWN]]
    text = lines.page_audit.format(list="\n".join(told))
    for admin in desk.admins:
        tell.page(session, desk, admin, text, now, case_id=None, title=lines.roster_title)
    for finding in findings:
        audit.write(session, at=now, actor="audit", action=_ACTION, subject=_subject(finding), after=finding.code)
        log.error("audit_alarm", kind=finding.kind, number=finding.number, channel=finding.channel)


def _subject(finding: Finding) -> str:
    return f"{finding.kind}:{finding.number}:{finding.moment:%Y%m%dT%H%M}"
