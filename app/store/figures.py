"""What `/metrics` tells from the tables: the same from every replica, and true again after a restart."""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from app.core.cases import CaseState
from app.core.message import Way
from app.store import pace
from app.store.cases import ESCALATE
from app.store.replicas import DEAD_AFTER
from app.store.tables import CaseRow, InboundRow, OutboxRow, ReplicaRow, TimerRow

_UNSETTLED = ("due", "sending")
SHOWN = (*_UNSETTLED, "failed", "unknown")  # the rest is by far the most, and tells nothing about how it goes
_SURELY_IN = timedelta(minutes=10)  # longer than any transaction: no message so old is still to be committed


@dataclass(frozen=True, slots=True)
class Figures:
    """`late` and `unsent` are by way: since when the oldest line is due, and since when it waits in all."""

    cases: dict[str, int]
    outbox: dict[tuple[str, str, str], int]
    late: dict[str, datetime]
    unsent: dict[str, datetime]
    oldest_waiting: datetime | None
    oldest_unpaged: datetime | None
    oldest_timer: datetime | None
    without_timer: int
    replicas: int


def figures(session: Session, now: datetime) -> Figures:
    """Read once a scrape: by indexes, and over rows that are not settled yet."""
    states = session.exec(select(CaseRow.state, func.count()).group_by(CaseRow.state)).all()
    place = (OutboxRow.channel, OutboxRow.way, OutboxRow.state)
    rows = session.exec(select(*place, func.count()).where(col(OutboxRow.state).in_(SHOWN)).group_by(*place)).all()
    oldest_due = select(OutboxRow.way, func.min(OutboxRow.due_at)).where(_late(now))
    oldest_put = select(OutboxRow.way, func.min(OutboxRow.created_at)).where(col(OutboxRow.state).in_(_UNSETTLED))
    waiting = col(CaseRow.state) == CaseState.WAITING.value
    timed = select(TimerRow.id).where(TimerRow.kind == ESCALATE, col(TimerRow.subject) == col(CaseRow.id)).exists()
    alive = col(ReplicaRow.seen_at) > now - DEAD_AFTER
    return Figures(
        dict(states),
        {(channel, way, state): number for channel, way, state, number in rows},
        dict(session.exec(oldest_due.group_by(OutboxRow.way)).all()),
        dict(session.exec(oldest_put.group_by(OutboxRow.way)).all()),
        session.exec(select(func.min(CaseRow.opened_at)).where(waiting)).one(),
        session.exec(select(func.min(CaseRow.opened_at)).where(waiting, ~_paged())).one(),
        session.exec(select(func.min(TimerRow.due_at))).one(),
        session.exec(select(func.count()).select_from(CaseRow).where(waiting, ~timed)).one(),
        session.exec(select(func.count()).select_from(ReplicaRow).where(alive)).one(),
    )


def _paged() -> ColumnElement[bool]:
    """A page of the case has surely left, by itself or together with others."""
    page, leader = aliased(OutboxRow), aliased(OutboxRow)
    said = or_(col(page.state) == "sent", (col(page.state) == "bundled") & (col(leader.state) == "sent"))
    return (
        select(page.id)
        .join(leader, col(leader.id) == col(page.bundled_into), isouter=True)
        .where(col(page.case_id) == col(CaseRow.id), col(page.way) == Way.PAGE.value, said)
        .correlate(CaseRow)
        .exists()
    )


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the oldest timer is, and the oldest page that could leave."""

    timer: timedelta
    page: timedelta


def lateness(session: Session, now: datetime) -> Lateness:
    """Zero where nothing is late. A page whose pager is locked out waits rightly."""
    late = (col(OutboxRow.way) == Way.PAGE.value) & _late(now) & ~pace.holds(now)
    timer = session.exec(select(func.min(TimerRow.due_at))).one()
    page = session.exec(select(func.min(OutboxRow.due_at)).where(late)).one()
    nothing = timedelta()
    return Lateness(*(max(nothing, now - since) if since else nothing for since in (timer, page)))


def _late(now: datetime) -> ColumnElement[bool]:
    """Due and not taken, or taken by somebody whose lease has run out."""
    due = (col(OutboxRow.state) == "due") & (col(OutboxRow.due_at) <= now)
    return or_(due, (col(OutboxRow.state) == "sending") & (col(OutboxRow.lease_until) < now))


class MessageCount:
    """Counts every message ever accepted, by channel and action, without reading the old ones at each scrape.

    A row never goes and never changes once it is committed, so what was counted up to a number stays counted.
    """

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, str]] = Counter()
        self._upto = 0
        self._lock = threading.Lock()

    def now(self, session: Session, now: datetime) -> dict[tuple[str, str], int]:
        """Numbers by (channel, action)."""
        with self._lock:
            old = select(InboundRow.id).where(col(InboundRow.received_at) < now - _SURELY_IN)
            newest = session.exec(old.order_by(col(InboundRow.received_at).desc()).limit(1)).first() or 0
            if newest > self._upto:
                self._counted.update(_between(session, self._upto, newest))
                self._upto = newest
            return dict(self._counted + _between(session, self._upto, None))


def _between(session: Session, after: int, upto: int | None) -> Counter[tuple[str, str]]:
    query = select(InboundRow.channel, InboundRow.action, func.count()).where(col(InboundRow.id) > after)
    if upto is not None:
        query = query.where(col(InboundRow.id) <= upto)
    # In this order: by channel first, SQLite would walk a whole index for the sake of the grouping.
    found = session.exec(query.group_by(InboundRow.action, InboundRow.channel)).all()
    return Counter({(channel, action): number for channel, action, number in found})
