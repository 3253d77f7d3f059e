"""Everything that is to be said: put with the state in one transaction, claimed with a lease, settled once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from app.core.message import Mention, OutboundMessage, Person, ReplyAddress, Room, RoomKind, Way
from app.store import pace, replicas
from app.store.tables import OutboxRow
from app.store.vault import Vault

LEASE = timedelta(seconds=60)  # longer than the longest send; a dead process's rows are taken over sooner
RESPONSE_LEASE = timedelta(seconds=10)  # of a reply that rides on the webhook's response: the platform waits for 5
_LOCK = 5_917_204  # any number of our own, for PostgreSQL's advisory lock
PRIORITY = {Way.PAGE: 0, Way.ROOM: 1, Way.REPLY: 2}


def put(
    session: Session,
    message: OutboundMessage,
    vault: Vault,
    *,
    now: datetime,
    due_at: datetime | None = None,
    inbound_id: int | None = None,
    case_id: int | None = None,
) -> OutboxRow:
    """Add a row to be delivered from `due_at` (default: now) on."""
    address = message.reply_address
    row = OutboxRow(
        key=message.key,
        channel=message.channel,
        way=message.way.value,
        priority=PRIORITY[message.way],
        room=message.room.id if message.room else "",
        room_kind=message.room.kind.value if message.room else "",
        person=message.person.id if message.person else "",
        person_name=message.person.name if message.person else "",
        markdown=message.markdown,
        title=message.title,
        mentions=[{"user_id": m.user_id, "mobile": m.mobile} for m in message.mentions],
        sealed_reply=vault.seal(address.url) if address else "",
        reply_expires_at=address.expires_at if address else None,
        inbound_id=inbound_id,
        case_id=case_id,
        target=_target(message),
        due_at=due_at or now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _target(message: OutboundMessage) -> str:
    """Whom the platform counts: the room, else the person. A pager has one room."""
    if message.way is Way.PAGE:
        return ""
    return message.room.id if message.room else message.person.id if message.person else ""


def message_of(row: OutboxRow, vault: Vault) -> OutboundMessage:
    """The row as a value; the address is opened here and nowhere else."""
    url = vault.open(row.sealed_reply) if row.sealed_reply else None
    address = ReplyAddress(url, row.reply_expires_at) if url and row.reply_expires_at else None
    return OutboundMessage(
        row.key,
        row.channel,
        Way(row.way),
        row.markdown,
        Room(row.room, RoomKind(row.room_kind)) if row.room else None,
        Person(row.person, row.person_name) if row.person else None,
        tuple(Mention(m["user_id"], m["mobile"]) for m in row.mentions),
        address,
        row.title,
        max(1, row.attempts),
    )


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
    """Rows that `owner` may take: whose time has come, or whose sender is dead. Pages first, then the oldest.

    Left out is what a target does not take now, and a line to somebody whose earlier one of that kind is not settled.
    """
    overdue = or_(col(OutboxRow.lease_until) < now, col(OutboxRow.owner).in_(replicas.dead(now, owner)))
    time_has_come = or_(
        (col(OutboxRow.state) == "due") & (col(OutboxRow.due_at) <= now),
        (col(OutboxRow.state) == "sending") & overdue,
    )
    order = (col(OutboxRow.priority), col(OutboxRow.due_at), col(OutboxRow.id))
    query = (
        select(OutboxRow)
        .where(time_has_come, col(OutboxRow.channel).in_(channels), ~pace.holds(now), ~_has_one_ahead())
        .order_by(*order)
        .limit(most)
    )
    return list(session.exec(query.with_for_update(skip_locked=True, of=OutboxRow)).all())


def _has_one_ahead() -> ColumnElement[bool]:
    """An earlier line of the same kind to the same person, in the same room, is still on its way."""
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


def take(session: Session, row: OutboxRow, owner: str, now: datetime, lease: timedelta = LEASE) -> Claimed:
    """Make a ready row ours."""
    claimed = Claimed(row, row.state == "sending")
    row.state, row.owner, row.lease_until, row.started_at = "sending", owner, now + lease, now
    row.attempts += 1
    session.add(row)
    return claimed


def put_back(session: Session, row: OutboxRow) -> None:
    """Give back a row that was claimed and not sent: as if it had not been claimed."""
    session.execute(
        update(OutboxRow)
        .where(col(OutboxRow.id) == row.id, col(OutboxRow.owner) == row.owner, col(OutboxRow.state) == "sending")
        .where(col(OutboxRow.attempts) == row.attempts)
        .values(state="due", attempts=row.attempts - 1, lease_until=None, started_at=None)
        .execution_options(synchronize_session=False)
    )


def started_since(session: Session, channel: str, target: str, since: datetime) -> list[datetime]:
    """When lines to this target were sent (or tried) lately, oldest first."""
    query = select(OutboxRow.started_at).where(
        OutboxRow.channel == channel, OutboxRow.target == target, col(OutboxRow.started_at) > since
    )
    return sorted(moment for moment in session.exec(query).all() if moment is not None)


def bundle(session: Session, leader: OutboxRow, now: datetime, most: int) -> list[OutboxRow]:
    """Pages to the same engineer that have not left either, now said as part of `leader`, which was never tried."""
    query = (
        select(OutboxRow)
        .where(OutboxRow.channel == leader.channel, OutboxRow.way == Way.PAGE.value, OutboxRow.state == "due")
        .where(OutboxRow.attempts == 0, col(OutboxRow.due_at) <= now, col(OutboxRow.id) > leader.id)
        .order_by(col(OutboxRow.id))
        .limit(200)
    )
    found = session.exec(query.with_for_update(skip_locked=True)).all()
    members = [row for row in found if row.mentions == leader.mentions and row.case_id][:most]
    for row in members:
        row.state, row.bundled_into, row.finished_at = "bundled", leader.id, now
        session.add(row)
    return members


def bundled_in(session: Session, row: OutboxRow) -> list[OutboxRow]:
    """The pages that are said as part of this one."""
    return list(session.exec(select(OutboxRow).where(OutboxRow.bundled_into == row.id)).all())


def claim_reply(session: Session, inbound_id: int, owner: str, now: datetime) -> OutboxRow | None:
    """The reply to a message, for riding on the webhook's own response. None when the worker has it already."""
    query = select(OutboxRow).where(
        OutboxRow.inbound_id == inbound_id, OutboxRow.way == Way.REPLY.value, OutboxRow.state == "due"
    )
    row = session.exec(query.with_for_update(skip_locked=True)).first()
    return take(session, row, owner, now, RESPONSE_LEASE).row if row else None


def settle(
    session: Session,
    row: OutboxRow,
    state: str,
    *,
    now: datetime,
    due_at: datetime | None = None,
    error: str = "",
) -> bool:
    """Write down what happened, unless another owner has taken the row meanwhile. Erases spent addresses."""
    values: dict[str, object] = {"state": state, "error": error[:255], "lease_until": None}
    if state == "due":
        values["due_at"] = due_at or now
    else:
        values |= {"finished_at": now, "sealed_reply": "", "reply_expires_at": None}
    statement = (
        update(OutboxRow)
        .where(col(OutboxRow.id) == row.id, col(OutboxRow.owner) == row.owner, col(OutboxRow.state) == "sending")
        .where(col(OutboxRow.attempts) == row.attempts)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(session.execute(statement), "rowcount", 0))


def reply_to(session: Session, inbound_id: int) -> OutboxRow | None:
    """What was said in answer to a message, whatever became of it: a second delivery gets the same."""
    query = select(OutboxRow).where(OutboxRow.inbound_id == inbound_id, OutboxRow.way == Way.REPLY.value)
    return session.exec(query).first()


def drop_pages(session: Session, case_id: int, now: datetime) -> None:
    """Pages of a case that nobody needs any more and that have not left; one that speaks for other cases stays."""
    others_too = select(OutboxRow.bundled_into).where(col(OutboxRow.bundled_into).is_not(None))
    statement = (
        update(OutboxRow)
        .where(col(OutboxRow.case_id) == case_id, col(OutboxRow.way) == Way.PAGE.value, col(OutboxRow.state) == "due")
        .where(col(OutboxRow.id).not_in(others_too))
        .values(state="dropped", finished_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(statement)


def pages_waiting(session: Session, channel: str) -> list[OutboxRow]:
    """Pages that this pager has not been given yet."""
    query = select(OutboxRow).where(
        OutboxRow.channel == channel, OutboxRow.way == Way.PAGE.value, OutboxRow.state == "due"
    )
    return list(session.exec(query.order_by(col(OutboxRow.id)).with_for_update(skip_locked=True)).all())


def forget_finished(session: Session, before: datetime) -> None:
    """Delete what was settled long ago."""
    session.execute(delete(OutboxRow).where(col(OutboxRow.finished_at) < before))
