"""Counts accepted messages in a sliding window (assumption SLIDING_MINUTE)."""

from __future__ import annotations

from collections import defaultdict, deque

from tests.platforms.wecom.clock import Clock


class RateWindow:
    """Grants at most `limit` per `seconds` and key."""

    def __init__(self, clock: Clock, limit: int, seconds: float = 60.0) -> None:
        self._clock = clock
        self._limit = limit
        self._seconds = seconds
        self._granted: dict[str, deque[float]] = defaultdict(deque)

    def full(self, key: str) -> bool:
        granted = self._granted[key]
        while granted and granted[0] <= self._clock.now() - self._seconds:
            granted.popleft()
        return len(granted) >= self._limit

    def count(self, key: str) -> None:
        self._granted[key].append(self._clock.now())
