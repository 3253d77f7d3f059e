"""The database: SQLite inside one box, PostgreSQL for several. One transaction a flow, one writer on SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from app import meters
from app.store.serving import SameFile, ServingLock
from app.store.trouble import FULL, NO_FILE, READ_ONLY, kind_of
from app.store.writer import GroupWriter


class UtcDateTime(TypeDecorator[datetime]):
    """Aware moments in, aware UTC moments out, on both databases. Refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Opens transactions. On SQLite writers queue in the process (`store/writer.py`): nobody fails with «locked»."""

    def __init__(self, url: str, *, serving: bool = False) -> None:
        """`serving`: as the one process that serves this SQLite file. Raises InUse, OSError."""
        self.engine = _engine(url)
        self._right = ServingLock(url) if serving else None
        self._file = SameFile(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reader = self.engine.execution_options(zhiban_reading=True)
        self._in_memory = self.is_sqlite and isinstance(self.engine.pool, StaticPool)
        # In memory there is one connection for all, and no fsync to share.
        self._writer = GroupWriter(self.engine, 1) if self._in_memory else GroupWriter(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All or nothing; on disk at the end of the block, rolled back on any error."""
        with meters.transaction(), self._transaction() as session:
            yield session

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        if self.is_sqlite:
            self._file.check()
            with self._writer.transaction() as session:
                yield session
            return
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """For looking only; nothing is committed."""
        if self._in_memory:
            with self._writer.alone(), Session(self.engine) as session:
                yield session
            return
        with Session(self._reader) as session:
            yield session

    def ping(self) -> None:
        """Raises when the database cannot be reached."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def empty_log(self) -> None:
        """What was erased is gone from SQLite's write-ahead log too, unless somebody is just reading it."""
        if not self.is_sqlite or self._in_memory:
            return
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout=100")  # another time is as good: nobody shall wait for this
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("PRAGMA busy_timeout=5000")
        except sqlite3.Error:
            connection.invalidate()
        finally:
            connection.close()

    def close(self) -> None:
        self._writer.close()
        self.engine.dispose()
        if self._right:
            self._right.release()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, pool_size=5, max_overflow=5, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    options: dict[str, Any] = {"hide_parameters": True, "connect_args": {"check_same_thread": False, "timeout": 5}}
    if parsed.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    engine = create_engine(parsed, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    event.listen(engine, "handle_error", _drop_connections)
    return engine


def _prepare_postgres(connection: Any, _record: Any) -> None:
    # A process that is frozen in the middle of a transaction must not hold up the others with what it has locked.
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '10s'")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: it would begin them deferred, and a writer that starts
    # as a reader can fail half way with «database is locked».
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a commit survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=5000")  # a platform waits no longer for us than that either
    cursor.execute("PRAGMA temp_store=MEMORY")  # nothing but the data folder needs to be writable
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased or forgotten leaves the file, not only the table
    cursor.close()


def _drop_connections(context: ExceptionContext) -> None:
    """After trouble with the disk every connection is opened anew: one that SQLite opened read-only stays so."""
    if kind_of(context.original_exception) in (FULL, READ_ONLY, NO_FILE):
        context.is_disconnect = True


def _begin_immediate(connection: Any) -> None:
    """Writers take the lock at once; whoever only looks leaves it to them."""
    reading = connection.get_execution_options().get("zhiban_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
