"""A uvicorn server in a thread whose connections can be cut in mid-request."""

import asyncio
import socket
import threading
from typing import Any

import uvicorn
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import Front
from .world import World

Transports = dict[tuple[str, int], asyncio.Transport]


def _cuttable(live: Transports) -> type[H11Protocol]:
    """A protocol class that remembers its transport by the client's address."""

    class Cuttable(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            live[transport.get_extra_info("peername")[:2]] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            live.pop(self.transport.get_extra_info("peername")[:2], None)
            super().connection_lost(exc)

    return Cuttable


class _Server(uvicorn.Server):
    """Sleeps on an event instead of ticking, so that stopping takes no time."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._stop.wait()

    def stop(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


class ServerThread:
    """Starts and stops the HTTP side of one world."""

    def __init__(self, world: World) -> None:
        self._live: Transports = {}
        self._front = Front(world, self._cut)
        # Named as TCP: asyncio turns Nagle off for such sockets only, and with it every answer takes 40 ms more.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(128)  # clients are accepted from here on, served once the loop runs
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        options: dict[str, Any] = {"loop": "asyncio", "lifespan": "off", "ws": "none", "log_config": None}
        self._server = _Server(
            uvicorn.Config(
                self._front.app(),
                http=_cuttable(self._live),
                access_log=False,
                proxy_headers=False,
                timeout_graceful_shutdown=3,
                **options,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="little-dingtalk", daemon=True
        )

    def _cut(self, request: Request) -> None:
        transport = self._live.get(request.client) if request.client is not None else None
        if transport is not None:
            transport.abort()

    def start(self) -> None:
        self._thread.start()
        for _ in range(1000):
            if self._server.started:
                return
            self._thread.join(0.01)
        raise RuntimeError("the little DingTalk did not start")

    def stop(self) -> None:
        self._front.closing = True
        self._server.stop()
        self._thread.join(10)
        self._socket.close()
        if self._thread.is_alive():
            raise RuntimeError("the little DingTalk did not stop")
