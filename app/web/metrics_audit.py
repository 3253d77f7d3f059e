"""The audit's findings as numbers, for `/metrics`: looked up once a minute at most, however often it is scraped."""

import threading
from datetime import datetime, timedelta

from sqlmodel import Session

from app.flows.alarm import scope_of
from app.flows.desk import Desk
from app.store.findings import count

EVERY = timedelta(minutes=1)


class AuditCount:
    """How many findings there are of each kind."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._at: datetime | None = None
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def now(self, session: Session, now: datetime) -> dict[str, int]:
        """By kind, zeros included, at most a minute old."""
        with self._lock:
            if self._at is None or not timedelta() <= now - self._at < EVERY:
                self._counts = count(session.connection(), scope_of(self._desk, now))
                self._at = now
            return self._counts
