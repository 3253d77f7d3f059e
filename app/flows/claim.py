"""Takes from the outbox what may go out now: within the limits of each target, pages to one engineer together."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app import meters
from app.channels.base import Sender
from app.core import pacing
from app.core.message import OutboundMessage, Way
from app.flows import bundle
from app.flows.desk import Desk
from app.store import claims, outbox, pace, replicas
from app.store.claims import Claimed
from app.store.tables import OutboxRow

ROUNDS = 5  # how often to look past targets that turn out to be used up


def claim(session: Session, desk: Desk, owner: str, channels: Sequence[str], now: datetime, most: int) -> list[Claimed]:
    """Rows that are `owner`'s now, in the order in which to send them; none for a target that takes no more."""
    claims.one_claimer(session, channels)
    claimed: list[Claimed] = []
    for _ in range(ROUNDS):
        rows = claims.ready(session, owner, now, channels, most)
        for row in rows:
            if row.state == "bundled":
                continue  # with one that was taken just now
            if _rang_perhaps(desk, row):
                claimed.append(claims.take(session, row, owner, now, begins=False))
            elif bundle.still_needed(session, desk, row, now) and _is_taken_now(session, desk, row, now):
                speaks = _with_others(session, desk, row, now)
                claimed.append(claims.take(session, speaks, owner, now))
        session.flush()
        if claimed or not rows:
            break
    taken_over = sum(item.interrupted for item in claimed)
    if taken_over:
        replicas.count_takeovers(session, owner, taken_over)
        meters.lease_takeover(taken_over)
    return claimed


def rings_no_more(sender: Sender, message: OutboundMessage) -> bool:
    """Whether it is not sent again after an interruption: it may have rung, and must not ring twice on one step."""
    return message.way is Way.PAGE and not sender.idempotent(message)


def _rang_perhaps(desk: Desk, row: OutboxRow) -> bool:
    sender = desk.sender(row.channel)
    return row.state == "sending" and sender is not None and rings_no_more(sender, outbox.message_of(row, desk.vault))


def _is_taken_now(session: Session, desk: Desk, row: OutboxRow, now: datetime) -> bool:
    """Whether the target takes it: a page that was interrupted and is to be repeated may find its pager shut."""
    is_shut = row.state == "sending" and row.way == Way.PAGE.value and pace.opens_at(session, row.channel, now) > now
    return not is_shut and _has_room(session, desk, row, now)


def _has_room(session: Session, desk: Desk, row: OutboxRow, now: datetime) -> bool:
    """Whether the target takes this line; where not, it is held until it does, for all that is less urgent as well."""
    limit = _limit(desk, row, now)
    if limit is None:
        return True
    until = pacing.room_at(limit, row.priority, _started(session, row, now), now)
    if until is not None:
        pace.hold(session, row, range(row.priority, pacing.REPLY + 1), until)
    return until is None


def _with_others(session: Session, desk: Desk, row: OutboxRow, now: datetime) -> OutboxRow:
    """Near the limit, pages to one engineer travel together."""
    limit = _limit(desk, row, now)
    if limit is None or row.way != Way.PAGE.value or row.attempts:
        return row
    near = pacing.is_near(limit, len(_started(session, row, now)))
    return bundle.gather(session, desk, row, now) if near else row


def _limit(desk: Desk, row: OutboxRow, now: datetime) -> int | None:
    sender = desk.sender(row.channel)
    return sender.per_minute(outbox.message_of(row, desk.vault), now) if sender else None


def _started(session: Session, row: OutboxRow, now: datetime) -> list[datetime]:
    session.flush()  # what was just taken counts
    return claims.started_since(session, row.channel, row.target, now - pacing.WINDOW)
