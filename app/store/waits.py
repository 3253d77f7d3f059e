"""How long people really wait until somebody takes their case, told only where there is enough to tell it from."""

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from app.store.tables import CaseRow

LOOK_BACK = timedelta(days=30)
SAME_TIME = 2  # hours around this time of day
ENOUGH = 20  # cases
SHARE = 0.8
_MOST = 2_000


def usual(session: Session, now: datetime, zone: ZoneInfo) -> int | None:
    """Within how many minutes 80 % of the last month's cases of this time of day were taken; None: too few to say."""
    query = (
        select(CaseRow.opened_at, CaseRow.taken_at)
        .where(CaseRow.opened_at > now - LOOK_BACK, CaseRow.opened_at < now, col(CaseRow.part_of).is_(None))
        .order_by(col(CaseRow.id).desc())
        .limit(_MOST)
    )
    hour = now.astimezone(zone).hour
    minutes = sorted(
        math.ceil((taken - opened) / timedelta(minutes=1)) if taken else _MOST
        for opened, taken in session.exec(query).all()
        if _apart(opened.astimezone(zone).hour, hour) <= SAME_TIME and (taken or now - opened > timedelta(hours=1))
    )
    if len(minutes) < ENOUGH:
        return None
    found = minutes[math.ceil(len(minutes) * SHARE) - 1]
    return max(1, found) if found < _MOST else None


def _apart(one: int, other: int) -> int:
    return min((one - other) % 24, (other - one) % 24)
