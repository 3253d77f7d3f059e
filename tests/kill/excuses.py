"""When something may be there twice: a kill hit that very send, and the platform has no key for it. Pure."""

from tests.kill.evidence import ON_CALL, REPEATABLE, Evidence, Line
from tests.kill.promises import Promise

BEFORE, AFTER = 1.5, 0.5  # seconds around a kill in which a send counts as in flight


class Excuses:
    """Each kill excuses one send of each lane: a process sends one line at a time on each of its ways out."""

    def __init__(self, evidence: Evidence) -> None:
        self._kills = sorted(kill.at for kill in evidence.kills)
        self._lines = evidence.lines
        self._used: set[tuple[float, str]] = set()

    def excuse(self, before: Line, again: Line) -> bool:
        """Whether the second may be there: the one before was shown around a kill, so that nobody could know of it."""
        if before.way in REPEATABLE and again.way in REPEATABLE:
            return False
        if before.replies_to or again.replies_to:
            return False  # one callback, one address: the platform shows one answer
        for kill in self._kills:
            lane = (kill, _lane(before))
            if kill - BEFORE <= before.at <= kill + AFTER and again.at > kill and lane not in self._used:
                self._used.add(lane)
                return True
        return False

    @property
    def kills_in_flight(self) -> int:
        """Kills around which something was shown on a way without key."""
        sent = [line.at for line in self._lines if line.way not in REPEATABLE]
        return sum(any(kill - BEFORE <= at <= kill + AFTER for at in sent) for kill in self._kills)

    def spans_kill(self, promise: Promise) -> bool:
        """Whether a kill lies between the promise and its being kept."""
        return self._kill_between(promise) is not None

    def takeovers(self, promises: list[Promise]) -> list[float]:
        """From the first kill after a promise to its being kept, for those that a kill held up."""
        found = []
        for promise in promises:
            kill = self._kill_between(promise)
            if kill is not None:
                found.append(promise.shown[0].at - kill)
        return found

    def downtime(self, since: float, until: float) -> float:
        """A generous share for restarts between two moments: five seconds for each kill."""
        return 5.0 * sum(since <= kill <= until for kill in self._kills)

    def _kill_between(self, promise: Promise) -> float | None:
        if promise.since is None or not promise.shown:
            return None
        until = promise.shown[0].at
        return next((kill for kill in self._kills if promise.since <= kill < until), None)


def _lane(line: Line) -> str:
    return f"{line.platform}-{'page' if line.room == ON_CALL else 'room'}"
