"""Both doors as a company has them."""

from app.channels.base import Channel
from app.channels.http import make_client
from app.settings import Settings
from app.wiring import Wiring
from tests.hostile.signing import CHANNELS


def doors() -> dict[str, Channel]:
    """Made by the composition root; nothing of theirs may be called."""
    return Wiring(Settings.model_validate({"channels": CHANNELS}), make_client()).channels()
