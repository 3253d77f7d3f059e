"""What no door may choke on, and how a story shows that nothing of it was kept."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from tests.stories.house import RunningHouse

MARK = "QX7731"  # stands in every hostile body; must be found nowhere afterwards
XML_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "QX7731">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><xml><Encrypt>&i;</Encrypt></xml>"
).encode()
DEEP = b'{"encrypt":"QX7731","a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
TEN_MEGABYTES = b'{"encrypt":"QX7731' + b"A" * 10_000_000 + b'"}'
BROKEN_UTF8 = b'{"encrypt":"QX7731\xff\xfe\xc3\x28"}'
HALF_CHARACTER = b'{"encrypt":"QX7731\\ud800"}'
RAW = {
    "empty": (b"", 400),
    "XML bomb": (XML_BOMB, 400),
    "deep": (DEEP, 400),
    "10 MB": (TEN_MEGABYTES, 413),
    "invalid UTF-8": (BROKEN_UTF8, 400),
    "half a character": (HALF_CHARACTER, 400),
    "a list": (b'["QX7731"]', 400),
    "a number": (b"7731", 400),
}


@contextmanager
def leaves_no_trace(house: RunningHouse, *, reason: str = "") -> Iterator[None]:
    """Nothing is stored meanwhile, nothing of the body is logged; `reason` is what the log does say."""
    before, logged = house.counts(), len(house.log.text)
    yield
    house.settle()
    assert house.counts() == before
    new = house.log.text[logged:]
    assert MARK not in new, new
    assert not reason or f'"reason": "{reason}' in new, new


def post(url: str, body: bytes, **headers: str) -> int:
    """One POST; the status."""
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.post(url, content=body, headers={"content-type": "application/json", **headers}).status_code


def post_half(url: str) -> None:
    """Promise a body, send a part of it, hang up."""
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as line:
        head = f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"
        line.sendall(head.encode() + b'{"encrypt":"QX7731')
