"""Reads what people keep again: swaps it whole, or keeps the old one and says why."""

from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.library import Library
from app.core.roster import Roster
from app.core.staff import Staff
from app.documents import Invalid
from app.flows.desk import Desk
from app.store.duty import keep_rotating
from app.store.trouble import kind_of, reason_for

log = structlog.get_logger(__name__)


def reload(desk: Desk, *, read_library: Callable[[], Library], read_people: Callable[[], tuple[Roster, Staff]]) -> bool:
    """Whether the new files are in force. Library, roster and names change together or not at all."""
    try:
        library, (roster, staff) = read_library(), read_people()
    except Invalid as error:
        for fault in error.faults:
            log.error("reload_refused", file=fault.file, line=fault.line, reason=fault.reason)
        return False
    try:
        with desk.database.transaction() as session:
            keep_rotating(session, roster, desk.clock.now().astimezone(roster.zone).date())
    except SQLAlchemyError as error:
        log.error("reload_refused", reason=reason_for(kind_of(error)))
        return False
    desk.library, desk.roster, desk.staff = library, roster, staff
    log.info("reloaded", topics=len(library.topics), people=len(roster.people))
    return True
