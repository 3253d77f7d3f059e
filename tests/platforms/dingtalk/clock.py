"""The clocks from which the little DingTalk takes every timestamp, window and rate."""

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells seconds since the epoch and can be moved forward."""

    def now(self) -> float: ...

    def advance(self, seconds: float) -> None: ...


class SystemClock:
    """The wall clock; `advance` shifts it, so that a story can jump over an hour."""

    def __init__(self) -> None:
        self._shift = 0.0

    def now(self) -> float:
        return time.time() + self._shift

    def advance(self, seconds: float) -> None:
        self._shift += seconds


class FrozenClock:
    """A clock that stands still until it is told to advance."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
