"""The audit trail: one line for each change that a person makes, in the same transaction."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.store.tables import AuditRow

LONGEST_ACTOR = 64  # its column
_LOCK = 5_917_208  # any number of our own, for PostgreSQL's advisory lock


def write(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    before: str = "",
    after: str = "",
) -> None:
    actor = actor[:LONGEST_ACTOR]  # a platform's id of a person may be longer
    session.add(AuditRow(at=at, actor=actor, action=action, subject=subject, before=before, after=after))


def of(session: Session, subject: str) -> list[AuditRow]:
    return list(session.exec(select(AuditRow).where(AuditRow.subject == subject).order_by(col(AuditRow.id))).all())


def one_at_a_time(session: Session) -> None:
    """Until the end of the transaction nobody else raises an alarm."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
