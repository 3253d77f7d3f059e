"""Several pages to one engineer as one line: he gets one ping, and the limit of the pager lasts.

The bundle is a row of its own without a case. What it says is put together anew whenever it is tried, so that it names
nobody whose case was taken, withdrawn or solved while it waited.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.channels.text import cut_bytes
from app.clock import new_id
from app.core.message import Mention, OutboundMessage, Way
from app.flows.desk import Desk
from app.store import claims, outbox
from app.store.tables import OutboxRow

MOST = 19  # pages beside the first; more come in the next bundle
_BYTES = 1_500  # of WeCom's 2,048: what is left is for the lines around


def gather(session: Session, desk: Desk, first: OutboxRow, now: datetime) -> OutboxRow:
    """The row that now speaks for `first`, and for the other pages to the same engineer that wait."""
    others = claims.companions(session, first, now, MOST) if first.case_id else []
    return together(session, desk, [first, *others], now) if others else first


def together(session: Session, desk: Desk, pages: Sequence[OutboxRow], now: datetime) -> OutboxRow:
    """One row for these pages, which go to the same engineer by the same pager."""
    first = pages[0]
    mentions = tuple(Mention(one["user_id"], one["mobile"]) for one in first.mentions)
    message = OutboundMessage(new_id(), first.channel, Way.PAGE, "", mentions=mentions)
    row = outbox.put(session, message, desk.vault, now=now, due_at=first.due_at)
    for page in pages:
        page.state, page.bundled_into, page.finished_at = "bundled", row.id, now
        session.add(page)
    session.flush()
    _say(desk, row, pages)
    return row


def still_needed(session: Session, desk: Desk, row: OutboxRow, now: datetime) -> bool:
    """Whether anybody is still to be called by it; a bundle says from now on only what is."""
    if not claims.is_bundle(session, row):
        return True
    pages = [page for page in claims.parts(session, row) if page is not row]
    if pages:
        _say(desk, row, pages)
    else:
        row.state, row.finished_at = "dropped", now
    session.add(row)
    return bool(pages)


def _say(desk: Desk, row: OutboxRow, pages: Sequence[OutboxRow]) -> None:
    """No buttons: a tap would take only one of them."""
    if len(pages) == 1:
        row.markdown, row.title = pages[0].markdown, pages[0].title
        return
    each = _BYTES // len(pages)
    row.markdown = desk.library.lines.page_bundle.format(
        count=len(pages),
        pages="\n".join(cut_bytes(_brief(page.markdown), each) for page in pages),
        desk=desk.name_for_pager(row.channel),
    )
    row.title = f"{len(pages)} 张单"


def _brief(page: str) -> str:
    """What a page says first: the case, who, and in what words."""
    return " ".join(line for line in page.splitlines() if line.strip())
