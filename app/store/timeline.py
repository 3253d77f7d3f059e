"""A case's timeline: what happened, line by line, so that every call and every minute of waiting can be explained."""

from datetime import datetime

from sqlmodel import Session, col, select

from app.store.tables import CaseEventRow, CaseRow


def note(session: Session, case: CaseRow, at: datetime, kind: str, who: str = "", detail: str = "") -> None:
    """`kind` is a stable code; `who` an engineer's id or a platform's; `detail` is shown to people."""
    assert case.id is not None, "a case gets its number when it is flushed"
    session.add(CaseEventRow(case_id=case.id, at=at, kind=kind, who=who[:64], detail=detail))


def of(session: Session, number: int) -> list[CaseEventRow]:
    query = select(CaseEventRow).where(CaseEventRow.case_id == number)
    return list(session.exec(query.order_by(col(CaseEventRow.at), col(CaseEventRow.id))).all())


def happened(session: Session, case: CaseRow, kind: str, since: datetime) -> bool:
    """Whether the timeline has this since then."""
    query = select(CaseEventRow.id).where(
        CaseEventRow.case_id == case.id, CaseEventRow.kind == kind, CaseEventRow.at >= since
    )
    return session.exec(query).first() is not None
