"""Claims what is due, sends it outside any transaction, writes down what happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from app import meters
from app.channels.base import RawRequest, Response, Sender, SendFailed
from app.core.delivery import Failure, Outcome, after_failure
from app.core.message import OutboundMessage, ReplyAddress, Way
from app.core.pacing import PAGE, REPLY
from app.flows import undeliverable
from app.flows.claim import claim, rings_no_more
from app.flows.desk import Desk
from app.flows.elsewhere import another_is_open
from app.flows.not_rung import MAY_BE_THERE, leave_shut_pager, mind_the_cases
from app.store import claims, conversations, outbox, pace
from app.store.claims import Claimed
from app.store.tables import OutboxRow

log = structlog.get_logger(__name__)
SENDING_TIME = timedelta(seconds=30)  # of the lease; the longest send fits into the rest
CLOCKS_APART = timedelta(seconds=2)  # whoever knocks a moment before a lock is over may wait for a whole one again
RESPONSE = "response"  # owner of a reply that rides on the webhook's own response


def deliver(desk: Desk, owner: str, channels: Sequence[str], most: int = 10) -> int:
    """Send what is due on these channels; how many rows were worked on."""
    now = desk.clock.now()
    with desk.database.transaction() as session:
        claimed = claim(session, desk, owner, channels, now, most)
        work = [(item, outbox.message_of(item.row, desk.vault)) for item in claimed]
    unsent: list[Claimed] = []
    shut: dict[str, timedelta] = {}
    for item, message in work:
        # What waited too long behind a slow platform could be another's by now; a shut target gets no second knock.
        if item.row.target in shut or desk.clock.now() - now > SENDING_TIME:
            unsent.append(item)
        elif time := _send(desk, item, message):
            shut[item.row.target] = time
    if unsent:
        with desk.database.transaction() as session:
            for item in unsent:
                claims.put_back(session, item, desk.clock.now())
    left = 0
    if shut or not work:
        with desk.database.transaction() as session:
            left = sum(leave_shut_pager(session, desk, owner, channel, desk.clock.now()) for channel in channels)
    return len(work) - len(unsent) + left


def _send(desk: Desk, item: Claimed, message: OutboundMessage) -> timedelta | None:
    """Send one; how long the platform shut the target, where it did."""
    sender = desk.sender(message.channel)
    if sender is None:
        _settle(desk, item.row, message, Outcome.FAILED, "渠道已从设置里删除")
        return None
    if item.interrupted and rings_no_more(sender, message):
        # Whoever had it died between the call and our record.
        _settle(desk, item.row, message, Outcome.UNKNOWN, "上次发送时进程中断，结果不明")
        return None
    try:
        changes = sender.send(message, desk.clock.now())
    except SendFailed as error:
        _failed(desk, item, message, sender, error)
        return error.retry_after if error.locks_target else None
    except Exception as error:  # a fault of ours must not hold up the other rows, nor repeat this one without end
        log.exception("send_crashed", outbox=item.row.id, channel=item.row.channel)
        crash = SendFailed(Failure.UNKNOWN, type(error).__name__, "发送时程序出错，结果不明")
        _failed(desk, item, message, sender, crash)
        return None
    _settle(desk, item.row, message, Outcome.SENT, changes=changes)
    return None


def _failed(desk: Desk, item: Claimed, message: OutboundMessage, sender: Sender, error: SendFailed) -> None:
    row, page = item.row, message.way is Way.PAGE
    may_be_there = page and (item.interrupted or row.error.startswith(MAY_BE_THERE))
    wait = error.retry_after
    if error.locks_target and wait:
        wait += CLOCKS_APART if page else timedelta()
        _hold_target(desk, row, wait)
    verdict = after_failure(
        error.failure,
        attempts=row.attempts,
        idempotent=sender.idempotent(message),
        now=desk.clock.now(),
        retry_after=wait,
        urgent=page,
        last_hope=page and not _another_is_open(desk, row),
    )
    outcome = verdict.outcome
    meters.vendor_error(row.channel, error.failure.value, error.code)
    log.warning("send_failed", outbox=row.id, channel=row.channel, code=error.code, outcome=outcome.value)
    if may_be_there and outcome in (Outcome.FAILED, Outcome.MOVED):
        outcome = Outcome.UNKNOWN  # by another pager it could ring a second time
    told = MAY_BE_THERE if may_be_there or (page and error.failure is Failure.UNKNOWN) else ""
    _settle(desk, row, message, outcome, f"{told}{error.code} {error.reason}", verdict.due_at)


def _another_is_open(desk: Desk, row: OutboxRow) -> bool:
    now = desk.clock.now()
    with desk.database.transaction() as session:
        return another_is_open(session, desk, row, now)


def _hold_target(desk: Desk, row: OutboxRow, time: timedelta) -> None:
    """The platform shut this target for a while: nothing else runs into that."""
    now = desk.clock.now()
    with desk.database.transaction() as session:
        pace.hold(session, row, range(PAGE, REPLY + 1), now + time)


def _settle(
    desk: Desk,
    row: OutboxRow,
    message: OutboundMessage,
    outcome: Outcome,
    error: str = "",
    due_at: datetime | None = None,
    changes: ReplyAddress | None = None,
) -> None:
    now = desk.clock.now()
    state = "due" if outcome is Outcome.RETRY else outcome.value
    with desk.database.transaction() as session:
        ours = outbox.settle(session, row, state, now=now, due_at=due_at, error=error)
        if ours and changes:
            outbox.keep_address(session, row, changes, desk.vault)
        if ours and message.way is Way.PAGE:
            mind_the_cases(session, desk, row, outcome, error, now)
        if ours and message.way is not Way.PAGE and outcome is Outcome.FAILED:
            undeliverable.report(session, desk, row, error, now)
        if ours and message.reply_address and outcome in (Outcome.SENT, Outcome.UNKNOWN):
            _forget_spent_address(session, desk, message)
    meters.attempt(row.channel, row.way, outcome.value, now - row.created_at)
    if outcome in (Outcome.UNKNOWN, Outcome.FAILED):
        log.error("not_delivered", outbox=row.id, channel=row.channel, way=row.way, state=state, error=error)


def _forget_spent_address(session: Session, desk: Desk, message: OutboundMessage) -> None:
    """An address that takes one call is of no use to later lines."""
    door = desk.channels.get(message.channel)
    if door and door.single_use_addresses and message.room and message.person:
        conversations.forget_address(session, message.channel, message.room.id, message.person.id)


def answer_in_response(
    desk: Desk, channel: str, request: RawRequest, inbound_id: int, message_id: str, *, duplicate: bool
) -> Response | None:
    """The reply as the webhook's own response, claimed like by any worker; on redelivery the same text again."""
    door = desk.channels[channel]
    if not door.reply_grace:
        return None  # this platform takes no reply in the response: the row is the worker's at once
    now = desk.clock.now()
    with desk.database.transaction() as session:
        row = outbox.reply_to(session, inbound_id)
        claimed = None
        # After the grace the platform has hung up and it is the worker's turn, unless it calls again.
        if row is not None and row.state == "due" and (duplicate or row.due_at > now):
            claimed = claims.claim_reply(session, inbound_id, RESPONSE, now)
        row = claimed or row
    if row is None or row.owner != RESPONSE:
        return None  # nothing to say, or the worker says it
    response = door.passive_reply(request, message_id, outbox.message_of(row, desk.vault), now)
    if row.state == "sending":
        # Claimed here, or by an earlier call that may have died since: this call says it, so this call settles it.
        with desk.database.transaction() as session:
            ours = outbox.settle(session, row, "due" if response is None else Outcome.SENT.value, now=now)
            known = outbox.reply_to(session, inbound_id)
            if not ours and known is not None and known.owner != RESPONSE:
                return None  # the worker has taken it over meanwhile
        if ours and response is not None:
            meters.attempt(channel, row.way, Outcome.SENT.value, now - row.created_at)
    return response
