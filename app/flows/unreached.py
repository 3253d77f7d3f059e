"""A call that no pager takes any more: whoever keeps the roster learns which person cannot be reached, and why."""

from datetime import datetime, timedelta

from sqlmodel import Session

from app.channels.text import inert
from app.flows import tell
from app.flows.desk import Desk
from app.store import outbox
from app.store.tables import OutboxRow

ONCE_IN = timedelta(hours=6)


def unreached(session: Session, desk: Desk, page: OutboxRow, error: str, now: datetime) -> None:
    """Tell the admins who can still be reached themselves; once for each person in a while."""
    engineer = desk.engineer_of(page)
    if engineer is None:
        return
    text = desk.library.lines.page_cannot_reach.format(engineer=engineer.name, reason=inert(error))
    if outbox.said_lately(session, text, now - ONCE_IN):
        return
    for admin in desk.admins:
        if admin.id != engineer.id:
            tell.page(session, desk, admin, text, now, case_id=None, title=desk.library.lines.roster_title)
