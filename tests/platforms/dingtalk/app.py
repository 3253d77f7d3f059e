"""The HTTP side: routes, fault injection, and the list of calls served."""

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import cards, custom, dings, files, openapi, sending, session
from .faults import Fault, Kind
from .wire import Answer, Call, Endpoint, RefusedError
from .world import Served

if TYPE_CHECKING:
    from .world import World

Handler = Callable[["World", Call], Answer]
Cut = Callable[[Request], None]
CUT = Answer(0, b"", code="cut")

HANDLERS: dict[Endpoint, Handler] = {
    Endpoint.TOKEN: openapi.grant,
    Endpoint.GROUP_SEND: sending.to_group,
    Endpoint.OTO_SEND: sending.to_people,
    Endpoint.DOWNLOAD: files.download,
    Endpoint.DING: dings.send,
    Endpoint.CARD_CREATE: cards.create_and_deliver,
    Endpoint.CARD_UPDATE: cards.update,
    Endpoint.CARD_REGISTER: cards.register,
    Endpoint.FILE: files.serve,
    Endpoint.SESSION: session.send,
    Endpoint.CUSTOM: custom.send,
}


class Front:
    """Turns requests into calls and answers into responses."""

    def __init__(self, world: "World", cut: Cut) -> None:
        self._world = world
        self._cut = cut
        self.closing = False

    def app(self) -> Starlette:
        routes = [Route(point.value, self._endpoint(point), methods=[point.method]) for point in Endpoint]
        return Starlette(routes=routes)

    def _endpoint(self, point: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                body = await request.body()
            except ClientDisconnect:
                return Response(status_code=400)  # the caller died in the middle of its call
            call = Call(
                endpoint=point,
                path=request.url.path,
                query=dict(request.query_params),
                headers=request.headers,
                body=body,
                client_ip=request.client.host if request.client else "",
            )
            with self._world.lock:
                fault = self._world.faults.take(point)
            answer = await self._suffer(call, fault)
            with self._world.lock:
                now = self._world.clock.now()
                self._world.served.append(Served(now, point, answer.status, answer.code, call.body))
            if answer is CUT:
                return await self._hang_up(request)
            return _response(answer)

        return serve

    async def _suffer(self, call: Call, fault: Fault | None) -> Answer:
        if fault is None:
            return self._handle(call)
        if fault.kind is Kind.HANG:
            await self._wait(fault.seconds)
            return CUT
        if fault.kind is Kind.SLOW:
            answer = self._handle(call)
            await self._wait(fault.seconds)
            return answer
        if fault.kind is Kind.LOST:
            self._handle(call)
            return CUT
        return fault.render(call.endpoint, self._world.ids.request())

    def _handle(self, call: Call) -> Answer:
        with self._world.lock:
            try:
                return HANDLERS[call.endpoint](self._world, call)
            except RefusedError as refused:
                return refused.answer
            except Exception:
                self._world.crashes.append(traceback.format_exc())
                return Answer(500, b"the little DingTalk crashed", "text/plain", code="crash")

    async def _wait(self, seconds: float) -> None:
        """Wall time, cut short when the platform closes."""
        end = time.monotonic() + seconds
        while not self.closing and time.monotonic() < end:
            await asyncio.sleep(0.02)

    async def _hang_up(self, request: Request) -> Response:
        self._cut(request)
        while not await request.is_disconnected():
            await asyncio.sleep(0.005)
        return Response(status_code=500)


def _response(answer: Answer) -> Response:
    headers = dict(answer.headers)
    if not answer.streamed:
        return Response(answer.body, answer.status, headers, answer.content_type)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(answer.body), 65536):
            yield answer.body[start : start + 65536]

    return StreamingResponse(chunks(), answer.status, headers, answer.content_type)
