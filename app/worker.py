"""The loops: deliver what is due, escalate what is overdue, forget what is old, tell that this process is alive."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import meters
from app.channels.watcher import Watcher
from app.clock import Stopwatch, new_id
from app.flows.alarm import alarm
from app.flows.beat import beat
from app.flows.deliver import deliver
from app.flows.desk import Desk
from app.flows.escalate import escalate
from app.flows.roster_care import care
from app.flows.shifts import mind_shifts
from app.flows.tidy import tidy
from app.store import replicas
from app.store.duty import keep_rotating
from app.store.trouble import kind_of

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.5
SHIFTS_EVERY = 20  # turns: about ten seconds
TIDY_EVERY = 600  # turns of the timer loop: about five minutes
AUDIT_SECONDS = 60.0
_TIMERS = "timers"
_BEAT, _HEARTBEAT, _AUDIT = "beat", "heartbeat", "audit"  # for the other replicas; for the watcher outside
SILENT_SECONDS = 10.0  # without a beat that reached the disk for so long, the database is in trouble


class Worker:
    """Starts and stops the loops. A slow platform holds up only its own thread."""

    def __init__(self, desk: Desk, watcher: Watcher | None = None) -> None:
        self._desk = desk
        self._watcher = watcher
        self.owner = new_id()
        self._rounds: dict[str, Callable[[], bool]] = {_BEAT: self._beat_once}
        for name in [*desk.channels, *desk.pagers]:
            self._rounds[f"deliver-{name}"] = self._deliver_once(name)
        self._rounds[_TIMERS] = self._timers_once()
        self._rounds[_AUDIT] = self._audit_once
        if watcher:
            self._rounds[_HEARTBEAT] = self._heartbeat_once(watcher)
        self._stopping = threading.Event()
        self._wakes: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        self._since_beat = Stopwatch()
        self._trouble = ""

    def start(self) -> None:
        """Told to the other replicas first. Raises what the database raises; nothing has been started then."""
        self.arrive()
        pauses = {_BEAT: replicas.BEAT.total_seconds(), _AUDIT: AUDIT_SECONDS}
        if self._watcher:
            pauses[_HEARTBEAT] = self._watcher.every.total_seconds()
        for name in self._rounds:
            self._spawn(name, pauses.get(name, POLL_SECONDS))

    def arrive(self) -> None:
        """Tell the other replicas that this process works from now on. Raises what the database raises."""
        self._beat_once()
        now, roster = self._desk.clock.now(), self._desk.roster
        with self._desk.database.transaction() as session:
            if self._desk.database.is_sqlite:
                replicas.succeed(session, self.owner, now)
            keep_rotating(session, roster, now.astimezone(roster.zone).date())

    @property
    def rounds(self) -> tuple[str, ...]:
        """The names of the loops."""
        return tuple(self._rounds)

    def round(self, name: str) -> bool:
        """One round of a loop, in the caller's thread; whether there may be more to do at once. Outlives all errors."""
        try:
            return self._rounds[name]()
        except SQLAlchemyError as error:
            self._database_failed(error)
        except Exception:  # the loop must outlive whatever one row does
            log.exception("worker_error")
            meters.worker_error()
        return False

    def nudge(self) -> None:
        """There may be something to do now: do not wait for the next poll."""
        for name, wake in self._wakes.items():
            if name not in (_BEAT, _HEARTBEAT, _AUDIT):
                wake.set()

    def trouble(self) -> str:
        """What keeps the desk from working: "worker", a code of `store/trouble.py`, or nothing."""
        if not self._threads or not all(thread.is_alive() for thread in self._threads):
            return "worker"
        return self._trouble or ("locked" if self._since_beat.seconds() > SILENT_SECONDS else "")

    def stop(self, timeout: float = 15.0) -> None:
        """Let what is being sent end, then stop. Rows not settled by then are taken over by others at once."""
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        for thread in self._threads:
            thread.join(timeout)
        if self._threads:
            self.leave()

    def _spawn(self, name: str, poll_seconds: float) -> None:
        wake = threading.Event()
        self._wakes[name] = wake
        thread = threading.Thread(target=self._loop, args=(name, wake, poll_seconds), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, name: str, wake: threading.Event, poll_seconds: float) -> None:
        while not self._stopping.is_set():
            wake.clear()
            if not self.round(name):
                wake.wait(poll_seconds)

    def _database_failed(self, error: SQLAlchemyError) -> None:
        kind = kind_of(error)
        if kind != self._trouble:  # told once, not twice a second
            log.error("database_trouble", kind=kind, error=type(error).__name__)
        self._trouble = kind

    def _beat_once(self) -> bool:
        with self._desk.database.transaction() as session:
            replicas.beat(session, self.owner, self._desk.clock.now())
        if self._trouble:
            log.warning("database_recovered", after=self._trouble)
        self._trouble = ""
        self._since_beat.restart()
        return False

    def leave(self) -> None:
        """What this process still holds may be taken over at once."""
        try:
            with self._desk.database.transaction() as session:
                replicas.leave(session, self.owner, self._desk.clock.now())
        except SQLAlchemyError as error:
            log.warning("database_trouble", kind=kind_of(error), error=type(error).__name__)

    def _deliver_once(self, channel: str) -> Callable[[], bool]:
        def once() -> bool:
            return deliver(self._desk, self.owner, [channel]) > 0

        return once

    def _audit_once(self) -> bool:
        alarm(self._desk)
        return False

    def _heartbeat_once(self, watcher: Watcher) -> Callable[[], bool]:
        def once() -> bool:
            beat(self._desk, watcher, self.trouble())
            return False

        return once

    def _timers_once(self) -> Callable[[], bool]:
        turns = 0

        def once() -> bool:
            nonlocal turns
            if turns % TIDY_EVERY == 0:
                tidy(self._desk)
            turns += 1
            busy = escalate(self._desk) > 0
            if turns % SHIFTS_EVERY == 1:
                busy = mind_shifts(self._desk) > 0 or care(self._desk) or busy
            return busy

        return once
