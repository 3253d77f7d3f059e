"""A bad line between the desk and a little platform: it passes calls on, and spoils what comes back as it is told."""

import http.client
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

PATIENCE = 20.0  # seconds after which a forgotten connection is let go
DRIP = 0.05  # seconds between two bytes


@dataclass
class Line:
    """One accepted connection with one request on it."""

    wire: "BadWire"
    socket: socket.socket
    head: bytes = b""
    body: bytes = b""
    status: int = 200

    def listen(self) -> bool:
        """Read one request; False when the caller has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.socket.recv(65536)
            if not more:
                return False
            data += more
        self.head, _, self.body = data.partition(b"\r\n\r\n")
        while len(self.body) < self._length():
            self.body += self.socket.recv(65536)
        return True

    def _length(self) -> int:
        headers = dict(line.split(b": ", 1) for line in self.head.lower().split(b"\r\n")[1:])
        return int(headers.get(b"content-length", b"0"))

    def passed_on(self) -> bytes:
        """Let the platform do it; its answer's body."""
        method, path, _ = self.head.split(b"\r\n")[0].decode().split(" ")
        names = (line.split(": ", 1) for line in self.head.decode("latin-1").split("\r\n")[1:])
        headers = {name: value for name, value in names if name.lower() not in ("host", "content-length", "connection")}
        upstream = http.client.HTTPConnection(self.wire.upstream, timeout=5)
        try:
            upstream.request(method, path, self.body, headers)
            answer = upstream.getresponse()
            self.status, content = answer.status, answer.read()
        finally:
            upstream.close()
        return content

    def answer(self, body: bytes, *headers: str, status: int = 200, length: int | None = None) -> None:
        """A whole answer, except for what the arguments spoil."""
        self.send(head(status, len(body) if length is None else length, *headers) + body)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def drip(self, data: bytes) -> None:
        """Byte by byte, for as long as anybody listens."""
        for byte in data:
            if self.wire.closing.wait(DRIP):
                return
            self.send(bytes([byte]))

    def wait(self, seconds: float) -> None:
        self.wire.closing.wait(seconds)

    def reset(self) -> None:
        """Not a farewell: the other side gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


Mishap = Callable[[Line], None]


def head(status: int, length: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *headers, f"Content-Length: {length}"]
    if not any(one.lower().startswith("content-type") for one in headers):
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode()


def untouched(line: Line) -> None:
    """Nothing is wrong this time."""
    body = line.passed_on()
    line.answer(body, status=line.status)


class BadWire:
    """Listens on loopback; `mishaps` are used up in order, one a call, then calls pass untouched."""

    def __init__(self, upstream: str, tls: ssl.SSLContext | None = None) -> None:
        self.upstream = upstream
        self.mishaps: list[Mishap] = []
        self.closing = threading.Event()
        self.calls = 0
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def spoil(self, *mishaps: Mishap) -> None:
        self.mishaps = list(mishaps)

    def run(self) -> None:
        while not self.closing.is_set():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(accepted,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        self._open.append(accepted)
        accepted.settimeout(PATIENCE)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):  # whoever gives up first hangs up
            if self._tls:
                accepted = self._tls.wrap_socket(accepted, server_side=True)
            with accepted:
                line = Line(self, accepted)
                while line.listen():
                    self.calls += 1
                    mishap = self.mishaps.pop(0) if self.mishaps else untouched
                    mishap(line)
                    if mishap is not untouched:
                        return

    def close(self) -> None:
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(2)


@contextmanager
def bad_wire(upstream_url: str, tls: ssl.SSLContext | None = None) -> Iterator[BadWire]:
    """A running wire to the platform at `upstream_url`."""
    wire = BadWire(upstream_url.removeprefix("http://"), tls)
    thread = threading.Thread(target=wire.run, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.close()
        thread.join(2)


@contextmanager
def full_house() -> Iterator[str]:
    """The address of a listener whose queue is full: a connection to it is neither accepted nor refused."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(3):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
        waiting.append(one)
    time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for one in [*waiting, listener]:
            one.close()


def noise(size: int = 64) -> bytes:
    return os.urandom(size)
