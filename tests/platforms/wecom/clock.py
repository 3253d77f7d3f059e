"""Where the little WeCom gets its time from, so that tests can jump over minutes and hours."""

from __future__ import annotations

import threading
import time
from typing import Protocol

BREATH = 0.02  # real seconds a jumping clock still grants to the bot's background work


class Clock(Protocol):
    """Anything that tells the time in seconds since 1970 and can be moved forward."""

    def now(self) -> float: ...

    def advance(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock plus whatever a test has jumped forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class ManualClock:
    """A clock that stands still until a test advances it."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._now += seconds


def pause(clock: Clock, seconds: float) -> None:
    """Let `seconds` pass on the clock: really with the system clock, by a jump with any other."""
    if isinstance(clock, SystemClock):
        time.sleep(seconds)
    else:
        clock.advance(seconds)
        time.sleep(BREATH)
