"""Fetches the pictures of a message at once, since their addresses live only minutes, and keeps them for the case."""

import structlog

from app.channels.base import SendFailed
from app.core.message import InboundMessage
from app.flows.desk import Desk
from app.store import cases, conversations, pictures

log = structlog.get_logger(__name__)
MOST = 5  # pictures of one message


def keep_pictures(desk: Desk, message: InboundMessage, inbound_id: int) -> int:
    """How many were kept. A picture that cannot be had is logged and costs nothing else."""
    channel = desk.channels[message.channel]
    kept = 0
    for reference in message.pictures[:MOST]:
        now = desk.clock.now()
        try:
            picture = channel.fetch(reference, now)
        except SendFailed as error:
            log.warning("picture_not_kept", inbound=inbound_id, code=error.code)
            continue
        with desk.database.transaction() as session:
            target = conversations.lock(session, message)
            case = cases.open_of(session, target.id or 0)
            expires_at = now + desk.keep_pictures
            pictures.keep(session, inbound_id, case, picture.media_type, picture.content, expires_at)
        kept += 1
    return kept
