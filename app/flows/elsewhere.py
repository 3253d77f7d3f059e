"""A page that its pager does not take goes out by another one."""

from datetime import datetime

from sqlmodel import Session

from app.clock import new_id
from app.core.cases import CaseState
from app.core.message import Button, Mention, OutboundMessage, Way
from app.core.roster import Engineer
from app.flows.bundle import together
from app.flows.desk import Desk
from app.flows.tell import PATIENCE, soonest
from app.store import cases, claims, outbox, pace
from app.store.tables import OutboxRow


def another_is_open(session: Session, desk: Desk, row: OutboxRow, now: datetime) -> bool:
    """Whether this page, or one in it, may go by another one now: by none that refused it, or that it just left."""
    return any(
        is_open(session, name, now) and outbox.rests(session, page).get(name, now) <= now
        for page in claims.parts(session, row)
        for name in _others(session, desk, page, now)
    )


def is_open(session: Session, pager: str, now: datetime) -> bool:
    """Whether it takes a page now, or so soon that one may wait for it."""
    return pace.opens_at(session, pager, now) <= now + PATIENCE


def page_elsewhere(
    session: Session, desk: Desk, row: OutboxRow, now: datetime, state: str, *, only_sooner: bool = False
) -> bool:
    """Each page that is said by `row` goes by another pager, together as before; False when none goes by any.

    The step keeps its wait: a dead pager must not use up the plan. `only_sooner`: its own takes it again one day, so
    that it moves only to one that opens before. `state`: what is left behind of a page that was in a bundle.
    """
    goes, moved = False, []
    for page in claims.parts(session, row):
        if outbox.rings_elsewhere(session, page):
            goes = True
        elif name := _next(session, desk, page, now, only_sooner=only_sooner):
            moved.append(_move(session, desk, page, name, now))
        elif only_sooner:
            continue
        if page is not row:
            page.state, page.finished_at = state, now  # not part of the bundle any more
            session.add(page)
    session.flush()
    for name in {page.channel for page in moved}:
        pages = [page for page in moved if page.channel == name]
        if len(pages) > 1:
            together(session, desk, pages, now)
    return goes or bool(moved)


def _others(session: Session, desk: Desk, page: OutboxRow, now: datetime) -> list[str]:
    names = list(desk.pagers)
    if page.channel not in names:
        return []
    own = names.index(page.channel)
    refused = outbox.refused_by(session, page)
    return soonest(session, [name for name in (*names[own + 1 :], *names[:own]) if name not in refused], now)


def _next(session: Session, desk: Desk, page: OutboxRow, now: datetime, *, only_sooner: bool) -> str:
    """The pager by which it goes now; nothing where there is none, or somebody else has the case by now."""
    following = _others(session, desk, page, now)
    if only_sooner:
        own = pace.opens_at(session, page.channel, now) - PATIENCE
        following = [name for name in following if pace.opens_at(session, name, now) < own]
    engineer = desk.engineer_of(page)
    if not following or engineer is None or not _still_his(session, page, engineer):
        return ""
    return following[0]


def _still_his(session: Session, page: OutboxRow, engineer: Engineer) -> bool:
    if page.case_id is None:
        return True
    case = cases.get(session, page.case_id)
    return case is not None and (case.state == CaseState.WAITING.value or engineer.id == case.engineer)


def _move(session: Session, desk: Desk, page: OutboxRow, name: str, now: datetime) -> OutboxRow:
    engineer = desk.engineer_of(page)
    assert engineer is not None, "it was looked up for the choice of the pager"
    mention = Mention(engineer.platform_id(desk.pagers[name].platform), engineer.mobile)
    buttons = tuple(Button(**button) for button in page.buttons)
    outbound = OutboundMessage(
        new_id(), name, Way.PAGE, page.markdown, mentions=(mention,), title=page.title, buttons=buttons
    )
    # The call is as old as it was: no later one for its case.
    return outbox.put(session, outbound, desk.vault, now=page.created_at, due_at=now, case_id=page.case_id)
