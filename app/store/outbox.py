"""Everything that is to be said: put with the state in one transaction, claimed (`claims.py`), settled once."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, select

from app.core.delivery import rest
from app.core.message import Button, Mention, OutboundMessage, Person, ReplyAddress, Room, RoomKind, Way
from app.store.tables import OutboxRow
from app.store.vault import Vault

PRIORITY = {Way.PAGE: 0, Way.ROOM: 1, Way.REPLY: 2, Way.CARD: 2}
_NO_ADDRESS: dict[str, object] = {"sealed_reply": "", "reply_expires_at": None}


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
        room=message.room.id if message.room else message.card,
        room_kind=message.room.kind.value if message.room else "",
        person=message.person.id if message.person else "",
        person_name=message.person.name if message.person else "",
        markdown=message.markdown,
        title=message.title,
        mentions=[{"user_id": m.user_id, "mobile": m.mobile} for m in message.mentions],
        buttons=[{"text": b.text, "says": b.says} for b in message.buttons],
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
    """Whom the platform counts: the room, else the person; of a card's changes, the card. A pager has one room."""
    if message.way is Way.PAGE:
        return ""
    if message.way is Way.CARD:
        return message.card
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
        Room(row.room, RoomKind(row.room_kind)) if row.room_kind else None,
        Person(row.person, row.person_name) if row.person else None,
        tuple(Mention(m["user_id"], m["mobile"]) for m in row.mentions),
        address,
        row.title,
        max(1, row.attempts),
        tuple(Button(b["text"], b["says"]) for b in row.buttons),
        row.room if row.way == Way.CARD.value else "",
    )


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
        values |= {"finished_at": now, **_NO_ADDRESS}
    statement = (
        update(OutboxRow)
        .where(col(OutboxRow.id) == row.id, col(OutboxRow.owner) == row.owner, col(OutboxRow.state) == "sending")
        .where(col(OutboxRow.attempts) == row.attempts)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(session.execute(statement), "rowcount", 0))


def keep_address(session: Session, row: OutboxRow, address: ReplyAddress, vault: Vault) -> None:
    """By what address a page that was sent can be changed."""
    values = {"sealed_reply": vault.seal(address.url), "reply_expires_at": address.expires_at}
    _write(session, (col(OutboxRow.id) == row.id) & (col(OutboxRow.state) == "sent"), values)


def forget_address(session: Session, row: OutboxRow) -> None:
    """It takes one call."""
    _write(session, col(OutboxRow.id) == row.id, _NO_ADDRESS)


def erase_expired_addresses(session: Session, now: datetime) -> None:
    """Of pages that nobody changed in time."""
    _write(session, (col(OutboxRow.state) == "sent") & (col(OutboxRow.reply_expires_at) < now), _NO_ADDRESS)


def _write(session: Session, which: ColumnElement[bool], values: Mapping[str, object]) -> None:
    session.execute(update(OutboxRow).where(which).values(**values).execution_options(synchronize_session=False))


def reply_to(session: Session, inbound_id: int) -> OutboxRow | None:
    """What was said in answer to a message, whatever became of it: a second delivery gets the same."""
    query = select(OutboxRow).where(OutboxRow.inbound_id == inbound_id, OutboxRow.way == Way.REPLY.value)
    return session.exec(query).first()


def rings_elsewhere(session: Session, page: OutboxRow) -> bool:
    """Whether the same call to the same person goes by another pager anyway."""
    query = select(OutboxRow).where(
        OutboxRow.case_id == page.case_id,
        OutboxRow.way == Way.PAGE.value,
        OutboxRow.created_at == page.created_at,
        OutboxRow.markdown == page.markdown,
        OutboxRow.channel != page.channel,
        col(OutboxRow.state).in_(("due", "sending", "sent", "bundled")),
    )
    return any(_same_person(row, page) for row in session.exec(query).all())


def _same_person(one: OutboxRow, other: OutboxRow) -> bool:
    return any(
        a[key] and a[key] == b[key] for a in one.mentions for b in other.mentions for key in ("user_id", "mobile")
    )


def said_lately(session: Session, markdown: str, since: datetime) -> bool:
    """Whether these very words were put here since then, whoever was to hear them."""
    query = select(OutboxRow.id).where(OutboxRow.markdown == markdown, OutboxRow.created_at > since)
    return session.exec(query).first() is not None


def with_key(session: Session, channel: str, key: str) -> OutboxRow | None:
    """The row of a channel that has this key."""
    return session.exec(select(OutboxRow).where(OutboxRow.key == key, OutboxRow.channel == channel)).first()


def cards_of(session: Session, case_id: int) -> list[OutboxRow]:
    """The pages of a case that may stand on screens with buttons."""
    query = select(OutboxRow).where(
        OutboxRow.case_id == case_id,
        OutboxRow.way == Way.PAGE.value,
        col(OutboxRow.state).in_(("sending", "sent", "unknown")),
    )
    return [row for row in session.exec(query.order_by(col(OutboxRow.id))).all() if row.buttons]


def newest_on(session: Session, card: str) -> OutboxRow | None:
    """What was said last on a page's card, or is to be; None where it is as it was shown."""
    case_id = session.exec(select(OutboxRow.case_id).where(OutboxRow.key == card)).first()
    if case_id is None:
        return None
    query = select(OutboxRow).where(
        OutboxRow.case_id == case_id, OutboxRow.room == card, OutboxRow.way == Way.CARD.value
    )
    return session.exec(query.order_by(col(OutboxRow.id).desc()).limit(1)).first()


def called_again(session: Session, page: OutboxRow) -> bool:
    """Whether the case of this page has been called for once more since."""
    later = select(OutboxRow.id).where(OutboxRow.case_id == page.case_id, OutboxRow.way == Way.PAGE.value)
    return session.exec(later.where(OutboxRow.created_at > page.created_at).limit(1)).first() is not None


def reached_nobody(session: Session, page: OutboxRow) -> bool:
    """Whether this call was refused to all whom it was for, while the call before it, for the same case, was not."""
    of_case = select(OutboxRow.state).where(OutboxRow.case_id == page.case_id, OutboxRow.way == Way.PAGE.value)
    same = set(session.exec(of_case.where(OutboxRow.markdown == page.markdown)).all())
    earlier = of_case.where(col(OutboxRow.created_at) <= page.created_at, OutboxRow.markdown != page.markdown)
    newest = earlier.order_by(col(OutboxRow.created_at).desc(), col(OutboxRow.id).desc())
    before = session.exec(newest.limit(1)).first()
    return same <= {"failed", "moved", "dropped"} and before != "failed"


def refused_by(session: Session, page: OutboxRow) -> set[str]:
    """The pagers that refused this very page for good."""
    same = select(OutboxRow.channel).where(OutboxRow.case_id == page.case_id, OutboxRow.state == "failed")
    return set(session.exec(same.where(OutboxRow.way == Way.PAGE.value, OutboxRow.markdown == page.markdown)).all())


def rests(session: Session, page: OutboxRow) -> dict[str, datetime]:
    """Until when this very page stays away from the pagers that it has left, since they only stumbled."""
    same = select(OutboxRow.channel, OutboxRow.finished_at).where(OutboxRow.case_id == page.case_id)
    same = same.where(OutboxRow.way == Way.PAGE.value, OutboxRow.markdown == page.markdown)
    left: dict[str, list[datetime]] = defaultdict(list)
    for channel, moment in session.exec(same.where(OutboxRow.state == "moved")).all():
        if moment:
            left[channel].append(moment)
    return {channel: max(moments) + rest(len(moments)) for channel, moments in left.items()}


def forget_finished(session: Session, before: datetime) -> None:
    """Delete what was settled long ago."""
    session.execute(delete(OutboxRow).where(col(OutboxRow.finished_at) < before))
