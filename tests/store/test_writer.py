"""SQLite's one writer: transactions that wait for one another share a commit, and nothing else."""

import threading

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from app.store import audit
from app.store.database import Database
from app.store.tables import AuditRow
from tests.people import MONDAY_NINE


def _note(session: Session, subject: str) -> None:
    audit.write(session, at=MONDAY_NINE, actor="zhang", action="take", subject=subject)


def _subjects(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.exec(select(AuditRow.subject)).all())


class _Crowd:
    """Threads that all want to write while one of them holds the pen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.commits = 0
        self.errors: list[BaseException] = []
        event.listen(database.engine, "commit", self._count)

    def _count(self, _connection: object) -> None:
        self.commits += 1

    def write(self, *subjects: str, fail: str = "") -> None:
        """All at once, behind a first transaction that ends when everybody is waiting."""
        everybody = threading.Barrier(len(subjects) + 1)
        threads = [threading.Thread(target=self._one, args=(subject, everybody, fail)) for subject in subjects]
        with self._database.transaction() as session:
            _note(session, "first")
            for thread in threads:
                thread.start()
            everybody.wait(10)
            while self._database._writer._waiting < len(subjects):
                pass
        for thread in threads:
            thread.join(10)

    def _one(self, subject: str, everybody: threading.Barrier, fail: str) -> None:
        everybody.wait(10)
        try:
            with self._database.transaction() as session:
                _note(session, subject)
                session.flush()
                if subject == fail:
                    raise ZeroDivisionError
        except BaseException as error:
            self.errors.append(error)


def test_whoever_waits_shares_the_commit_of_all(sqlite_database: Database) -> None:
    """Ten that wait cost one trip to the disk, not ten."""
    crowd = _Crowd(sqlite_database)
    names = [f"case:{number}" for number in range(10)]
    crowd.write(*names)
    assert _subjects(sqlite_database) == {"first", *names}
    assert (crowd.commits, crowd.errors) == (1, [])


def test_an_error_in_one_takes_nothing_from_the_others(sqlite_database: Database) -> None:
    """They share a commit, not a fate."""
    crowd = _Crowd(sqlite_database)
    crowd.write("a", "b", "c", fail="b")
    assert _subjects(sqlite_database) == {"first", "a", "c"}
    assert [type(error) for error in crowd.errors] == [ZeroDivisionError]


def test_nobody_returns_before_the_commit_is_on_the_disk(sqlite_database: Database) -> None:
    """What is told to the platform as accepted can be read by another connection."""
    seen: list[bool] = []

    def write(subject: str) -> None:
        with sqlite_database.transaction() as session:
            _note(session, subject)
        seen.append(subject in _subjects(sqlite_database))

    threads = [threading.Thread(target=write, args=(str(number),)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 12


def test_a_full_disk_is_told_leaves_nothing_half_written_and_is_got_over(sqlite_database: Database) -> None:
    """SQLite takes the whole transaction back by itself; the next finds a whole database, and room again."""
    with sqlite_database.transaction() as session:
        _note(session, "before")
    crowd = _Crowd(sqlite_database)
    pages = _pragma(sqlite_database, "page_count")
    _pragma(sqlite_database, f"max_page_count={pages}")
    with pytest.raises(DatabaseError, match="full"), sqlite_database.transaction() as session:
        audit.write(session, at=MONDAY_NINE, actor="a", action="b", subject="big", after="y" * 200_000)
    crowd.write("a", "b")  # on a connection of its own again, without the limit
    assert _subjects(sqlite_database) == {"before", "first", "a", "b"}


def _pragma(database: Database, what: str) -> int:
    """Ask the writer's own connection: such limits belong to a connection."""
    with database.transaction() as session:
        return int(session.execute(text(f"PRAGMA {what}")).scalar() or 0)


def test_a_transaction_that_sqlite_took_back_is_told_to_all_of_it(sqlite_database: Database) -> None:
    """Whatever makes SQLite roll back behind our back, a commit of nothing is never taken for a success."""
    with pytest.raises(DatabaseError), sqlite_database.transaction() as session:
        _note(session, "lost")
        session.flush()
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.execute("ROLLBACK")
    assert "lost" not in _subjects(sqlite_database)
    with sqlite_database.transaction() as session:
        _note(session, "next")
    assert "next" in _subjects(sqlite_database)
