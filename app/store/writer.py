"""SQLite's one writer. Transactions queue for it; those that wait behind one another share one commit, one fsync."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

PATIENCE = 10.0  # seconds for one's turn: somebody outside has locked the file, and nobody shall wait without end
MOST = 64  # transactions under one commit: bounds how long the first of them waits


class _Batch:
    """Transactions that stand or fall together with the commit that they share."""

    def __init__(self) -> None:
        self.size = 0
        self.ended = threading.Event()
        self.error: BaseException | None = None

    def end(self, error: BaseException | None) -> None:
        self.error = error
        self.ended.set()


class GroupWriter:
    """Each transaction is a savepoint of its own: an error in one takes nothing from the others.

    A transaction returns only when the shared commit is on the disk; where that fails, all of the batch raise.
    """

    def __init__(self, engine: Engine, most: int = MOST) -> None:
        self._engine = engine
        self._most = most
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._connection: Connection | None = None
        self._batch = _Batch()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All or nothing. Raises what the block raises, or the error of the commit."""
        with self._our_turn():
            batch = self._batch
            try:
                with self._savepoint() as session:
                    yield session
                batch.size += 1
            finally:
                # Whoever sees nobody behind him commits for all; so does a full batch.
                if not self._waiting or batch.size >= self._most:
                    self._commit()
        while not batch.ended.wait(1.0):
            with self._turn:  # the one who was to commit for us has lost patience
                if not batch.ended.is_set():
                    self._commit()
        if batch.error is not None:
            raise batch.error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody writes, and nothing is half written, while the block runs."""
        with self._our_turn():
            if self._connection is not None:
                self._commit()
            yield

    def close(self) -> None:
        with self._turn:
            self._forget_connection()

    @contextmanager
    def _our_turn(self) -> Iterator[None]:
        with self._count:
            self._waiting += 1
        got = self._turn.acquire(timeout=PATIENCE)
        with self._count:
            self._waiting -= 1
        if not got:
            raise OperationalError("BEGIN", None, RuntimeError("database is locked"))
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _savepoint(self) -> Iterator[Session]:
        if self._connection is None:
            self._connection = self._engine.connect()
        if not self._connection.in_transaction():
            self._connection.begin()
        mode: Any = "create_savepoint"
        session = Session(self._connection, expire_on_commit=False, join_transaction_mode=mode)
        try:
            with session, session.begin():
                yield session
        except OperationalError as error:
            if "no such savepoint" in str(error) and isinstance(error.__context__, SQLAlchemyError):
                raise error.__context__ from None  # SQLite had rolled back by itself; that is why
            raise

    def _commit(self) -> None:
        batch, self._batch = self._batch, _Batch()
        try:
            self._commit_connection()
        except BaseException as error:
            self._forget_connection()
            batch.end(error)
            if not batch.size:
                return  # the block's own error, or the lack of a connection, is told by whoever met it
        else:
            batch.end(None)

    def _commit_connection(self) -> None:
        if self._connection is None or not self._connection.in_transaction():
            return
        driver: Any = self._connection.connection.driver_connection
        if not driver.in_transaction:
            # On some errors (a full disk) SQLite takes the whole transaction back by itself, and the driver would
            # then commit nothing without a word.
            raise OperationalError("COMMIT", None, RuntimeError("SQLite rolled the transaction back"))
        self._connection.commit()

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except SQLAlchemyError:
            return  # it was broken already
