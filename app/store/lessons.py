"""Phrases that engineers would have the desk learn."""

from sqlmodel import Session, col, select

from app.store.tables import LessonRow

PROPOSED, ACCEPTED, REFUSED = "proposed", "accepted", "refused"


def proposed(session: Session) -> list[LessonRow]:
    """Those on which nobody has decided, the oldest first."""
    query = select(LessonRow).where(LessonRow.state == PROPOSED).order_by(col(LessonRow.id))
    return list(session.exec(query).all())


def decide(session: Session, number: int, state: str) -> LessonRow | None:
    """Afterwards it is decided; None where there is no such proposal."""
    query = select(LessonRow).where(LessonRow.id == number, LessonRow.state == PROPOSED)
    row = session.exec(query.with_for_update()).first()
    if row is not None:
        row.state = state
        session.add(row)
    return row
