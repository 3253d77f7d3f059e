"""Rows as the store's tests need them, one line each."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.clock import new_id
from app.core.message import InboundMessage, MessageKind, OutboundMessage, Person, ReplyAddress, Room, Way
from app.store import conversations, inbound, outbox
from app.store.tables import CaseRow, ConversationRow, InboundRow, OutboxRow
from app.store.vault import Vault
from tests.people import GROUP, MONDAY_NINE, XIAOLIN

VAULT = Vault(Vault.new_key())


def message(
    text: str = "邮箱登不上", *, id: str = "", person: Person = XIAOLIN, room: Room = GROUP, at: datetime = MONDAY_NINE
) -> InboundMessage:
    """One message to the desk."""
    return InboundMessage("desk", id or new_id(), room, person, MessageKind.TEXT, text, at)


def claimed(session: Session, text: str = "邮箱登不上", at: datetime = MONDAY_NINE) -> InboundRow:
    """A message that is claimed."""
    row = inbound.claim(session, message(text, at=at), text)
    assert row is not None
    return row


def talking(session: Session, person: Person = XIAOLIN, at: datetime = MONDAY_NINE) -> ConversationRow:
    """Somebody's conversation in the group."""
    row = conversations.lock(session, message(person=person, at=at))
    session.flush()
    return row


def opened(session: Session, person: Person = XIAOLIN, *, state: str = "waiting", words: str = "登不上") -> CaseRow:
    """A case of that person."""
    target = talking(session, person)
    case = CaseRow(
        conversation_id=target.id or 0, state=state, words=[words], waits=[10], repeats=0, opened_at=MONDAY_NINE
    )
    session.add(case)
    session.flush()
    return case


def put(
    session: Session,
    markdown: str = "您好",
    *,
    way: Way = Way.REPLY,
    channel: str = "desk",
    due: datetime = MONDAY_NINE,
    address: ReplyAddress | None = None,
    inbound_id: int | None = None,
    case_id: int | None = None,
    person: Person | None = None,
) -> OutboxRow:
    """Something to be said, to somebody new each time unless named: lines to one person wait for one another."""
    said = OutboundMessage(new_id(), channel, way, markdown, GROUP, person or Person(new_id()))
    said = replace(said, reply_address=address)
    return outbox.put(session, said, VAULT, now=MONDAY_NINE, due_at=due, inbound_id=inbound_id, case_id=case_id)
