"""A minimal robot server for the platform's own tests: checks section 1.2 and answers what it is told."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from .clock import Clock
from .signing import robot_sign, same


class ReferenceBot:
    """Keeps every accepted body; `reply`, `delay` and `status` shape its answer."""

    def __init__(self, clock: Clock, secret: str) -> None:
        self.clock = clock
        self.secret = secret
        self.bodies: list[dict[str, Any]] = []
        self.reply: dict[str, Any] | bytes = {"msgtype": "empty"}
        self.delay = 0.0
        self.busy_peak = 0
        self._busy = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/robot"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "ReferenceBot":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def judge(self, timestamp: str, sign: str, raw: bytes) -> int:
        """403 for a bad stamp (correction 9), 400 for an unreadable body, else 200."""
        if not timestamp.isdigit() or abs(int(timestamp) / 1000 - self.clock.now()) > 3600:
            return 403
        if not same(sign, robot_sign(timestamp, self.secret)):
            return 403
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            return 400
        with self._lock:
            self.bodies.append(body)
        return 200

    def answer(self, status: int) -> bytes:
        with self._lock:
            self._busy += 1
            self.busy_peak = max(self.busy_peak, self._busy)
        time.sleep(self.delay)
        with self._lock:
            self._busy -= 1
        if status != 200:
            return b"{}"
        return self.reply if isinstance(self.reply, bytes) else json.dumps(self.reply).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                stamp, sign = self.headers.get("timestamp", ""), self.headers.get("sign", "")
                status = bot.judge(stamp, sign, raw)
                content = bot.answer(status)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        return Handler
