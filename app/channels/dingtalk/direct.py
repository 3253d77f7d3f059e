"""Pages one engineer directly, through the enterprise robot: a 1:1 message (oToMessages/batchSend), or a DING."""

from datetime import datetime
from enum import Enum

from app.channels.base import SendFailed
from app.channels.dingtalk.openapi import OpenApi
from app.channels.text import cut_bytes, plain
from app.core.delivery import Failure
from app.core.message import OutboundMessage

PER_MINUTE = 20 * 60  # 20 calls a second for an app and an API; how many a person takes is not documented


class Direct:
    """A page in the engineer's 1:1 chat with the robot; a tapped button is said to the robot in his name."""

    platform = "dingtalk"

    def __init__(self, openapi: OpenApi, *, hears_taps: bool) -> None:
        """`hears_taps`: what is said to the robot comes to us."""
        self._openapi = openapi
        self._hears_taps = hears_taps

    def send(self, message: OutboundMessage, now: datetime) -> None:
        buttons = message.buttons if self._hears_taps else ()
        self._openapi.send_to_person(_receiver(message), message.title, message.markdown, now, buttons)

    def idempotent(self, message: OutboundMessage) -> bool:
        return False

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return PER_MINUTE


class Remind(Enum):
    """How a DING reaches somebody: the API's number, and how much of a page it carries.

    The page names no limit of the content: these are ours, for what a person takes in on that way.
    """

    APP = (1, 1_000)
    SMS = (2, 400)
    PHONE = (3, 300)  # read aloud


class Ding:
    """A page that rings louder: in the app, by SMS or by telephone. The last two are paid for."""

    platform = "dingtalk"

    def __init__(self, openapi: OpenApi, remind: Remind) -> None:
        self._openapi = openapi
        self._remind = remind

    def send(self, message: OutboundMessage, now: datetime) -> None:
        kind, most = self._remind.value
        self._openapi.ding(_receiver(message), kind, cut_bytes(plain(message.markdown), most), now)

    def idempotent(self, message: OutboundMessage) -> bool:
        return False

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return PER_MINUTE


def _receiver(message: OutboundMessage) -> str:
    user_id = next((mention.user_id for mention in message.mentions if mention.user_id), "")
    if not user_id:
        raise SendFailed(Failure.PERMANENT, "no-receiver", "没有能直接发到的 dingtalk 账号：请管理员核对名册")
    return user_id
