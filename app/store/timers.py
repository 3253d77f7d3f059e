"""Timers of the desk itself, one of a kind: what is done once a day, by whichever process comes first."""

from datetime import datetime

from sqlmodel import Session, select

from app.store.tables import TimerRow


def due_at(session: Session, kind: str) -> datetime | None:
    """When it is due; None when it was never set."""
    return session.exec(select(TimerRow.due_at).where(TimerRow.kind == kind, TimerRow.subject == 0)).first()


def put(session: Session, kind: str, due_at: datetime) -> None:
    found = select(TimerRow).where(TimerRow.kind == kind, TimerRow.subject == 0)
    row = session.exec(found).first() or TimerRow(kind=kind, subject=0, due_at=due_at)
    row.due_at = due_at
    session.add(row)
    session.flush()
