"""Masks a whole message before anything else looks at it: what was written, what was quoted, names and titles."""

import re
from dataclasses import replace

from app.core.message import InboundMessage
from app.core.secrets.kinds import Kind
from app.core.secrets.masking import mask

_BARE = re.compile(r"\s*[!-~]{4,128}\s*", re.ASCII)


def may_continue(message: InboundMessage) -> bool:
    """Whether this may be nothing but the secret that the person's message before announced (“密码是”)."""
    return _BARE.fullmatch(message.text) is not None


def mask_message(message: InboundMessage, before: str = "") -> tuple[InboundMessage, tuple[Kind, ...]]:
    """The message without secrets, and of which kinds were written or quoted. `before`: what was said last."""
    text, written = mask(message.text)
    quoted, cited = mask(message.quoted)
    lead = before or quoted
    if not written and lead and may_continue(message):
        both, continued = mask(f"{lead}\n{message.text}")
        if continued and both.startswith(f"{lead}\n"):
            text, written = both[len(lead) + 1 :], continued
    kinds = tuple(kind for kind in Kind if kind in written or kind in cited)
    name, title = mask(message.person.name)[0], mask(message.room.title)[0]
    if not kinds and (name, title) == (message.person.name, message.room.title):
        return message, ()
    person, room = replace(message.person, name=name), replace(message.room, title=title)
    return replace(message, text=text, quoted=quoted, person=person, room=room), kinds
