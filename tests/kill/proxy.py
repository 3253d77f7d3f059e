"""A round-robin in front of several replicas, as a company would put one there: asks for readiness, tries the next."""

import http.client
import threading
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

PROBE_SECONDS = 0.1
ANSWER_SECONDS = 20.0
_TRY_ANOTHER = (502, 503, 504)
_PASSED = ("content-type", "timestamp", "sign")


class RoundRobin:
    """`with RoundRobin([url, url]) as door:` and the platforms are given `door.url`."""

    def __init__(self, backends: Sequence[str]) -> None:
        self._backends = list(backends)
        self._ready = dict.fromkeys(backends, True)
        self._turn = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.served: Counter[str] = Counter()  # answers by backend
        self.retried = 0  # calls that a second backend had to answer
        self.errors: list[str] = []  # what callers saw that no backend could answer
        loops = (lambda: self._server.serve_forever(0.02), self._probe)
        self._threads = [threading.Thread(target=loop, daemon=True) for loop in loops]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """The answer of the next ready backend; of the other one where the first gives none."""
        tried: list[str] = []
        for backend in self._order():
            try:
                status, kind, answer = _call(backend, method, path, headers, body)
            except (OSError, http.client.HTTPException) as error:
                tried.append(f"{backend}: {type(error).__name__}")
                continue
            if status in _TRY_ANOTHER:
                tried.append(f"{backend}: {status}")
                continue
            with self._lock:
                self.served[backend] += 1
                self.retried += bool(tried)
            return status, kind, answer
        with self._lock:
            self.errors.append("; ".join(tried))
        return 502, "text/plain", b""

    def _order(self) -> list[str]:
        """Everybody once, from the next in turn on; who is not ready last."""
        with self._lock:
            self._turn += 1
            start = self._turn % len(self._backends)
            turned = self._backends[start:] + self._backends[:start]
            return sorted(turned, key=lambda backend: not self._ready[backend])

    def _probe(self) -> None:
        while not self._closing.wait(PROBE_SECONDS):
            for backend in self._backends:
                try:
                    ready = _call(backend, "GET", "/readyz", {}, b"", 2.0)[0] == 200
                except (OSError, http.client.HTTPException):
                    ready = False
                with self._lock:
                    self._ready[backend] = ready

    def knows_ready(self, backend: str) -> bool:
        with self._lock:
            return self._ready[backend]


def _call(
    backend: str, method: str, path: str, headers: dict[str, str], body: bytes, seconds: float = ANSWER_SECONDS
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(urlsplit(backend).netloc, timeout=seconds)
    try:
        connection.request(method, path, body, {**headers, "connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("content-type", "text/plain"), answer.read()
    finally:
        connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that has gone is no error of ours."""


def _handler(door: RoundRobin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass(b"")

        def do_POST(self) -> None:
            self._pass(self.rfile.read(int(self.headers["content-length"])))

        def _pass(self, body: bytes) -> None:
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED}
            status, kind, answer = door.forward(self.command, self.path, headers, body)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
