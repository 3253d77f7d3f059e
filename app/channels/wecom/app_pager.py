"""Pages one engineer directly, through a self-built app: a message in his 1:1 chat with it, which rings."""

from datetime import datetime, timedelta
from typing import Any

from app.channels.text import plain
from app.channels.wecom.app_content import card_of, text_of
from app.channels.wecom.corp_app import PER_MINUTE, CorpApp
from app.core.message import OutboundMessage, ReplyAddress, Way

CHANGEABLE = timedelta(hours=72)  # page 94888: so long, and once


class AppPager:
    """A page with buttons is a card, where taps are heard; else it is text."""

    platform = "wecom"

    def __init__(self, app: CorpApp, *, hears_taps: bool) -> None:
        """`hears_taps`: the app has a callback address, without which the platform takes no card with buttons."""
        self._app = app
        self._hears_taps = hears_taps

    def send(self, message: OutboundMessage, now: datetime) -> ReplyAddress | None:
        receiver = next((mention.user_id for mention in message.mentions if mention.user_id), "")
        if message.way is Way.CARD:
            code = message.reply_address.url if message.reply_address else ""
            self._app.label(receiver, code, plain(message.markdown), now, attempt=message.attempt)
            return None
        content = self._card(message) or text_of(message.markdown)
        code = self._app.send(receiver, content, now, attempt=message.attempt, drop_second=True)
        return ReplyAddress(code, now + CHANGEABLE) if code else None

    def _card(self, message: OutboundMessage) -> dict[str, Any] | None:
        return card_of(message) if self._hears_taps else None

    def idempotent(self, message: OutboundMessage) -> bool:
        # A card's task_id serves once, and the page does not say how a second one is answered: it is not tried.
        return message.way is not Way.CARD and self._card(message) is None

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return PER_MINUTE
