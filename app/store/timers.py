"""Timers of the desk itself, one of a kind: what is done once a day, by whichever process comes first."""

from datetime import datetime

from sqlmodel import Session, select

from app.store.tables import TimerRow


def due_at(session: Session, kind: str) -> datetime | None:
    """When it is due; None when it was never set. Held until the end of the transaction."""
    row = _row(session, kind)
    return row.due_at if row else None


def put(session: Session, kind: str, due_at: datetime) -> None:
    row = _row(session, kind) or TimerRow(kind=kind, subject=0, due_at=due_at)
    row.due_at = due_at
    session.add(row)
    session.flush()


def _row(session: Session, kind: str) -> TimerRow | None:
    return session.exec(select(TimerRow).where(TimerRow.kind == kind, TimerRow.subject == 0).with_for_update()).first()
