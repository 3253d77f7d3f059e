"""The platforms' door: read the raw body within limits, hand it to the channel, answer at once."""

import asyncio
import re
from collections.abc import Callable

import structlog
from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from app import meters
from app.channels.base import RawRequest, Rejected
from app.channels.base import Response as Answer
from app.core.message import InboundMessage
from app.flows.deliver import answer_in_response
from app.flows.desk import Desk
from app.flows.keep_pictures import keep_pictures
from app.flows.receive import Receipt, receive
from app.flows.tap import card_in_response
from app.web.trouble import database_failed

log = structlog.get_logger(__name__)
BODY_BYTES = 1_000_000  # platforms send a few kilobytes; pictures come by address
BODY_SECONDS = 10.0  # for all of it; platforms hang up after five at the latest
HANG_UP = {"Connection": "close"}  # whoever has not finished speaking by then is not listened to any longer
DEPTH = 60  # brackets open at once; real payloads stay below ten
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.S)  # brackets in what people write do not nest


class _TooLarge(Exception):
    pass


class _TooSlow(Exception):
    pass


def webhook_routes(desk: Desk, nudge: Callable[[], None]) -> APIRouter:
    """Routes for every configured channel. `nudge` wakes the worker."""
    router = APIRouter()

    async def webhook(request: Request, background: BackgroundTasks, name: str, secret: str = "") -> Response:
        if name not in desk.channels:
            meters.webhook_refused("", "no-such-channel")  # the name is a stranger's: it becomes no label
            return Response(status_code=404)
        with meters.webhook(name):
            return await known(request, background, name, secret)

    async def known(request: Request, background: BackgroundTasks, name: str, secret: str) -> Response:
        try:
            body = await _read(request)
        except _TooLarge:
            _refused(name, "too-large")
            return Response(status_code=413, headers=HANG_UP)
        except _TooSlow:
            _refused(name, "too-slow")
            return Response(status_code=408, headers=HANG_UP)
        except ClientDisconnect:
            _refused(name, "cut-off")
            return Response(status_code=400)
        raw = RawRequest(
            request.method,
            {key.lower(): value for key, value in request.headers.items()},
            dict(request.query_params),
            body,
            secret,
        )
        answer, receipt, message = await run_in_threadpool(handle, desk, name, raw)
        if receipt and message:
            if message.pictures and not receipt.duplicate:
                background.add_task(_keep_pictures, desk, message, receipt.inbound_id)
            if not await request.is_disconnected():
                passive: Answer | None = await run_in_threadpool(ride, desk, name, raw, receipt, message)
                answer = passive or answer
            nudge()
        return Response(answer.body, answer.status, media_type=answer.media_type, background=background)

    methods = ["GET", "POST"]
    router.add_api_route("/webhooks/{name}", webhook, methods=methods, include_in_schema=False)
    router.add_api_route("/webhooks/{name}/{secret}", webhook, methods=methods, include_in_schema=False)
    return router


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES:
                    raise _TooLarge
    except TimeoutError:
        raise _TooSlow from None
    return bytes(body)


def handle(desk: Desk, name: str, raw: RawRequest) -> tuple[Answer, Receipt | None, InboundMessage | None]:
    """Verify and read one call, and do what its message wants; what to answer unless the reply rides along."""
    if too_deep(raw.body):
        _refused(name, "too-deep")
        return Answer(status=400), None, None
    try:
        received = desk.channels[name].receive(raw, desk.clock.now())
    except Rejected as error:
        _refused(name, error.reason)
        return Answer(status=error.status), None, None
    message = received.message
    if message is None:
        return received.response, None, None
    receipt = receive(desk, message)
    if receipt.duplicate:
        meters.duplicate(name)
    log.info(
        "message_handled",
        channel=name,
        inbound=receipt.inbound_id,
        duplicate=receipt.duplicate,
        action=receipt.action,
        intents=list(receipt.intents),
    )
    return received.response, receipt, message


def _refused(name: str, reason: str) -> None:
    log.warning("webhook_refused", channel=name, reason=reason)
    meters.webhook_refused(name, reason)


def ride(desk: Desk, name: str, raw: RawRequest, receipt: Receipt, message: InboundMessage) -> Answer | None:
    """The reply in this response, where the platform takes one; a caller that has hung up is answered by the worker."""
    try:
        if message.clicked:
            return card_in_response(desk, raw, message)
        return answer_in_response(desk, name, raw, receipt.inbound_id, message.id, duplicate=receipt.duplicate)
    except SQLAlchemyError as error:
        database_failed(error)
        return None  # the message is on the disk, and so is its answer: the worker says it once it can


def _keep_pictures(desk: Desk, message: InboundMessage, inbound_id: int) -> None:
    try:
        keep_pictures(desk, message, inbound_id)
    except SQLAlchemyError as error:
        database_failed(error)


def too_deep(body: bytes) -> bool:
    """Whether more than DEPTH brackets are open at once, outside of strings."""
    depth = 0
    for byte in _STRING.sub(b"", body):
        if byte in b"{[":
            depth += 1
            if depth > DEPTH:
                return True
        elif byte in b"}]":
            depth -= 1
    return False
