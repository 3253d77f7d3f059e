"""Engineers who talk with staff: whom they name is theirs from then on, and the desk keeps silent."""

import re
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from app.core.cases import CaseState
from app.core.conversation import Phase
from app.core.message import InboundMessage
from app.core.roster import Engineer
from app.flows import incident
from app.flows.desk import Desk
from app.flows.hand_off import new_case
from app.flows.hold import hold
from app.flows.take import assign
from app.store import cases, conversations, incidents
from app.store.tables import CaseRow, ConversationRow

_NAMES_SOMEBODY = re.compile(r"(?:^|\s)@[^\s@]")
_IS_AT_WORK = re.compile(r"我[来去跟在]|正在|在(?:处理|查|修|弄|重启|恢复|抢修|跟进)")
_STILL_WARM = timedelta(minutes=30)  # guidance that was given so lately is what the engineer steps into


def engineers_talk(session: Session, desk: Desk, engineer: Engineer, message: InboundMessage) -> bool:
    """Whether an engineer is talking with staff: naming somebody whom nobody has takes that case; then silence.

    Who is still being guided and has no case gets one, which is the engineer's at once.
    """
    nearby = conversations.in_room(session, message, message.received_at - _STILL_WARM)
    for row in conversations.hold_all(session, [row for row in nearby if _spoken_to(row, message)]):
        _step_in(session, desk, engineer, row, message)
    owns = False
    for case in cases.all_open(session):
        owns |= _is_about(session, desk, engineer, case, message)
    return owns or bool(_NAMES_SOMEBODY.search(message.text))


def _is_about(session: Session, desk: Desk, engineer: Engineer, case: CaseRow, message: InboundMessage) -> bool:
    """Take the case, or show that it is looked after, if the words are for its people."""
    first = session.get(ConversationRow, case.conversation_id)
    people = incidents.told(session, case) if case.fault else [first] if first else []
    here = [row for row in people if (row.channel, row.room) == (message.channel, message.room.id)]
    # To a room that waits for an incident he need name nobody; but his own “我也登不上” takes nothing.
    for_all = bool(case.fault and _IS_AT_WORK.search(message.text))
    spoken_to = any(for_all or _spoken_to(row, message) for row in here)
    mine = bool(here) and case.engineer == engineer.id
    if spoken_to or mine:
        cases.get(session, cases.number_of(case))  # held from here on, and read again
    if spoken_to and case.state == CaseState.WAITING.value:
        assign(session, desk, engineer, case, message)
        if case.fault:
            incident.tell_taken(session, desk, case, message.received_at)
    elif mine and not case.offered:
        hold(session, desk, case, message.received_at)
    return spoken_to or mine


def _step_in(session: Session, desk: Desk, engineer: Engineer, row: ConversationRow, message: InboundMessage) -> None:
    """He takes over from the desk: a case with what was said and tried, of which nobody need be called."""
    now = message.received_at
    state = conversations.state_of(row).at(now)
    known = cases.open_of(session, row.id or 0) or cases.open_elsewhere(session, row.channel, row.person)
    if state.phase is Phase.FRESH or known:
        return
    case = new_case(session, desk, row, state.words, now, guesses=state.topics, tried=state.tried)
    assign(session, desk, engineer, case, message)
    conversations.save(session, row, replace(state, phase=Phase.FRESH, choices=(), misses=0), now)


def _spoken_to(row: ConversationRow, message: InboundMessage) -> bool:
    return any(f"@{name}" in message.text for name in (row.person, row.person_name) if name)
