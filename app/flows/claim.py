"""Takes from the outbox what may go out now: within the limits of each target, pages to one engineer together."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app import meters
from app.channels.base import Sender
from app.channels.text import cut_bytes
from app.core import pacing
from app.core.message import OutboundMessage, Way
from app.flows.desk import Desk
from app.store import claims, outbox, pace, replicas
from app.store.claims import Claimed
from app.store.tables import OutboxRow

ROUNDS = 5  # how often to look past targets that turn out to be used up
MOST_IN_A_BUNDLE = 19  # pages beside the first; more come in the next bundle
BUNDLE_BYTES = 1_500  # of WeCom's 2,048: what is left is for the lines around


def claim(session: Session, desk: Desk, owner: str, channels: Sequence[str], now: datetime, most: int) -> list[Claimed]:
    """Rows that are `owner`'s now, in the order in which to send them; none for a target that takes no more."""
    claims.one_claimer(session, channels)
    claimed: list[Claimed] = []
    for _ in range(ROUNDS):
        rows = claims.ready(session, owner, now, channels, most)
        for row in rows:
            rang = _rang_perhaps(desk, row)
            if row.state != "bundled" and (rang or _is_taken_now(session, desk, row, now)):
                claimed.append(claims.take(session, row, owner, now, begins=not rang))
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
    sender = desk.sender(row.channel)
    limit = sender.per_minute(outbox.message_of(row, desk.vault), now) if sender else None
    if limit is None:
        return True
    session.flush()  # what was just taken counts
    started = claims.started_since(session, row.channel, row.target, now - pacing.WINDOW)
    until = pacing.room_at(limit, row.priority, started, now)
    if until is not None:
        pace.hold(session, row, range(row.priority, pacing.REPLY + 1), until)
        return False
    if row.way == Way.PAGE.value and row.attempts == 0 and pacing.is_near(limit, len(started)):
        _bundle(session, desk, row, now)
    return True


def _bundle(session: Session, desk: Desk, leader: OutboxRow, now: datetime) -> None:
    """Say the other pages to the same engineer with this one: he gets one ping, and the limit lasts."""
    members = claims.bundle(session, leader, now, MOST_IN_A_BUNDLE)
    if not members:
        return
    rows = [leader, *members]
    each = BUNDLE_BYTES // len(rows)
    leader.markdown = desk.library.lines.page_bundle.format(
        count=len(rows),
        pages="\n".join(cut_bytes(_brief(row.markdown), each) for row in rows),
        desk=desk.name_for_pager(leader.channel),
    )
    leader.title, leader.buttons = f"{len(rows)} 张单", []  # a tap would take only one of them
    session.add(leader)


def _brief(page: str) -> str:
    """What a page says first: the case, who, and in what words."""
    return " ".join(line for line in page.splitlines() if line.strip())
