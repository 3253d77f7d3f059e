"""Who may send which row of the outbox now: in order, by lease, within the pace of its target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from app.core.message import Way
from app.store import pace, replicas
from app.store.tables import OutboxRow

LEASE = timedelta(seconds=60)  # longer than the longest send; a dead process's rows are taken over sooner
RESPONSE_LEASE = timedelta(seconds=10)  # of a reply that rides on the webhook's response: the platform waits for 5
WINDOW, MOST_LOOKED_AT = 100, 100_000
_LOCK = 5_917_204  # any number of our own, for PostgreSQL's advisory lock


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours now. `interrupted`: its owner died or its lease ran out, so it may have been sent."""

    row: OutboxRow
    interrupted: bool


def one_claimer(session: Session, channels: Sequence[str]) -> None:
    """Until the end of the transaction nobody else claims for these channels, so that two do not use up one limit."""
    if session.get_bind().dialect.name == "postgresql":
        for channel in sorted(channels):
            session.execute(
                text("SELECT pg_advisory_xact_lock(:lock, hashtext(:name))"), {"lock": _LOCK, "name": channel}
            )


def ready(session: Session, owner: str, now: datetime, channels: Sequence[str], most: int) -> list[OutboxRow]:
    """Rows that `owner` may take: whose sender is dead, then whose time has come. Pages first, then the oldest.

    Left out is what a target does not take now, and a line to somebody whose earlier one of that kind is not settled;
    but not a page whose sender died: one that may not ring twice is given up, whether its pager is open or not.
    """
    open_now, is_page = ~pace.holds(now), col(OutboxRow.way) == Way.PAGE.value
    left = _next(session, _interrupted(owner, now) & (open_now | is_page), channels, most)
    waiting = (col(OutboxRow.state) == "due") & (col(OutboxRow.due_at) <= now) & open_now
    due = _next(session, waiting, channels, most)
    return sorted([*left, *due], key=lambda row: (row.priority, row.due_at, row.id))[:most]


def _interrupted(owner: str, now: datetime) -> ColumnElement[bool]:
    """Rows whose sender died, or lost them; `owner` itself lives."""
    overdue = or_(col(OutboxRow.lease_until) < now, col(OutboxRow.owner).in_(replicas.dead(now, owner)))
    return (col(OutboxRow.state) == "sending") & overdue


def _next(session: Session, which: ColumnElement[bool], channels: Sequence[str], most: int) -> list[OutboxRow]:
    """Window by window down the queue, so that a long backlog costs no more than a short one."""
    order = (col(OutboxRow.priority), col(OutboxRow.due_at), col(OutboxRow.id))
    queue = select(OutboxRow.id).where(which, col(OutboxRow.channel).in_(channels)).order_by(*order)
    for offset in range(0, MOST_LOOKED_AT, WINDOW):
        window = session.exec(queue.offset(offset).limit(WINDOW)).all()
        if not window:
            return []  # most looks, by far
        free = select(OutboxRow).where(col(OutboxRow.id).in_(window), which, ~_has_one_ahead()).order_by(*order)
        rows = session.exec(free.limit(most).with_for_update(skip_locked=True, of=OutboxRow)).all()
        if rows or len(window) < WINDOW:
            return list(rows)
    return []


@cache
def _has_one_ahead() -> ColumnElement[bool]:
    """An earlier line of the same kind to the same person, in the same room, is still on its way. Pages have none."""
    earlier = aliased(OutboxRow)
    return (
        select(earlier.id)
        .where(
            col(OutboxRow.way) != Way.PAGE.value,
            col(earlier.channel) == col(OutboxRow.channel),
            col(earlier.room) == col(OutboxRow.room),
            col(earlier.person) == col(OutboxRow.person),
            col(earlier.state).in_(("due", "sending")),
            col(earlier.way) == col(OutboxRow.way),
            col(earlier.id) < col(OutboxRow.id),
        )
        .exists()
    )


def take(
    session: Session, row: OutboxRow, owner: str, now: datetime, lease: timedelta = LEASE, *, begins: bool = True
) -> Claimed:
    """Make a ready row ours. Not `begins`: it is not sent, so that the target's pace counts its earlier start only."""
    claimed = Claimed(row, row.state == "sending")
    row.state, row.owner, row.lease_until = "sending", owner, now + lease
    row.attempts += 1
    if begins:
        row.started_at = now
    session.add(row)
    return claimed


def put_back(session: Session, item: Claimed, now: datetime) -> None:
    """Give back a row that was claimed and not sent: as if it had not been claimed.

    One that was interrupted before stays so, with its lease over: whoever takes it next must know.
    """
    row = item.row
    values = {"state": "due", "attempts": row.attempts - 1, "lease_until": None, "started_at": None}
    if item.interrupted:
        values = {"lease_until": now - timedelta(seconds=1), "started_at": None}
    session.execute(
        update(OutboxRow)
        .where(col(OutboxRow.id) == row.id, col(OutboxRow.owner) == row.owner, col(OutboxRow.state) == "sending")
        .where(col(OutboxRow.attempts) == row.attempts)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def started_since(session: Session, channel: str, target: str, since: datetime) -> list[datetime]:
    """When lines to this target were sent (or tried) lately, oldest first."""
    query = select(OutboxRow.started_at).where(
        OutboxRow.channel == channel, OutboxRow.target == target, col(OutboxRow.started_at) > since
    )
    return sorted(moment for moment in session.exec(query).all() if moment is not None)


def companions(session: Session, page: OutboxRow, now: datetime, most: int) -> list[OutboxRow]:
    """Later pages of cases to the same engineer that have not been tried either."""
    query = (
        select(OutboxRow)
        .where(OutboxRow.channel == page.channel, OutboxRow.way == Way.PAGE.value, OutboxRow.state == "due")
        .where(OutboxRow.attempts == 0, col(OutboxRow.due_at) <= now, col(OutboxRow.id) > page.id)
        .order_by(col(OutboxRow.id))
        .limit(200)
    )
    found = session.exec(query.with_for_update(skip_locked=True)).all()
    return [row for row in found if row.mentions == page.mentions and row.case_id][:most]


def parts(session: Session, row: OutboxRow) -> list[OutboxRow]:
    """The pages of cases that are said by this row: itself, or those that were put together in it and are needed."""
    query = select(OutboxRow).where(OutboxRow.bundled_into == row.id, OutboxRow.state == "bundled")
    members = list(session.exec(query.order_by(col(OutboxRow.id))).all())
    return members if members and row.case_id is None else [row, *members]


def is_bundle(session: Session, row: OutboxRow) -> bool:
    """Whether it was made of other pages, needed or not."""
    if row.case_id is not None or row.way != Way.PAGE.value:
        return False
    return session.exec(select(OutboxRow.id).where(OutboxRow.bundled_into == row.id).limit(1)).first() is not None


def claim_reply(session: Session, inbound_id: int, owner: str, now: datetime) -> OutboxRow | None:
    """The reply to a message, for riding on the webhook's own response. None when the worker has it already."""
    query = select(OutboxRow).where(
        OutboxRow.inbound_id == inbound_id, OutboxRow.way == Way.REPLY.value, OutboxRow.state == "due"
    )
    row = session.exec(query.with_for_update(skip_locked=True)).first()
    return take(session, row, owner, now, RESPONSE_LEASE).row if row else None


def pages_waiting(session: Session, channel: str, owner: str, now: datetime) -> list[OutboxRow]:
    """Pages that this pager has not been given yet, or perhaps has by a sender that died."""
    query = select(OutboxRow).where(OutboxRow.channel == channel, OutboxRow.way == Way.PAGE.value)
    query = query.where((col(OutboxRow.state) == "due") | _interrupted(owner, now))
    return list(session.exec(query.order_by(col(OutboxRow.id)).with_for_update(skip_locked=True)).all())


def drop_pages(session: Session, case_id: int, now: datetime) -> None:
    """Pages of a case that nobody needs any more and that have not left, alone or in a bundle.

    One whose sender died may have rung: it stays unknown.
    """
    bundles = aliased(OutboxRow)
    not_left = select(bundles.id).where(col(bundles.state) == "due", col(bundles.way) == Way.PAGE.value)
    in_bundle = (col(OutboxRow.state) == "bundled") & col(OutboxRow.bundled_into).in_(not_left)
    pages = update(OutboxRow).where(col(OutboxRow.case_id) == case_id, col(OutboxRow.way) == Way.PAGE.value)
    for which, state in (((col(OutboxRow.state) == "due") | in_bundle, "dropped"), (_interrupted("", now), "unknown")):
        session.execute(
            pages.where(which).values(state=state, finished_at=now).execution_options(synchronize_session=False)
        )
