"""Platforms, and whoever poses as one, that drip, flood, nest or unfold: every call ends, and in little memory."""

import gzip
import socket
import threading
import time
from collections.abc import Callable

import pytest

from app.channels import http
from app.channels.base import SendFailed
from app.channels.http import ANSWER_BYTES, PICTURE_BYTES, get_picture, make_client, post_json
from app.core.delivery import Failure
from app.store.claims import LEASE
from tests.hostile.listener import Serve, answering, listening
from tests.platforms.wecom.attachments import TINY_PNG

PRODUCTION = http.CALL_SECONDS
LIMIT = 0.6  # seconds for a whole call, in place of the ten and twenty of production
SLACK = 2.0


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CALL_SECONDS", LIMIT)
    monkeypatch.setattr(http, "PICTURE_SECONDS", LIMIT)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def dripping(start: bytes, drop: bytes) -> Serve:
    """A byte now and then, each well within any single wait."""

    def serve(line: socket.socket) -> None:
        line.sendall(start)
        for _ in range(200):
            line.sendall(drop)
            time.sleep(0.05)

    return serve


def silent(line: socket.socket) -> None:
    """Until the caller gives up."""
    while line.recv(65_536):
        pass


DRIPS = {
    "nothing": silent,
    "status line": dripping(b"HTTP/1.", b"1"),
    "header": dripping(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n"),
    "promised body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
    "chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


def post(url: str) -> object:
    with make_client() as client:
        return post_json(client, url, {})


def fetch(url: str) -> object:
    with make_client() as client:
        return get_picture(client, url)


@pytest.mark.parametrize("call", [post, fetch])
@pytest.mark.parametrize("serve", DRIPS.values(), ids=DRIPS)
def test_a_dripping_answer_ends_with_the_call(serve: Serve, call: Callable[[str], object]) -> None:
    with listening(serve) as server:
        started = time.monotonic()
        with pytest.raises(SendFailed) as caught:
            call(f"http://127.0.0.1:{server.port}/")
        assert LIMIT * 0.8 < time.monotonic() - started < LIMIT + SLACK
    assert caught.value.failure is (Failure.UNKNOWN if call is post else Failure.TEMPORARY)


def test_somebody_who_takes_a_call_and_never_shakes_hands_is_given_up() -> None:
    """A TCP connection without an answer to the TLS greeting: nothing can have been said yet."""
    silent = socket.create_server(("127.0.0.1", 0))
    started = time.monotonic()
    with silent, pytest.raises(SendFailed) as caught:
        post(f"https://127.0.0.1:{silent.getsockname()[1]}/")
    assert time.monotonic() - started < LIMIT + SLACK and caught.value.failure is Failure.TEMPORARY


def test_somebody_who_reads_nothing_is_given_up() -> None:
    """A large request into a full pipe."""
    deaf = socket.create_server(("127.0.0.1", 0))
    started = time.monotonic()
    with deaf, make_client() as client, pytest.raises(SendFailed) as caught:
        post_json(client, f"http://127.0.0.1:{deaf.getsockname()[1]}/", {"text": "x" * 50_000_000})
    assert time.monotonic() - started < LIMIT + SLACK + 2 and caught.value.failure is Failure.UNKNOWN


def test_one_slow_call_takes_nothing_from_the_next() -> None:
    """The limit belongs to the call, not to the client."""
    gate = threading.Event()

    def serve(line: socket.socket) -> None:
        gate.wait(0.4)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with listening(serve) as server, make_client() as client:
        for _ in range(3):
            assert post_json(client, f"http://127.0.0.1:{server.port}/", {}) == {}


def flood(line: socket.socket) -> None:
    """As much as is taken."""
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(b"[" * 1_000_000)


def whole(body: bytes, *headers: str) -> bytes:
    more = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


ANSWERS = {
    "endless": (flood, Failure.UNKNOWN),
    "too long": (answering(whole(b'"' + b"a" * ANSWER_BYTES + b'"')), Failure.UNKNOWN),
    "unfolds to a hundred times as much": (
        answering(whole(gzip.compress(b'{"errcode":0}' + b" " * 5_000_000), "Content-Encoding: gzip")),
        Failure.UNKNOWN,
    ),
    "nests": (answering(whole(b'{"a":' + b"[" * 100_000)), Failure.UNKNOWN),
    "no text": (answering(whole(b"\xff\xfe\x00")), Failure.UNKNOWN),
    "number without end": (answering(whole(b'{"errcode":' + b"9" * 100_000 + b"}")), Failure.UNKNOWN),
    "not HTTP": (answering(b"\x00\xff" * 1000), Failure.UNKNOWN),
    "header without end": (answering(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000), Failure.UNKNOWN),
    "two lengths": (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), Failure.UNKNOWN),
    "negative length": (answering(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"), Failure.UNKNOWN),
    "cut off": (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"), Failure.UNKNOWN),
}


@pytest.mark.parametrize(("serve", "failure"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_none_is_a_failed_send(serve: Serve, failure: Failure) -> None:
    with listening(serve) as server, pytest.raises(SendFailed) as caught:
        post(f"http://127.0.0.1:{server.port}/")
    assert caught.value.failure is failure


PICTURES = {
    "endless": (flood, "too-large"),
    "11 MB": (answering(whole(TINY_PNG + bytes(PICTURE_BYTES))), "too-large"),
    "unfolds": (answering(whole(gzip.compress(TINY_PNG), "Content-Encoding: gzip")), "too-large"),
}


@pytest.mark.parametrize(("serve", "code"), PICTURES.values(), ids=PICTURES)
def test_a_picture_without_end_is_not_taken(serve: Serve, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PICTURE_SECONDS", 10.0)
    with listening(serve) as server, pytest.raises(SendFailed) as caught:
        fetch(f"http://127.0.0.1:{server.port}/")
    assert (caught.value.code, caught.value.failure) == (code, Failure.PERMANENT)


def test_the_limits_of_production_stay_below_the_lease_of_a_row() -> None:
    """All calls of a send together: session, token, call, token, call."""
    assert LEASE.total_seconds() > 2 * http.SEND_SECONDS > 2 * PRODUCTION
