"""Carries HTTP requests to the bot within a total time limit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

import httpx

from tests.platforms.wecom.envelope import Wire
from tests.platforms.wecom.reply import Reply


class Outcome(StrEnum):
    ANSWERED = "answered"
    NO_REPLY = "no_reply"
    BAD_REPLY = "bad_reply"
    TIMEOUT = "timeout"
    HTTP_ERROR = "http_error"
    UNREACHABLE = "unreachable"
    HELD = "held"
    NOT_DELIVERED = "not_delivered"


FAILED = frozenset({Outcome.TIMEOUT, Outcome.HTTP_ERROR, Outcome.UNREACHABLE})


@dataclass
class Attempt:
    """One POST to the callback URL and what came back."""

    wire: Wire
    outcome: Outcome
    http_status: int | None
    elapsed: float
    body: bytes
    reply: Reply | None = None
    violation: str | None = None


@dataclass(frozen=True)
class Verification:
    """The result of a URL verification; `why` says what was wrong."""

    ok: bool
    why: str
    http_status: int | None
    elapsed: float
    body: bytes


@dataclass(frozen=True)
class Raw:
    status: int | None
    body: bytes
    elapsed: float
    late: bool = False


class Courier:
    """A plain HTTP client that follows no redirects, keeps no connections and watches the clock."""

    def __init__(self, network: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(
            verify=False, trust_env=False, follow_redirects=False, limits=limits, transport=network
        )

    def close(self) -> None:
        self._client.close()

    def post(self, url: str, wire: Wire, seconds: float) -> Attempt:
        target = httpx.URL(url).copy_merge_params(wire.params)
        raw = self._exchange("POST", target, seconds, wire)
        if raw.late:
            outcome = Outcome.TIMEOUT
        elif raw.status is None:
            outcome = Outcome.UNREACHABLE
        else:
            outcome = Outcome.NO_REPLY if raw.status == 200 else Outcome.HTTP_ERROR
        return Attempt(wire, outcome, raw.status, raw.elapsed, raw.body)

    def get(self, url: httpx.URL, seconds: float) -> Raw:
        return self._exchange("GET", url, seconds, None)

    def _exchange(self, method: str, url: httpx.URL, seconds: float, wire: Wire | None) -> Raw:
        headers = {"accept-encoding": "identity"}
        content = wire.content if wire else None
        if wire:
            headers["content-type"] = wire.content_type
        began = time.perf_counter()
        status, body, late = None, b"", False
        try:
            with self._client.stream(method, url, content=content, headers=headers, timeout=seconds) as answer:
                status = answer.status_code
                for chunk in answer.iter_raw():
                    body += chunk
                    if time.perf_counter() - began > seconds:
                        late = True
                        break
        except httpx.TimeoutException:
            late = True
        except httpx.TransportError:
            status = None
        elapsed = time.perf_counter() - began
        late = late or elapsed > seconds
        return Raw(None if late else status, body, elapsed, late)
