"""What the roster's file does not say: how rotations go on, who stands in for whom, which shifts were confirmed."""

from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.core.duty.plan import Cover, Plan
from app.core.duty.turns import Anchor, next_anchor
from app.core.roster import Roster
from app.store.tables import AnchorRow, CoverRow, ShiftRow

_LOCK = 5_917_207  # any number of our own, for PostgreSQL's advisory lock
REMEMBERED = timedelta(days=14)  # of past covers and shifts in a plan for now


def plan_for(session: Session, roster: Roster, now: datetime, *, since: datetime | None = None) -> Plan:
    """The roster with all that was agreed; covers and confirmations that ended before `since` are left out."""
    after = since or now - REMEMBERED
    agreed = select(CoverRow).where(CoverRow.state == "agreed", CoverRow.end > after).order_by(col(CoverRow.id))
    silent = select(ShiftRow).where(ShiftRow.start > after, col(ShiftRow.present_at).is_(None))
    return Plan(
        roster,
        anchors(session),
        tuple(cover_of(row) for row in session.exec(agreed).all()),
        frozenset((row.layer, row.start) for row in session.exec(silent).all()),
    )


def one_at_a_time(session: Session) -> None:
    """Until the end of the transaction nobody else announces shifts."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def anchors(session: Session) -> tuple[Anchor, ...]:
    rows = session.exec(select(AnchorRow).order_by(col(AnchorRow.rotation), col(AnchorRow.day))).all()
    return tuple(Anchor(row.rotation, row.day, tuple(row.people)) for row in rows)


def keep_rotating(session: Session, roster: Roster, today: date) -> None:
    """Note how each rotation goes on with the people whom the file names now. Called when the roster is read."""
    known = anchors(session)
    for rotation in roster.rotations:
        anchor = next_anchor(roster, rotation, known, today)
        if anchor:
            session.merge(AnchorRow(rotation=anchor.rotation, day=anchor.day, people=list(anchor.people)))


def cover_of(row: CoverRow) -> Cover:
    assert row.id is not None, "an agreed cover was flushed"
    return Cover(row.id, row.out, row.start, row.end, row.into, row.layer)


def cover(session: Session, number: int) -> CoverRow | None:
    """The leave or request with this number, held until the end of the transaction."""
    if not 0 < number < 2**31:
        return None
    return session.exec(select(CoverRow).where(CoverRow.id == number).with_for_update()).first()


def shift(session: Session, layer: str, start: datetime) -> ShiftRow | None:
    query = select(ShiftRow).where(ShiftRow.layer == layer, ShiftRow.start == start)
    return session.exec(query.with_for_update()).first()


def unconfirmed(session: Session, person: str, now: datetime) -> list[ShiftRow]:
    """This person's shifts, begun or about to, for which he has not said that he is there; held."""
    query = select(ShiftRow).where(ShiftRow.person == person, ShiftRow.end > now, col(ShiftRow.present_at).is_(None))
    return list(session.exec(query.order_by(col(ShiftRow.start)).with_for_update()).all())
