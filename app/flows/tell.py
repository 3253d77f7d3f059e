"""Puts lines into the outbox: a reply to a message, a line said later in a room, a page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from app.channels.text import inert
from app.clock import CHINA, new_id
from app.core.message import TITLE, Button, InboundMessage, Mention, OutboundMessage, ReplyAddress, RoomKind, Way
from app.core.offers import NOTHING, Offer
from app.core.roster import Engineer
from app.flows.desk import Desk
from app.store import cases, conversations, outbox, pace
from app.store.tables import CaseRow, ConversationRow, OutboxRow

LONGEST_TITLE = 64
TAPPED = timedelta(seconds=3)  # a card is not changed while the platform still waits for the answer to a tap on it
PATIENCE = timedelta(seconds=3)  # a page does not wait longer for a pager that is locked out, while another is open


def reply(
    session: Session,
    desk: Desk,
    message: InboundMessage,
    inbound_id: int,
    markdown: str,
    now: datetime,
    offer: Offer = NOTHING,
) -> OutboxRow:
    """Answer a message. The row waits for the webhook's own response where the platform wants that.

    The response to a tap is the tapped card, so that its answer waits for nothing.
    """
    channel = desk.channels[message.channel]
    title = offer.heading
    group = message.room.kind is RoomKind.GROUP
    if group and channel.names_in_replies:
        name = f"{inert(message.person.shown)}："
        markdown, title = name + markdown, name + title if title else ""
    outbound = OutboundMessage(
        new_id(),
        message.channel,
        Way.REPLY,
        markdown,
        message.room,
        message.person,
        (Mention(message.person.id),) if group else (),
        message.reply_address,
        title[:LONGEST_TITLE] or TITLE,
        buttons=offer.buttons,
    )
    due_at = now if message.clicked else now + channel.reply_grace
    return outbox.put(session, outbound, desk.vault, now=now, due_at=due_at, inbound_id=inbound_id)


def room(
    session: Session,
    desk: Desk,
    target: ConversationRow,
    markdown: str,
    now: datetime,
    *,
    case_id: int | None,
) -> None:
    """Say something later where that person wrote."""
    place, person = conversations.room_of(target), conversations.person_of(target)
    url = desk.vault.open(target.sealed_reply) if target.sealed_reply else None
    address = None
    if url and target.reply_expires_at and target.reply_expires_at > now:
        address = ReplyAddress(url, target.reply_expires_at)
    mentions = (Mention(person.id),) if place.kind is RoomKind.GROUP else ()
    outbound = OutboundMessage(new_id(), target.channel, Way.ROOM, markdown, place, person, mentions, address)
    outbox.put(session, outbound, desk.vault, now=now, case_id=case_id)


def crowd(
    session: Session, desk: Desk, rows: Sequence[ConversationRow], markdown: str, now: datetime, *, case_id: int
) -> None:
    """Say something to several people of one room at once, by whichever of their ways lasts longest."""
    best = max(rows, key=lambda row: row.reply_expires_at or now)
    place = conversations.room_of(best)
    url = desk.vault.open(best.sealed_reply) if best.sealed_reply else None
    address = None
    if url and best.reply_expires_at and best.reply_expires_at > now:
        address = ReplyAddress(url, best.reply_expires_at)
    group = place.kind is RoomKind.GROUP
    mentions = tuple(Mention(row.person) for row in rows) if group else ()
    person = None if group else conversations.person_of(best)
    outbound = OutboundMessage(new_id(), best.channel, Way.ROOM, markdown, place, person, mentions, address)
    outbox.put(session, outbound, desk.vault, now=now, case_id=case_id)


def page(
    session: Session,
    desk: Desk,
    engineer: Engineer,
    markdown: str,
    now: datetime,
    *,
    case_id: int | None,
    by: Sequence[str] = (),
    title: str = "",
    buttons: tuple[Button, ...] = (),
) -> bool:
    """Call an engineer by each of the pagers `by`, else by the first that reaches him; False when there is none."""
    names = [name for name in by if name in desk.pagers] or soonest(session, desk.pagers_for(engineer), now)[:1]
    for name in names:
        mention = Mention(engineer.platform_id(desk.pagers[name].platform), engineer.mobile)
        outbound = OutboundMessage(
            new_id(),
            name,
            Way.PAGE,
            markdown,
            mentions=(mention,),
            title=title or f"单 {case_id}",
            buttons=buttons,
        )
        outbox.put(session, outbound, desk.vault, now=now, case_id=case_id)
    return bool(names)


def on_cards(session: Session, desk: Desk, case: CaseRow, template: str, now: datetime) -> None:
    """Put what became of a case on the cards that called for it, in the place of their buttons."""
    number, engineer = cases.number_of(case), desk.roster.engineer(case.engineer)
    text = template.format(
        number=number,
        engineer=engineer.name if engineer else desk.library.lines.duty_engineer,
        time=now.astimezone(CHINA).strftime("%H:%M"),
        reason=inert(case.reason),
    )
    for page in outbox.cards_of(session, number):
        outbound = OutboundMessage(new_id(), page.channel, Way.CARD, text, card=page.key)
        if page.channel not in desk.cards:
            shown = outbox.message_of(page, desk.vault)
            if shown.reply_address is None or shown.reply_address.expires_at <= now:
                continue  # it cannot be changed, or was already
            outbound = replace(outbound, mentions=shown.mentions, reply_address=shown.reply_address)
            outbox.forget_address(session, page)
        outbox.put(session, outbound, desk.vault, now=now, due_at=now + TAPPED, case_id=number)


def soonest(session: Session, pagers: Sequence[str], now: datetime) -> list[str]:
    """Those that are open first, in their order; of the others the one that opens first."""
    opens = {name: pace.opens_at(session, name, now) for name in pagers}
    return sorted(pagers, key=lambda name: max(opens[name], now + PATIENCE))
