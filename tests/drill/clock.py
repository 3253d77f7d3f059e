"""One time for the platforms and the product, which may be some seconds off."""

from datetime import UTC, datetime


class WorldClock:
    """Seconds since 1970; stands still until it is moved forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start.timestamp()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time only moves forward")
        self._now += seconds


class MachineClock:
    """What the product's machine takes for the time: `skew` seconds off."""

    def __init__(self, world: WorldClock) -> None:
        self._world = world
        self.skew = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._world.now() + self.skew, UTC)
