"""One verified message, one transaction: claim, load, decide, save state, case and everything to be said."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app import meters
from app.core.cases import CaseState
from app.core.codes import read_error
from app.core.commands import parse_command
from app.core.conversation import Conversation
from app.core.cues import hear, reported
from app.core.dialogue import Scene, Turn, respond
from app.core.effects import AddNote, Effect, JoinIncident, MakeUrgent, OpenCase, Say, SettleCase, TellProgress
from app.core.guidance import fill
from app.core.heard import Cue
from app.core.message import InboundMessage, MessageKind, RoomKind
from app.core.pacing import WINDOW, floods
from app.core.secrets import Kind, mask_message, may_continue
from app.core.staff import named
from app.core.taps import held
from app.flows import incident, tell
from app.flows.command import obey
from app.flows.desk import Desk
from app.flows.hand_off import hand_off, make_urgent
from app.flows.settle import settle
from app.flows.step_in import engineers_talk
from app.flows.tap import placed, without_effect
from app.flows.undeliverable import unheard
from app.store import cases, conversations, inbound, incidents
from app.store.tables import CaseRow, ConversationRow, InboundRow, OutboxRow


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message. `duplicate`: it had been handled before, nothing has changed."""

    inbound_id: int
    duplicate: bool
    action: str = ""
    intents: tuple[str, ...] = ()
    reply: str = ""
    warned: bool = False
    incident: bool = False


def receive(desk: Desk, message: InboundMessage) -> Receipt:
    """Handle `message` once. After this returns, everything it caused is on disk."""
    message = named(message, desk.staff, desk.channels[message.channel].platform)
    with desk.database.transaction() as session:
        message = placed(session, message) if message.clicked else message
        message, kinds = _without_secrets(session, message)
        text = message.text
        row = inbound.claim(session, message, text)
        if row is None:
            known = inbound.find(session, message.channel, message.id)
            return Receipt(known.id if known and known.id else 0, duplicate=True)
        turn, said = _handle(session, desk, message, text, row)
        if kinds and (said or turn.action != "slowed"):
            said.insert(0, desk.library.lines.secret_warning.format(kinds="、".join(kinds)))
        reply = "\n\n".join(said)
        row.action, row.intents = turn.action, list(turn.intents)
        session.add(row)
        if reply:
            tell.reply(session, desk, message, _id(row), reply, message.received_at, turn.offer)
        joined = any(isinstance(effect, JoinIncident) and effect.anew for effect in turn.effects)
        return Receipt(_id(row), False, turn.action, turn.intents, reply, bool(kinds), joined)


def _without_secrets(session: Session, message: InboundMessage) -> tuple[InboundMessage, tuple[Kind, ...]]:
    """Nothing after this has seen a secret, the database's own files included."""
    before = conversations.said_before(session, message) if may_continue(message) else ""
    return mask_message(message, before)


def _handle(
    session: Session, desk: Desk, message: InboundMessage, text: str, row: InboundRow
) -> tuple[Turn, list[str]]:
    if message.kind is MessageKind.WITHHELD:
        return unheard(session, desk, message)
    platform = desk.channels[message.channel].platform
    engineer = desk.roster.by_platform(platform, message.person.id)
    command = parse_command(text)
    if command and (engineer or (command.number is not None and command.exact)):
        return obey(session, desk, engineer, command, message)
    # A button below an answer says what it says, whoever taps it.
    if engineer and not message.clicked and engineers_talk(session, desk, engineer, message):
        return Turn(Conversation(), "ignore"), []
    return _converse(session, desk, message, text, row)


def _converse(
    session: Session, desk: Desk, message: InboundMessage, text: str, row: InboundRow
) -> tuple[Turn, list[str]]:
    now = message.received_at
    earlier = inbound.count_since(session, message.channel, message.person.id, now - WINDOW) - 1
    target = conversations.lock(session, message)
    conversations.keep_address(target, message.reply_address, desk.vault)
    case = cases.open_of(session, target.id or 0) or cases.open_elsewhere(session, target.channel, target.person)
    state = conversations.state_of(target).at(now)
    idle = without_effect(session, desk, message, state) if message.clicked else None
    if idle:
        return idle
    channel = desk.channels[message.channel]
    others = conversations.others_topics(session, target, now)
    reported_before = incidents.of_person(session, target.channel, target.person)
    with meters.matching():
        waiting = case is not None or reported_before is not None
        heard = hear(desk.library, state, message, waiting=waiting, others=others)
    if message.room.kind is RoomKind.GROUP:
        around = incidents.last_reported(session, message)
        row.fault = reported(desk.library, state, heard, text, around)
    asks = heard.cue in (Cue.QUESTION, Cue.UNSURE, Cue.VAGUE, Cue.OTHER_IT)
    session.add(row)
    session.flush()
    scene = Scene(
        desk.library,
        channel.desk_name,
        state,
        heard,
        _case_here(case, target),
        message.room.kind is RoomKind.GROUP,
        row.fault,
        incident.is_outage(session, target.channel, row.fault, asks=asks, now=now),
        read_error(desk.library.codes, f"{message.text}\n{message.quoted}"),
        in_incident=reported_before is not None,
    )
    turn = respond(scene, text, now)
    heard_anyway = message.clicked or any(isinstance(effect, (OpenCase, SettleCase)) for effect in turn.effects)
    if floods(earlier) and not heard_anyway:
        # Said once; what a flood says changes nothing, but who asks for a person, or needs him no more, is heard.
        return Turn(state, "slowed"), [] if floods(earlier - 1) else [desk.library.lines.slow_down]
    said = []
    for effect in turn.effects:
        line = _carry_out(session, desk, effect, target, case, turn, text, now)
        if line:
            said.append(line)
    if reported_before and turn.action == "resolved":
        incidents.remove(session, reported_before, target.id or 0)
    card = row.id if turn.offer.buttons else None
    conversations.save(session, target, held(state, turn.conversation, card), now)
    return turn, said


def _carry_out(
    session: Session,
    desk: Desk,
    effect: Effect,
    target: ConversationRow,
    case: CaseRow | None,
    turn: Turn,
    text: str,
    now: datetime,
) -> str:
    """Do one effect; what it says to the person."""
    match effect:
        case Say(markdown):
            return fill(markdown, {"on_duty": "、".join(p.shown for p in desk.duty(session, now).order[:2])})
        case OpenCase():
            return hand_off(session, desk, target, effect, turn.conversation.words, turn.conversation.tried, now)
        case AddNote():
            if case and text:
                cases.note(session, case, text)
            return ""
        case SettleCase(withdrawn):
            return settle(session, desk, case, withdrawn=withdrawn, by=target.person, now=now) if case else ""
        case MakeUrgent():
            return make_urgent(session, desk, case, target, now) if case else ""
        case TellProgress():
            return _progress(desk, case)
        case JoinIncident(fault):
            return incident.join(session, desk, target, fault, now)


def _case_here(case: CaseRow | None, target: ConversationRow) -> CaseState | None:
    """The state that counts in this room: a case that an engineer took elsewhere does not silence the desk here."""
    if case is None:
        return None
    return CaseState(case.state) if case.conversation_id == target.id else CaseState.WAITING


def _progress(desk: Desk, case: CaseRow | None) -> str:
    if case is None:
        return ""
    lines = desk.library.lines
    taken = case.state == CaseState.TAKEN.value
    engineer = desk.roster.engineer(case.engineer if taken else case.paged)
    template = lines.case_progress_taken if taken else lines.case_progress_waiting
    name = engineer.name if engineer else lines.duty_engineer
    return template.format(number=case.id, engineer=name, phone=desk.phone, reason="")


def _id(row: InboundRow | OutboxRow) -> int:
    assert row.id is not None, "the row was flushed"
    return row.id
