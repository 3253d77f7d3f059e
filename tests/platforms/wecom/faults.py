"""Faults a test orders in advance for the next calls to an endpoint."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from tests.platforms.wecom.assumptions import MEDIA_BUSY_STATUS


class Endpoint(StrEnum):
    PUSH = "push"
    TOKEN = "token"
    SEND = "send"
    UPDATE_CARD = "update_card"
    RESPONSE = "response"
    MEDIA = "media"


class FaultKind(StrEnum):
    STATUS = "status"
    HANG = "hang"
    ERRCODE = "errcode"
    LOST = "lost"
    SLOW = "slow"


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    number: int = 0
    seconds: float = 0.0


def server_error(status: int = 502) -> Fault:
    """A gateway page instead of JSON; nothing is accepted."""
    return Fault(FaultKind.STATUS, number=status)


def hang(seconds: float = 30.0) -> Fault:
    """No answer for so many real seconds, then a dropped connection; nothing is accepted."""
    return Fault(FaultKind.HANG, seconds=seconds)


def errcode(number: int) -> Fault:
    """A chosen errcode with status 200; nothing is accepted."""
    return Fault(FaultKind.ERRCODE, number=number)


def rate_limited() -> Fault:
    """The vendor's "api freq out of limit"; nothing is accepted."""
    return errcode(45009)


def lost_answer() -> Fault:
    """The call is carried out, but the connection is cut before the answer."""
    return Fault(FaultKind.LOST)


def slow_answer(seconds: float) -> Fault:
    """The call is carried out at once, but its answer comes so many real seconds later."""
    return Fault(FaultKind.SLOW, seconds=seconds)


class FaultBook:
    """The faults still to come, first ordered first served, per endpoint."""

    def __init__(self) -> None:
        self._waiting: dict[Endpoint, deque[Fault]] = {endpoint: deque() for endpoint in Endpoint}

    def order(self, endpoint: Endpoint, fault: Fault, times: int = 1) -> None:
        self._waiting[endpoint].extend([fault] * times)

    def take(self, endpoint: Endpoint) -> Fault | None:
        waiting = self._waiting[endpoint]
        if not waiting:
            return None
        fault = waiting.popleft()
        if endpoint is Endpoint.MEDIA and fault.kind is FaultKind.ERRCODE:
            return server_error(MEDIA_BUSY_STATUS if fault.number == 45009 else 500)
        return fault

    def clear(self) -> None:
        for waiting in self._waiting.values():
            waiting.clear()
