"""The HTTP face: one ASGI application that routes, injects faults, and can cut a connection."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.platforms.wecom.assumptions import UNKNOWN_PATH_STATUS

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    client_ip: str
    at: float
    number: int


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    slow_seconds: float = 0.0
    late_seconds: float = 0.0  # before the first byte


@dataclass(frozen=True)
class Cut:
    """Instead of an answer: hang for `seconds`, then drop the connection without a byte."""

    seconds: float = 0.0


Handle = Callable[[Request], Answer | Cut]


class WebApp:
    """Reads a request, asks `handle` for the answer, and writes it or cuts the line."""

    def __init__(self, handle: Handle, now: Callable[[], float]) -> None:
        self._handle = handle
        self._now = now
        self._numbers = itertools.count(1)
        self.stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served here")
        request = await self._read(scope, receive)
        answer = self._handle(request)
        if isinstance(answer, Cut):
            await self._cut(scope["state"]["transport"], answer.seconds, receive)
        else:
            await self._write(answer, scope, send)

    async def _read(self, scope: Scope, receive: Receive) -> Request:
        chunks: list[bytes] = []
        more = True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = bool(message.get("more_body"))
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        client = scope.get("client") or ("", 0)
        return Request(
            method=scope["method"],
            path=scope["path"],
            query=query,
            body=b"".join(chunks),
            client_ip=client[0],
            at=self._now(),
            number=next(self._numbers),
        )

    async def _cut(self, transport: asyncio.Transport, seconds: float, receive: Receive) -> None:
        await self._wait(transport, seconds)
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _write(self, answer: Answer, scope: Scope, send: Send) -> None:
        headers = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            **answer.headers,
        }
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self._wait(scope["state"]["transport"], answer.late_seconds)
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        if answer.slow_seconds:
            step = max(1, len(answer.body) // 10)
            for start in range(0, len(answer.body), step):
                await self._wait(scope["state"]["transport"], answer.slow_seconds / 10)
                piece = answer.body[start : start + step]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": answer.body})

    async def _wait(self, transport: asyncio.Transport, seconds: float) -> None:
        """Wait in real time, but no longer than the caller or the server stays."""
        left = seconds
        while left > 0 and not self.stopping and not transport.is_closing():
            step = min(left, 0.02)
            await asyncio.sleep(step)
            left -= step


def not_found(request: Request) -> Answer:
    return Answer(UNKNOWN_PATH_STATUS, f"no such address: {request.method} {request.path}".encode(), "text/plain")
