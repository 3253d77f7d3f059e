"""What cannot be said to somebody, or heard from them, for good: whoever is on duty is told, once for each cause."""

from datetime import datetime

import structlog
from sqlmodel import Session

from app.channels.text import cut_bytes, inert
from app.core.conversation import Conversation
from app.core.dialogue import Turn
from app.core.message import InboundMessage, RoomKind
from app.core.pacing import WINDOW, floods
from app.flows import tell
from app.flows.desk import Desk
from app.flows.hand_off import open_case
from app.store import cases, conversations, inbound
from app.store.tables import CaseRow, ConversationRow, OutboxRow

log = structlog.get_logger(__name__)
REASON_BYTES = 240  # in a page, beside everything else that it holds
_IDLE = ("smalltalk", "slowed")  # a greeting that is lost wakes nobody


def report(session: Session, desk: Desk, row: OutboxRow, error: str, now: datetime) -> None:
    """A reply, or a line said later, was given up: `error` is the platform's code and what to do.

    Called in the transaction that gives it up. A page is not reported: it goes by another pager.
    """
    door = desk.channels.get(row.channel)
    if door is None or desk.roster.by_platform(door.platform, row.person):
        return  # an engineer reads it in the log, and can be paged no better than answered
    target = conversations.held(session, row.channel, row.room, row.person)
    if target is None:
        return
    reason = cut_bytes(desk.library.lines.undelivered.format(reason=error), REASON_BYTES)
    if row.case_id is not None:
        expected = not door.can_speak_later(target.room, target.room_kind == RoomKind.SINGLE.value)
        _about_a_case(session, desk, row.case_id, target, reason, now, expected=expected)
        return
    heard = inbound.get(session, row.inbound_id)
    if heard is None or heard.action not in _IDLE:
        _complain(session, desk, target, reason, heard.text if heard else "", now)


def unheard(session: Session, desk: Desk, message: InboundMessage) -> tuple[Turn, list[str]]:
    """The platform kept the words back: say so to the person, and make it known."""
    now, lines = message.received_at, desk.library.lines
    log.error("words_withheld", channel=message.channel)
    earlier = inbound.count_since(session, message.channel, message.person.id, now - WINDOW) - 1
    if floods(earlier):
        return Turn(Conversation(), "slowed"), []
    if not desk.roster.by_platform(desk.channels[message.channel].platform, message.person.id):
        target = conversations.lock(session, message)
        conversations.keep_address(target, message.reply_address, desk.vault)
        session.add(target)
        _complain(session, desk, target, lines.unheard_reason, lines.unheard_words, now)
    return Turn(Conversation(), "withheld"), [lines.unheard.format(phone=desk.phone)]


def _about_a_case(
    session: Session, desk: Desk, number: int, target: ConversationRow, reason: str, now: datetime, *, expected: bool
) -> None:
    """What was lost stands in the case. Into one that is closed nobody looks again: its engineer is told.

    `expected`: nothing can be said there later, and the person was told at the start to wait for a telephone call.
    """
    case = cases.get(session, number)
    if case is None:
        return
    _note_once(session, case, reason)
    if case.closed_at is None or expected:
        return
    engineer = desk.roster.engineer(case.engineer or case.paged)
    if engineer:
        who = _name_of(target)
        text = desk.library.lines.page_untold.format(number=number, who=who, reason=reason)
        tell.page(session, desk, engineer, text, now, case_id=number)


def _complain(session: Session, desk: Desk, target: ConversationRow, reason: str, words: str, now: datetime) -> None:
    """Into the person's own open case; else into one that is open for the same room or cause; else into a new one."""
    assert target.id is not None, "the conversation was read from the database"
    case = cases.open_of(session, target.id) or cases.open_elsewhere(session, target.channel, target.person)
    if case is not None:
        _note_once(session, case, reason)
        return
    room = target.room if target.room_kind == RoomKind.GROUP.value else None
    common = cases.complaint(session, target.channel, room, reason)
    if common is not None:
        line = desk.library.lines.undelivered_too.format(who=_name_of(target), words=words)
        _note_once(session, common, line)
        if common.reason != reason:
            _note_once(session, common, reason)
        return
    case, _ = open_case(session, desk, target, [words] if words else [], now, reason=reason)
    log.error("person_not_reached", case=case.id, channel=target.channel)


def _note_once(session: Session, case: CaseRow, text: str) -> None:
    if text not in case.words:
        cases.note(session, case, text)


def _name_of(target: ConversationRow) -> str:
    title = conversations.room_of(target).title
    name = conversations.person_of(target).shown
    return inert(f"{name}（{title}）" if title else name)
