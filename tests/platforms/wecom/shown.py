"""What appeared on whose screen: messages, cards, notifications."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from tests.platforms.wecom.messages import Content


class Channel(StrEnum):
    USER = "user"
    REPLY = "bot_reply"
    RESPONSE_URL = "response_url"
    PUSH = "push"
    APP = "app"


@dataclass(eq=False)
class Shown:
    """One bubble in one chat; a stream's bubble changes until it is finished."""

    id: str
    chat: str
    sender: str
    sender_id: str
    channel: Channel
    kind: str
    text: str
    at: float
    audience: frozenset[str]
    size: int = 0
    mentioned: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    card: dict[str, Any] | None = None
    cards_by_user: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: tuple[bytes, ...] = ()
    quotes: Shown | None = None
    content: Content | None = None
    finished: bool = True
    expired: bool = False
    truncated: bool = False
    feedback_id: str | None = None
    history: list[str] = field(default_factory=list)
    owner: Any = None

    def card_for(self, userid: str) -> dict[str, Any] | None:
        """The card as this person sees it now (an update may be for some people only)."""
        return self.cards_by_user.get(userid, self.card)

    @property
    def words(self) -> str:
        """Everything readable in the bubble, the cards' texts included."""
        texts = [self.text]
        for card in [self.card, *self.cards_by_user.values()]:
            texts += _strings(card)
        return "\n".join(text for text in texts if text)

    def line(self) -> str:
        clock = datetime.fromtimestamp(self.at, UTC) + timedelta(hours=8)
        marks = [] if self.finished else ["〔未完〕"]
        if self.quotes is not None:
            marks.append(f"〔引用 {self.quotes.sender}：{self.quotes.text[:20]}〕")
        body = self.content.line() if self.content else self.text
        if self.card is not None:
            body += f"〔卡片 {self.card.get('card_type')}：{' / '.join(card_texts(self.card))}〕"
        if self.images:
            body += f"〔图片 ×{len(self.images)}〕"
        if self.mentioned:
            marks.append(f"〔提醒 {'、'.join(self.mentioned)}〕")
        return f"{clock:%H:%M:%S} {self.sender}（{self.channel}）：{body}{''.join(marks)}"


@dataclass(frozen=True)
class Notification:
    """A phone that buzzed: who, for which message, and why."""

    user: str
    message: Shown
    why: str
    at: float


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return []


READABLE = ("title", "desc", "text", "value", "keyname", "sub_title_text", "quote_text", "replace_text")


def card_texts(card: Any) -> list[str]:
    """The card's visible texts, in order."""
    if isinstance(card, dict):
        return [
            text
            for name, value in card.items()
            for text in ([value] if name in READABLE and isinstance(value, str) else card_texts(value))
        ]
    if isinstance(card, list):
        return [text for one in card for text in card_texts(one)]
    return []
