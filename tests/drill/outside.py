"""Hands on the database from outside: one that locks it for a moment, one that looks when work is due."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, column, create_engine, make_url, text

from app.store.database import UtcDateTime
from app.store.replicas import DEAD_AFTER

_NEXT = text("""
SELECT min(due) AS due FROM (
  SELECT min(due_at) AS due FROM outbox WHERE state = 'due' AND due_at > :now
  UNION ALL SELECT min(lease_until) FROM outbox WHERE state = 'sending' AND lease_until > :now
  UNION ALL SELECT min(until) FROM pace WHERE until > :now
  UNION ALL SELECT min(due_at) FROM timer WHERE due_at > :now
) AS moments
""").bindparams(bindparam("now", type_=UtcDateTime))

_READY = text("""
SELECT DISTINCT channel FROM outbox WHERE state = 'sending' OR (state = 'due' AND (due_at <= :now OR way = 'page'))
UNION SELECT '' FROM timer WHERE due_at <= :now
""").bindparams(bindparam("now", type_=UtcDateTime))
_LOCKS = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": ("BEGIN", 'LOCK TABLE inbound, conversation, "case", timer, outbox, pace, replica IN EXCLUSIVE MODE'),
}
_DEATHS = text("""
SELECT DISTINCT replica.seen_at FROM outbox JOIN replica ON replica.owner = outbox.owner WHERE outbox.state = 'sending'
""").columns(column("seen_at", UtcDateTime))
TIMERS = "timers"


class _Outside:
    def __init__(self, url: str) -> None:
        address = make_url(url)
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        self._engine = create_engine(address, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)


class Peek(_Outside):
    """When the next row is due. The program is woken then, as its polling would; nothing else is read."""

    def next(self, now: datetime) -> datetime | None:
        """The first moment after `now`; None when nothing is waiting."""
        with self._engine.connect() as connection:
            due = connection.execute(_NEXT.columns(column("due", UtcDateTime)), {"now": now}).scalar()
            dead = [seen + DEAD_AFTER for seen in connection.execute(_DEATHS).scalars()]
        return min((moment for moment in [due, *dead] if moment and moment > now), default=None)

    def ready(self, now: datetime) -> set[str]:
        """The worker's loops that would find something: the others need not look."""
        with self._engine.connect() as connection:
            found = connection.execute(_READY, {"now": now}).scalars().all()
        return {f"deliver-{channel}" if channel else TIMERS for channel in found}

    def close(self) -> None:
        self._engine.dispose()


class Lock(_Outside):
    """Somebody who writes into the database and takes his time. Others may still look."""

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
        for statement in _LOCKS[self._engine.dialect.name]:
            self._held.exec_driver_sql(statement)

    def release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.exec_driver_sql("ROLLBACK")
            held.close()

    def close(self) -> None:
        self.release()
        self._engine.dispose()
