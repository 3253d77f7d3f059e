"""A tap on a card: one line where it does not count, and the card as it looks from then on."""

from dataclasses import replace

from sqlmodel import Session

from app.channels.base import RawRequest, Response
from app.core.conversation import Conversation
from app.core.dialogue import Turn
from app.core.message import InboundMessage, Room, RoomKind
from app.core.taps import STALE, Card, Tap, face, judge, tap_id
from app.flows.desk import Desk
from app.store import inbound, outbox
from app.store.tables import OutboxRow


def placed(session: Session, message: InboundMessage) -> InboundMessage:
    """Where a tap is heard, if the platform does not say: in its card's room; on a page, between the two alone."""
    if message.room.id:
        return message
    row = outbox.with_key(session, message.channel, message.clicked)
    if row is None or not row.room_kind:
        return replace(message, room=Room(message.person.id, RoomKind.SINGLE))
    return replace(message, room=Room(row.room, RoomKind(row.room_kind)))


def without_effect(
    session: Session, desk: Desk, message: InboundMessage, state: Conversation
) -> tuple[Turn, list[str]] | None:
    """What a tap gets that moves no dialog; None where it counts, and is heard like words."""
    row = outbox.with_key(session, message.channel, message.clicked)
    card = Card(row.room, row.person, row.inbound_id) if row else None
    tap = judge(card, message.room, message.person, state)
    if tap is Tap.COUNTS:
        return None
    lines = desk.library.lines
    line = lines.card_foreign if tap is Tap.FOREIGN else lines.card_over
    return Turn(state, STALE), [line.format(desk=desk.channels[message.channel].desk_name)]


def card_in_response(desk: Desk, request: RawRequest, message: InboundMessage) -> Response | None:
    """The tapped card without its buttons, as the webhook's own response; None leaves it as it is."""
    with desk.database.reading() as session:
        row = outbox.newest_on(session, message.clicked)  # of a page: what became of its case
        if row is None:
            row = outbox.with_key(session, message.channel, message.clicked)
            if row is None or row.person != message.person.id:
                return None
        chosen = _chosen(session, row)
    card = outbox.message_of(row, desk.vault)
    if not card.card:
        card = replace(card, buttons=face(card.buttons, message.text, chosen, desk.library.lines))
    return desk.channels[message.channel].passive_reply(request, message.id, card, desk.clock.now())


def _chosen(session: Session, row: OutboxRow) -> str:
    """Which of the card's buttons moved the dialog; '' where none did."""
    for button in row.buttons:
        tap = inbound.find(session, row.channel, tap_id(row.key, row.person, button["says"]))
        if tap is not None and tap.action != STALE:
            return button["says"]
    return ""
