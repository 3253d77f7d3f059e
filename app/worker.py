"""The loop: deliver what is due, escalate what is overdue, forget what is old. One thread a channel, one for timers."""

import threading
from collections.abc import Callable

import structlog

from app.clock import new_id
from app.flows.deliver import deliver
from app.flows.desk import Desk
from app.flows.escalate import escalate
from app.flows.tidy import tidy

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.5
TIDY_EVERY = 600  # turns of the timer loop: about five minutes


class Worker:
    """Starts and stops the loops. A slow platform holds up only its own thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._owner = new_id()
        self._stopping = threading.Event()
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for name in [*self._desk.channels, *self._desk.pagers]:
            self._spawn(f"deliver-{name}", self._deliver_once(name))
        self._spawn("timers", self._timers_once())

    def nudge(self) -> None:
        """There may be something to do now: do not wait for the next poll."""
        for wake in self._wakes:
            wake.set()

    def is_well(self) -> bool:
        """Whether every loop is alive."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def stop(self, timeout: float = 15.0) -> None:
        """Let what is being sent end, then stop. Rows not settled by then are taken over after their lease."""
        self._stopping.set()
        self.nudge()
        for thread in self._threads:
            thread.join(timeout)

    def _spawn(self, name: str, once: Callable[[], bool]) -> None:
        wake = threading.Event()
        self._wakes.append(wake)
        thread = threading.Thread(target=self._loop, args=(once, wake), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, once: Callable[[], bool], wake: threading.Event) -> None:
        while not self._stopping.is_set():
            wake.clear()
            try:
                busy = once()
            except Exception:  # the loop must outlive whatever one row or the database does
                log.exception("worker_error")
                busy = False
            if not busy:
                wake.wait(POLL_SECONDS)

    def _deliver_once(self, channel: str) -> Callable[[], bool]:
        def once() -> bool:
            return deliver(self._desk, self._owner, [channel]) > 0

        return once

    def _timers_once(self) -> Callable[[], bool]:
        turns = 0

        def once() -> bool:
            nonlocal turns
            if turns % TIDY_EVERY == 0:
                tidy(self._desk)
            turns += 1
            return escalate(self._desk) > 0

        return once
