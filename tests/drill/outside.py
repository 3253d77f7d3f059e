"""Hands on the SQLite file from outside: one that locks it for a moment, one that looks when work is due."""

from datetime import UTC, datetime

from sqlalchemy import Connection, create_engine, text

_NEXT = text("""
SELECT min(due) FROM (
  SELECT min(due_at) AS due FROM outbox WHERE state = 'due' AND due_at > :now
  UNION ALL SELECT min(lease_until) FROM outbox WHERE state = 'sending' AND lease_until > :now
  UNION ALL SELECT min(until) FROM pace WHERE until > :now
  UNION ALL SELECT min(due_at) FROM timer WHERE due_at > :now
) AS moments
""")

_READY = text("""
SELECT DISTINCT channel FROM outbox WHERE state = 'sending' OR (state = 'due' AND due_at <= :now)
UNION SELECT '' FROM timer WHERE due_at <= :now
""")
TIMERS = "timers"


class _Outside:
    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)


class Peek(_Outside):
    """When the next row is due. The program is woken then, as its polling would; nothing else is read."""

    def next(self, now: datetime) -> datetime | None:
        """The first moment after `now`; None when nothing is waiting."""
        with self._engine.connect() as connection:
            found = connection.execute(_NEXT, {"now": self._moment(now)}).scalar()
        return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else None

    def ready(self, now: datetime) -> set[str]:
        """The worker's loops that would find something: the others need not look."""
        with self._engine.connect() as connection:
            found = connection.execute(_READY, {"now": self._moment(now)}).scalars().all()
        return {f"deliver-{channel}" if channel else TIMERS for channel in found}

    def _moment(self, now: datetime) -> str:
        return now.strftime("%Y-%m-%d %H:%M:%S.%f")

    def close(self) -> None:
        self._engine.dispose()


class Lock(_Outside):
    """Somebody who writes into the database and takes his time."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._held: Connection | None = None

    @property
    def held(self) -> bool:
        return self._held is not None

    def take(self) -> None:
        if self._held is not None:
            return
        self._held = self._engine.connect()
        self._held.exec_driver_sql("BEGIN IMMEDIATE")

    def release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.exec_driver_sql("ROLLBACK")
            held.close()
