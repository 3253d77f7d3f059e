"""Claims what is due, sends it outside any transaction, writes down what happened."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlmodel import Session

from app.channels.base import RawRequest, Response, Sender, SendFailed
from app.core.delivery import Failure, Outcome, after_failure
from app.core.message import OutboundMessage, Way
from app.flows.desk import Desk
from app.flows.tell import page_elsewhere
from app.store import cases, conversations, outbox
from app.store.outbox import Claimed
from app.store.tables import OutboxRow

log = structlog.get_logger(__name__)
RESPONSE = "response"  # owner of a reply that rides on the webhook's own response


def deliver(desk: Desk, owner: str, channels: Sequence[str], most: int = 10) -> int:
    """Send what is due on these channels; how many rows were worked on."""
    now = desk.clock.now()
    with desk.database.transaction() as session:
        claimed = outbox.claim_due(session, owner, now, channels, most)
        work = [(item, outbox.message_of(item.row, desk.vault)) for item in claimed]
    for item, message in work:
        _send(desk, item, message)
    return len(work)


def _send(desk: Desk, item: Claimed, message: OutboundMessage) -> None:
    sender = desk.sender(message.channel)
    if sender is None:
        _settle(desk, item.row, message, Outcome.FAILED, "渠道已从设置里删除")
        return
    if item.interrupted and message.way is Way.PAGE and not sender.idempotent(message):
        # Whoever had it died between the call and our record: it may have rung. Do not ring twice on this step.
        _settle(desk, item.row, message, Outcome.UNKNOWN, "上次发送时进程中断，结果不明")
        return
    try:
        sender.send(message, desk.clock.now())
    except SendFailed as error:
        _failed(desk, item.row, message, sender, error)
    except Exception as error:  # a fault of ours must not hold up the other rows, nor repeat this one without end
        log.exception("send_crashed", outbox=item.row.id, channel=item.row.channel)
        crash = SendFailed(Failure.UNKNOWN, type(error).__name__, "发送时程序出错，结果不明")
        _failed(desk, item.row, message, sender, crash)
    else:
        _settle(desk, item.row, message, Outcome.SENT)


def _failed(desk: Desk, row: OutboxRow, message: OutboundMessage, sender: Sender, error: SendFailed) -> None:
    verdict = after_failure(
        error.failure,
        attempts=row.attempts,
        idempotent=sender.idempotent(message),
        now=desk.clock.now(),
        retry_after=error.retry_after,
    )
    outcome, due_at = verdict.outcome, verdict.due_at
    log.warning("send_failed", outbox=row.id, channel=row.channel, code=error.code, outcome=outcome.value)
    _settle(desk, row, message, outcome, f"{error.code} {error.reason}", due_at)


def _settle(
    desk: Desk,
    row: OutboxRow,
    message: OutboundMessage,
    outcome: Outcome,
    error: str = "",
    due_at: datetime | None = None,
) -> None:
    now = desk.clock.now()
    state = "due" if outcome is Outcome.RETRY else outcome.value
    with desk.database.transaction() as session:
        ours = outbox.settle(session, row, state, now=now, due_at=due_at, error=error)
        if ours and message.way is Way.PAGE and outcome is Outcome.UNKNOWN:
            _next_step_now(session, row, now)
        if ours and message.way is Way.PAGE and outcome is Outcome.FAILED:
            page_elsewhere(session, desk, row, now)
        if ours and message.reply_address and outcome in (Outcome.SENT, Outcome.UNKNOWN):
            _forget_spent_address(session, desk, message)
    if outcome in (Outcome.UNKNOWN, Outcome.FAILED):
        log.error("not_delivered", outbox=row.id, channel=row.channel, way=row.way, state=state, error=error)


def _forget_spent_address(session: Session, desk: Desk, message: OutboundMessage) -> None:
    """An address that takes one call is of no use to later lines."""
    door = desk.channels.get(message.channel)
    if door and door.single_use_addresses and message.room and message.person:
        conversations.forget_address(session, message.channel, message.room.id, message.person.id)


def _next_step_now(session: Session, row: OutboxRow, now: datetime) -> None:
    case = cases.get(session, row.case_id or 0)
    if case is not None and case.state == "waiting":
        cases.set_timer(session, case, now)


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
            claimed = outbox.claim_reply(session, inbound_id, RESPONSE, now)
        row = claimed or row
    if row is None or row.owner != RESPONSE:
        return None  # nothing to say, or the worker says it
    response = door.passive_reply(request, message_id, row.markdown, now)
    if claimed:
        with desk.database.transaction() as session:
            outbox.settle(session, row, "due" if response is None else Outcome.SENT.value, now=now)
    return response
