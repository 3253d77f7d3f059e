"""The only source of time and ids. Everything else takes `now` and ids as arguments."""

import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present moment, always aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TravelClock:
    """The machine's clock plus an offset that only grows: the sandbox's fast-forward button."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        """Move forward by `by`; refuses to go back, since due times are absolute."""
        if by < timedelta():
            raise ValueError("time only moves forward")
        with self._lock:
            self._offset += by


class FixedClock:
    """Stands still until it is set: simulations and tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = at


class Stopwatch:
    """Seconds of real time since it was made or restarted; no clock change moves it."""

    def __init__(self) -> None:
        self._from = time.monotonic()

    def restart(self) -> None:
        self._from = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._from


def new_id() -> str:
    """A random id, 16 hex digits: enough for row keys and idempotency keys."""
    return secrets.token_hex(8)
