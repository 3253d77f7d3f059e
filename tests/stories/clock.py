"""One clock for the house and the platforms: it stands still until a story moves it."""

import threading
from datetime import UTC, datetime

MONDAY_TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # ten o'clock in China; 张工 is on duty, then 李工, then 王主管


class StoryClock:
    """Seconds since 1970, as the little platforms want them."""

    def __init__(self, start: datetime = MONDAY_TEN) -> None:
        self._now = start.timestamp()
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time only moves forward")
        with self._lock:
            self._now += seconds


class HouseClock:
    """The same moment as an aware datetime, as the house wants it."""

    def __init__(self, story: StoryClock) -> None:
        self._story = story

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._story.now(), UTC)
