"""Sliding windows and the monthly counters."""

from collections import deque
from datetime import datetime, timedelta, timezone

from .limits import Limits

# OURS: the calendar month is the one of China Standard Time.
CHINA = timezone(timedelta(hours=8))


class SlidingWindow:
    """At most `limit` hits in any `seconds`; a refused hit is not counted."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._hits: deque[float] = deque()

    def hit(self, now: float, limit: int) -> bool:
        while self._hits and now - self._hits[0] >= self._seconds:
            self._hits.popleft()
        if len(self._hits) >= limit:
            return False
        self._hits.append(now)
        return True


class Quota:
    """Metered API calls and Webhook-and-Stream messages of the running calendar month."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._month = ""
        self.api_used = 0
        self.webhook_used = 0

    def _roll(self, now: float) -> None:
        month = datetime.fromtimestamp(now, CHINA).strftime("%Y-%m")
        if month != self._month:
            if self._month:
                self.api_used = self.webhook_used = 0
            self._month = month

    def api_left(self, now: float) -> int:
        self._roll(now)
        return self._limits.api_per_month - self.api_used

    def take_api(self, now: float) -> None:
        self._roll(now)
        self.api_used += 1

    def take_webhook(self, now: float) -> bool:
        """Count one message; False when the month is used up (such a message is not counted)."""
        self._roll(now)
        if self.webhook_used >= self._limits.webhook_per_month:
            return False
        self.webhook_used += 1
        return True
