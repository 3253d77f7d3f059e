"""Pages the on-call group with an interactive card: it notifies the engineer, and shows everybody what became of it."""

from datetime import datetime

from app.channels.base import SendFailed
from app.channels.dingtalk.cards import Cards
from app.core.delivery import Failure
from app.core.message import OutboundMessage, Way

PER_MINUTE = 20 * 60  # 20 calls a second for an app and an API


class CardPager:
    """One group, named by its openConversationId."""

    platform = "dingtalk"

    def __init__(self, cards: Cards, conversation: str) -> None:
        self._cards = cards
        self._conversation = conversation

    def send(self, message: OutboundMessage, now: datetime) -> None:
        if message.way is Way.CARD:
            self._cards.change(message, now)
            return
        if not any(mention.user_id for mention in message.mentions):
            reason = "卡片只能按 dingtalk 账号 @ 人，名册里没有：请管理员核对名册"
            raise SendFailed(Failure.PERMANENT, "no-receiver", reason)
        self._cards.show(message, self._conversation, now)

    def idempotent(self, message: OutboundMessage) -> bool:
        # A change says how the card is from now on; of a second delivery under one id the page says nothing.
        return message.way is Way.CARD

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return PER_MINUTE
