"""The platforms' door: read the raw body within limits, hand it to the channel, answer at once."""

import re
from collections.abc import Callable

import structlog
from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.channels.base import RawRequest, Rejected
from app.channels.base import Response as Answer
from app.core.message import InboundMessage
from app.flows.deliver import answer_in_response
from app.flows.desk import Desk
from app.flows.keep_pictures import keep_pictures
from app.flows.receive import Receipt, receive

log = structlog.get_logger(__name__)
BODY_BYTES = 1_000_000  # platforms send a few kilobytes; pictures come by address
DEPTH = 60  # brackets open at once; real payloads stay below ten
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.S)  # brackets in what people write do not nest


class _TooLarge(Exception):
    pass


def webhook_routes(desk: Desk, nudge: Callable[[], None]) -> APIRouter:
    """Routes for every configured channel. `nudge` wakes the worker."""
    router = APIRouter()

    async def webhook(request: Request, background: BackgroundTasks, name: str, secret: str = "") -> Response:
        if name not in desk.channels:
            return Response(status_code=404)
        try:
            body = await _read(request)
        except _TooLarge:
            log.warning("webhook_refused", channel=name, reason="too-large")
            return Response(status_code=413)
        except ClientDisconnect:
            log.warning("webhook_refused", channel=name, reason="cut-off")
            return Response(status_code=400)
        raw = RawRequest(
            request.method,
            {key.lower(): value for key, value in request.headers.items()},
            dict(request.query_params),
            body,
            secret,
        )
        answer, receipt, message = await run_in_threadpool(_handle, desk, name, raw)
        if receipt and message:
            if message.pictures and not receipt.duplicate:
                background.add_task(keep_pictures, desk, message, receipt.inbound_id)
            if not await request.is_disconnected():
                passive: Answer | None = await run_in_threadpool(_ride, desk, name, raw, receipt, message)
                answer = passive or answer
            nudge()
        return Response(answer.body, answer.status, media_type=answer.media_type, background=background)

    methods = ["GET", "POST"]
    router.add_api_route("/webhooks/{name}", webhook, methods=methods, include_in_schema=False)
    router.add_api_route("/webhooks/{name}/{secret}", webhook, methods=methods, include_in_schema=False)
    return router


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise _TooLarge
    return bytes(body)


def _handle(desk: Desk, name: str, raw: RawRequest) -> tuple[Answer, Receipt | None, InboundMessage | None]:
    if _too_deep(raw.body):
        log.warning("webhook_refused", channel=name, reason="too-deep")
        return Answer(status=400), None, None
    try:
        received = desk.channels[name].receive(raw, desk.clock.now())
    except Rejected as error:
        log.warning("webhook_refused", channel=name, reason=error.reason)
        return Answer(status=error.status), None, None
    message = received.message
    if message is None:
        return received.response, None, None
    receipt = receive(desk, message)
    log.info(
        "message_handled",
        channel=name,
        inbound=receipt.inbound_id,
        duplicate=receipt.duplicate,
        action=receipt.action,
        intents=list(receipt.intents),
    )
    return received.response, receipt, message


def _ride(desk: Desk, name: str, raw: RawRequest, receipt: Receipt, message: InboundMessage) -> Answer | None:
    """The reply in this response, where the platform takes one; a caller that has hung up is answered by the worker."""
    return answer_in_response(desk, name, raw, receipt.inbound_id, message.id, duplicate=receipt.duplicate)


def _too_deep(body: bytes) -> bool:
    depth = 0
    for byte in _STRING.sub(b"", body):
        if byte in b"{[":
            depth += 1
            if depth > DEPTH:
                return True
        elif byte in b"}]":
            depth -= 1
    return False
