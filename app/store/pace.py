"""Targets that take nothing for a while. A page is held by its own row only, so that answers never hold it back."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.store.tables import OutboxRow, PaceRow


def holds(now: datetime) -> ColumnElement[bool]:
    """For a query over the outbox: the row's target takes nothing of its priority now."""
    return (
        select(PaceRow.until)
        .where(
            col(PaceRow.channel) == col(OutboxRow.channel),
            col(PaceRow.target) == col(OutboxRow.target),
            col(PaceRow.priority) == col(OutboxRow.priority),
            col(PaceRow.until) > now,
        )
        .exists()
    )


def hold(session: Session, row: OutboxRow, priorities: range, until: datetime) -> None:
    """Nothing of these priorities goes to the row's target before `until`."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    for priority in priorities:
        values = {"channel": row.channel, "target": row.target, "priority": priority, "until": until}
        statement = dialect.insert(PaceRow).values(values)
        keys = ["channel", "target", "priority"]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"until": until}))


def opens_at(session: Session, channel: str, now: datetime) -> datetime:
    """When pages may go by this pager: `now`, or when it takes them again."""
    query = select(PaceRow.until).where(PaceRow.channel == channel, PaceRow.target == "", PaceRow.priority == 0)
    return max(now, session.exec(query).first() or now)


def forget_past(session: Session, now: datetime) -> None:
    session.execute(delete(PaceRow).where(col(PaceRow.until) < now))
