"""The public listener below the level of a polite client: bytes on a socket. No 500, no trace; it goes on serving."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from app import main
from app.web import careful, webhooks
from tests.hostile.house import Company
from tests.hostile.signing import dingtalk_headers, encoded, wecom_wire
from tests.stories.bad_input import MARK, leaves_no_trace
from tests.stories.house import eventually

BODY = encoded({"msgId": "m", "text": {"content": MARK}})
DOORS = ["/webhooks/wecom", "/webhooks/ding"]


@contextmanager
def connected(house: Company, patience: float = 5.0) -> Iterator[socket.socket]:
    parts = urlsplit(house.house.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=patience) as line:
        yield line


def answer_to(house: Company, request: bytes, patience: float = 0.3) -> bytes:
    """What comes back until the other side hangs up or has been silent for so long."""
    with connected(house, patience) as line:
        with suppress(OSError):
            line.sendall(request)
        return _all_of(line)


def _all_of(line: socket.socket) -> bytes:
    found = b""
    try:
        while more := line.recv(65_536):
            found += more
    except OSError:
        pass
    return found


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def head(path: str, *lines: str, method: str = "POST", length: int | None = len(BODY)) -> bytes:
    fixed = [f"{method} {path} HTTP/1.1", "Host: zhiban"]
    sized = [f"Content-Length: {length}"] if length is not None else []
    return "\r\n".join([*fixed, *sized, *lines, "Connection: close", "", ""]).encode("latin-1")


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


CHUNKED = "Transfer-Encoding: chunked"
REQUESTS = {
    "nothing": b"",
    "line ends": b"\r\n" * 1000,
    "zeros": bytes(5000),
    "TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9": b"POST /webhooks/wecom HTTP/9.9\r\nHost: a\r\n\r\n",
    "HTTP/1.0": b"POST /webhooks/wecom HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
    "no version": b"GET /webhooks/wecom\r\n\r\n",
    "unknown method": head("/webhooks/wecom", method="BREW") + BODY,
    "no host": b"GET /webhooks/wecom HTTP/1.1\r\n\r\n",
    "two hosts": head("/webhooks/wecom", "Host: other") + BODY,
    "whole address": head("http://evil.example/webhooks/wecom") + BODY,
    "star": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "dots": head("/webhooks/../webhooks/wecom") + BODY,
    "encoded dots": head("/webhooks/%2e%2e/cases") + BODY,
    "NUL in the path": head("/webhooks/we%00com") + BODY,
    "raw NUL in the path": head("/webhooks/we\0com") + BODY,
    "broken UTF-8 in the path": head("/webhooks/ding/%ff%fe%c3%28") + BODY,
    "raw bytes in the path": head("/webhooks/ding/\xff\xfe") + BODY,
    "half a character in the path": head("/webhooks/ding/%ed%a0%80") + BODY,
    "bad percent": head("/webhooks/ding/%zz%") + BODY,
    "endless path": head("/webhooks/ding/" + "a" * 60_000) + BODY,
    "odd query": head("/webhooks/wecom?timestamp=%ed%a0%80&nonce=%00&msg_signature=%ff&echostr=" + "%c3" * 900) + BODY,
    "query of a thousand": head("/webhooks/wecom?" + "&".join(f"a{i}=b" for i in range(1000))) + BODY,
    "the same key twice": head("/webhooks/wecom?timestamp=1&timestamp=2&nonce=a&nonce=b") + BODY,
    "headers twice": head("/webhooks/ding", "timestamp: 1", "timestamp: 2", "sign: a", "sign: b") + BODY,
    "raw bytes in headers": head("/webhooks/ding", "timestamp: \xff\xfe", "sign: \xe9\xe8") + BODY,
    "NUL in a header": head("/webhooks/ding", "sign: a\0b") + BODY,
    "folded header": head("/webhooks/ding", "sign: a", "  b") + BODY,
    "header without colon": head("/webhooks/ding", "sign") + BODY,
    "endless header": head("/webhooks/ding", "sign: " + "a" * 200_000) + BODY,
    "ten thousand headers": head("/webhooks/ding", *[f"X-{i}: a" for i in range(10_000)]) + BODY,
    "foreign digits": head("/webhooks/ding", "timestamp: \xb2\xb3\xb9", "sign: a") + BODY,
    "wrong type": head("/webhooks/ding", "Content-Type: multipart/form-data; boundary=") + BODY,
    "type without end": head("/webhooks/ding", "Content-Type: " + "a/" * 5000) + BODY,
    "unknown charset": head("/webhooks/wecom", "Content-Type: application/json; charset=unicode_escape") + BODY,
    "compressed": head("/webhooks/wecom", "Content-Encoding: gzip") + BODY,
    "not compressed, but so called": head("/webhooks/wecom", "Content-Encoding: " + "br, " * 500) + BODY,
    "negative length": head("/webhooks/wecom", length=-1) + BODY,
    "two lengths": head("/webhooks/wecom", "Content-Length: 5") + BODY,
    "a length in words": head("/webhooks/wecom", "Content-Length: ten", length=None) + BODY,
    "a length beyond all": head("/webhooks/wecom", "Content-Length: " + "9" * 40, length=None) + BODY,
    "too short": head("/webhooks/wecom", length=len(BODY) + 50) + BODY,
    "too long": head("/webhooks/wecom", length=5) + BODY,
    "length and chunks": head("/webhooks/wecom", CHUNKED) + chunked(BODY, b""),
    "chunks": head("/webhooks/wecom", CHUNKED, length=None) + chunked(BODY, b""),
    "a byte a chunk": head("/webhooks/ding", CHUNKED, length=None) + chunked(*[bytes([one]) for one in BODY], b""),
    "chunk without end": head("/webhooks/ding", CHUNKED, length=None) + b"fffffff\r\n" + BODY,
    "chunk of negative length": head("/webhooks/ding", CHUNKED, length=None) + b"-5\r\nabc\r\n0\r\n\r\n",
    "chunk with words": head("/webhooks/ding", CHUNKED, length=None) + b"5;" + b"a" * 9000 + b"\r\nabcde\r\n0\r\n\r\n",
    "trailers": head("/webhooks/ding", CHUNKED, length=None) + chunked(BODY) + b"0\r\nSign: a\r\n" * 50 + b"\r\n",
    "chunked twice": head("/webhooks/ding", CHUNKED, "Transfer-Encoding: identity", length=None) + BODY,
    "a body on GET": head("/webhooks/wecom", method="GET") + BODY,
    "wait for leave": head("/webhooks/wecom", "Expect: 100-continue") + BODY,
    "upgrade": head("/webhooks/wecom", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: a") + BODY,
    "upgrade to h2c": head("/webhooks/wecom", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c") + BODY,
    "a hundred at once": (head("/webhooks/wecom") + BODY) * 100,
}


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS)
def test_whatever_comes_in_is_refused_and_leaves_no_trace(standing_company: Company, request_bytes: bytes) -> None:
    with leaves_no_trace(standing_company.house):
        answer = answer_to(standing_company, request_bytes)
        assert status_of(answer) < 500 and b"HTTP/1.1 5" not in answer, answer[:200]
        assert MARK.encode() not in answer and b"Traceback" not in answer
        assert standing_company.client.get("/healthz").status_code == 200
    standing_company.log.expect_not("Traceback")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "BODY_SECONDS", 0.5)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("drop", [b"", b"a"], ids=["silent", "dripping"])
def test_a_body_that_never_ends_is_not_waited_for(
    standing_company: Company, hurried: None, path: str, drop: bytes
) -> None:
    """However slowly it drips; then the line is cut, so that nobody holds a hundred of them."""
    with leaves_no_trace(standing_company.house, reason="too-slow"), connected(standing_company) as line:
        line.sendall(head(path, length=900_000) + MARK.encode())
        started, stop = time.monotonic(), threading.Event()
        dripping = threading.Thread(target=_drip, args=(line, drop, stop))
        dripping.start()
        answer = _all_of(line)
        stop.set()
        dripping.join(2)
        assert status_of(answer) == 408 and 0.3 < time.monotonic() - started < 3


def _drip(line: socket.socket, drop: bytes, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        try:
            line.sendall(drop)
        except OSError:
            return


def test_slow_callers_do_not_keep_others_waiting(standing_company: Company) -> None:
    """Two hundred who promise a body and send nothing."""
    held = [connected(standing_company) for _ in range(200)]
    lines = [one.__enter__() for one in held]
    try:
        for line in lines:
            line.sendall(head("/webhooks/wecom", length=900_000))
        started = time.monotonic()
        assert standing_company.client.get("/healthz").status_code == 200
        assert standing_company.from_dingtalk({"msgId": "", "text": MARK}).status_code == 200
        assert time.monotonic() - started < 3
    finally:
        for one in held:
            one.__exit__(None, None, None)


@pytest.mark.parametrize("path", DOORS)
def test_a_body_beyond_the_limit_is_cut_off_while_it_comes(standing_company: Company, path: str) -> None:
    """Not when it is whole: the answer comes, and the line is closed, before a tenth has been sent."""
    with leaves_no_trace(standing_company.house, reason="too-large"), connected(standing_company) as line:
        sent = 0
        try:
            line.sendall(head(path, length=100_000_000))
            while sent < 100_000_000:
                line.sendall(MARK.encode() * 10_000)
                sent += 60_000
        except OSError:
            pass
        assert status_of(_all_of(line)) in (413, 0) and sent < 50_000_000


SILENT = ("nothing", "line ends", "too short", "chunk without end")


def test_what_is_whole_gets_an_answer(standing_company: Company) -> None:
    """So that the silence above is not what passes the test."""
    answers = {name: status_of(answer_to(standing_company, request)) for name, request in REQUESTS.items()}
    assert {name for name, status in answers.items() if not status} == set(SILENT)
    assert set(answers.values()) == {0, 100, 400, 403, 404}


@pytest.fixture(scope="module")
def own_listener(standing_company: Company) -> Iterator[str]:
    """The public listener as `zhiban serve` opens it."""
    server = main._server(standing_company.house.house.public, "127.0.0.1", 0)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    eventually("服务起来", lambda: server.started)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


@contextmanager
def calling(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as line:
        yield line


ENDLESS = {
    "one header": (b"POST /webhooks/wecom HTTP/1.1\r\nHost: a\r\nX: ", b"a" * 10_000),
    "many headers": (b"POST /webhooks/wecom HTTP/1.1\r\nHost: a\r\n", b"X: a\r\n" * 2_000),
    "an address": (b"POST /webhooks/", b"a" * 10_000),
    "a second request": (b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nX: ", b"a" * 10_000),
}


@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS)
def test_a_head_without_end_is_cut_off(own_listener: str, start: bytes, more: bytes) -> None:
    """The fast parser itself would take it until memory is full."""
    with calling(own_listener) as line:
        sent = 0
        with suppress(OSError):
            line.sendall(start)
            while sent < 20_000_000:
                line.sendall(more)
                sent += len(more)
        assert sent < 20_000_000
    assert httpx.get(f"{own_listener}/healthz", trust_env=False).status_code == 200


@pytest.mark.parametrize("start", [b"", b"POST /webhooks/wecom HTTP/1.1\r\nHost: a\r\n", b"POST /web"])
def test_a_head_that_never_comes_is_not_waited_for(
    own_listener: str, start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(careful, "HEAD_SECONDS", 0.4)
    with calling(own_listener) as line:
        line.sendall(start)
        started = time.monotonic()
        assert _all_of(line) == b"" and 0.2 < time.monotonic() - started < 3


def test_a_patient_caller_is_served_on_one_connection(own_listener: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are of one head, not of the connection."""
    monkeypatch.setattr(careful, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(careful, "HEAD_BYTES", 2_000)
    with httpx.Client(base_url=own_listener, trust_env=False) as client:
        for _ in range(30):
            assert client.get("/healthz", headers={"X": "a" * 200}).status_code == 200
            time.sleep(0.03)
        assert client.post("/webhooks/wecom", content=b"a" * 900_000).status_code == 400


def test_nothing_is_upgraded(own_listener: str) -> None:
    upgrade = head("/webhooks/wecom", "Upgrade: websocket", "Sec-WebSocket-Version: 13", method="GET", length=None)
    with calling(own_listener) as line:
        line.sendall(upgrade.replace(b"Connection: close", b"Connection: Upgrade\r\nSec-WebSocket-Key: YQ=="))
        assert status_of(line.recv(1000)) == 403


def test_a_signature_is_for_one_body_time_and_door(standing_company: Company) -> None:
    """What was signed for one is not good for the other."""
    query, content = wecom_wire({"msgid": "m"}, standing_company.now)
    client = standing_company.client
    with leaves_no_trace(standing_company.house):
        for change in ({"timestamp": "1772416801"}, {"nonce": "1"}, {"msg_signature": query["msg_signature"].upper()}):
            assert client.post("/webhooks/wecom", params=query | change, content=content).status_code == 403
        other = content.replace(b'"encrypt": "', b'"encrypt": "AAAA')
        assert client.post("/webhooks/wecom", params=query, content=other).status_code == 403
        assert client.post("/webhooks/ding", params=query, content=content).status_code == 403
        signed = dingtalk_headers(standing_company.now)
        assert client.post("/webhooks/wecom", headers=signed, content=BODY).status_code == 400
        stamp = str(int(signed["timestamp"]) + 1)
        assert client.post("/webhooks/ding", headers=signed | {"timestamp": stamp}, content=BODY).status_code == 403
        assert client.get("/webhooks/wecom", params=query | {"echostr": "A" * 64}).status_code == 403
