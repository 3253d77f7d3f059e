"""Fetches the pictures of a message at once, since their addresses live only minutes, and keeps them for the case."""

from datetime import datetime

import structlog

from app.channels.base import Channel, Picture, SendFailed
from app.core.delivery import Failure
from app.core.message import InboundMessage, PictureRef
from app.core.secrets import mask_message
from app.flows.desk import Desk
from app.store import cases, conversations, pictures

log = structlog.get_logger(__name__)
MOST = 5  # pictures of one message
TRIES = 3


def keep_pictures(desk: Desk, message: InboundMessage, inbound_id: int) -> int:
    """How many were kept. A picture that cannot be had is logged and costs nothing else."""
    channel = desk.channels[message.channel]
    message, _ = mask_message(message)  # names and titles are stored again
    kept = 0
    for reference in message.pictures[:MOST]:
        now = desk.clock.now()
        picture = _fetch(channel, reference, now, inbound_id)
        if picture is None:
            continue
        with desk.database.transaction() as session:
            target = conversations.lock(session, message)
            case = cases.open_of(session, target.id or 0)
            case = case or cases.open_elsewhere(session, target.channel, target.person)
            expires_at = now + desk.keep_pictures
            pictures.keep(session, inbound_id, case, picture.media_type, picture.content, expires_at)
        kept += 1
    return kept


def _fetch(channel: Channel, reference: PictureRef, now: datetime, inbound_id: int) -> Picture | None:
    """The picture, after a second and a third try where the failure may pass."""
    for attempt in range(1, TRIES + 1):
        try:
            return channel.fetch(reference, now)
        except SendFailed as error:
            if error.failure is Failure.PERMANENT or attempt == TRIES:
                log.warning("picture_not_kept", inbound=inbound_id, code=error.code, attempts=attempt)
                return None
    return None
