"""Running processes: each tells every few seconds that it is alive; what a dead one was sending is taken over."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.store.tables import ReplicaRow

BEAT = timedelta(seconds=2)
DEAD_AFTER = timedelta(seconds=10)  # clocks of several boxes must agree better than this: they run NTP
_LONG_AGO = timedelta(days=1)


def beat(session: Session, owner: str, now: datetime) -> None:
    """`owner` is alive now. Forgets those that have been gone for a day."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"owner": owner, "started_at": now, "seen_at": now, "takeovers": 0}
    statement = dialect.insert(ReplicaRow).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["owner"], set_={"seen_at": now}))
    session.execute(delete(ReplicaRow).where(col(ReplicaRow.seen_at) < now - _LONG_AGO))


def dead(now: datetime, but: str) -> SelectOfScalar[str]:
    """Owners that told to be alive once and are silent. One that never told, an older version's, has its lease only."""
    return select(ReplicaRow.owner).where(col(ReplicaRow.seen_at) < now - DEAD_AFTER, ReplicaRow.owner != but)


def leave(session: Session, owner: str, now: datetime) -> None:
    """`owner` ends on purpose: what it still holds may be taken over at once."""
    gone = now - DEAD_AFTER - BEAT
    session.execute(update(ReplicaRow).where(col(ReplicaRow.owner) == owner).values(seen_at=gone))


def succeed(session: Session, owner: str, now: datetime) -> None:
    """All others are dead, and known to be: on SQLite the file's lock lets one process serve."""
    gone = now - DEAD_AFTER - BEAT
    session.execute(update(ReplicaRow).where(col(ReplicaRow.owner) != owner).values(seen_at=gone))


def count_takeovers(session: Session, owner: str, number: int) -> None:
    more = col(ReplicaRow.takeovers) + number
    session.execute(update(ReplicaRow).where(col(ReplicaRow.owner) == owner).values(takeovers=more))
