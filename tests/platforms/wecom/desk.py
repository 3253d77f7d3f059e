"""Turns what people do into bubbles, callbacks and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tests.platforms.wecom import payloads
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.cards import event_keys
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.media import MediaHost
from tests.platforms.wecom.mention import mentions
from tests.platforms.wecom.messages import Content, quoted, text_content
from tests.platforms.wecom.recorder import Recorder, size_of
from tests.platforms.wecom.reply import Callback
from tests.platforms.wecom.response_url import ResponseUrls
from tests.platforms.wecom.shown import Channel, Shown
from tests.platforms.wecom.traffic import Traffic

if TYPE_CHECKING:
    from tests.platforms.wecom.people import User

KNOWN = frozenset({"text", "mixed", "image", "voice", "file", "video"})
FROM_GROUPS = frozenset({"text", "mixed"})
CHINA_SECONDS = 8 * 3600


class Desk:
    """The platform's inner office behind the User verbs."""

    def __init__(
        self,
        recorder: Recorder,
        traffic: Traffic,
        media: MediaHost,
        response_urls: ResponseUrls,
        nobody: Bot,
        new_id: Callable[[str], str],
    ) -> None:
        self.recorder = recorder
        self._traffic = traffic
        self._media = media
        self._response_urls = response_urls
        self._nobody = nobody  # stands in where a group has no bot
        self._new_id = new_id
        self._entered: set[tuple[str, str, int]] = set()

    def post(
        self,
        user: User,
        chat: Group | Bot,
        content: Content,
        quoting: Shown | None = None,
        mentioned: Sequence[str] = (),
    ) -> Delivery:
        """Show the message in the chat, then deliver it to the bots it is for."""
        group = chat if isinstance(chat, Group) else None
        if group is not None and user.userid not in group.members:
            raise ValueError(f"{user.name} 不在群「{group.name}」里")
        bots = [chat] if isinstance(chat, Bot) else chat.bots
        shown = self._show(user, chat, content, quoting, mentioned)
        addressed = [bot for bot in bots if not self._silence(bot, user, group, content)]
        if not addressed:
            why = "; ".join(self._silence(bot, user, group, content) for bot in bots) or "no bot in the group"
            silent = bots[0] if bots else self._nobody
            exchange = Exchange(silent, user, group, Callback.MESSAGE, shown.id, {}, shown, why=why)
            return Delivery(self._traffic, exchange)
        deliveries = [self._deliver(bot, user, group, content, shown) for bot in addressed]
        return deliveries[0]

    def _show(
        self, user: User, chat: Group | Bot, content: Content, quoting: Shown | None, mentioned: Sequence[str]
    ) -> Shown:
        inside = isinstance(chat, Group)
        notified = [one for one in mentioned if isinstance(chat, Group) and one in chat.members]
        shown = Shown(
            id=self._new_id("msg"),
            chat=chat.chatid if isinstance(chat, Group) else f"1:1:{chat.botid}:{user.userid}",
            sender=user.name,
            sender_id=user.userid,
            channel=Channel.USER,
            kind=content.msgtype,
            text=content.text,
            at=self.recorder.clock.now(),
            audience=frozenset(chat.members) if isinstance(chat, Group) else frozenset({user.userid}),
            size=size_of(content.text),
            mentioned=tuple(notified) if inside else (),
            quotes=quoting,
            content=content,
        )
        self.recorder.show(shown)
        self.recorder.notify(notified, shown, "mention")
        return shown

    def _silence(self, bot: Bot, user: User, group: Group | None, content: Content) -> str:
        """Why this bot does not get the message; empty when it does."""
        if bot.usable_by is not None and user.userid not in bot.usable_by:
            return f"{user.name} is not among the usable members of {bot.name}"
        if group is None or content.msgtype not in KNOWN:
            return ""
        if content.msgtype not in FROM_GROUPS:
            return f"a stand-alone {content.msgtype} in a group is not delivered"
        return "" if mentions(content.text, bot.name) else f"the message does not @ {bot.name}"

    def _deliver(self, bot: Bot, user: User, group: Group | None, content: Content, shown: Shown) -> Delivery:
        exchange = Exchange(bot, user, group, Callback.MESSAGE, shown.id, {}, shown)
        exchange.response_url = self._response_urls.issue(exchange)
        quote = None
        if shown.quotes is not None:
            source = shown.quotes.content or text_content(shown.quotes.words)
            quote = quoted(source, lambda one: self._media.publish(one, bot.aes_key))
        body = content.body(lambda one: self._media.publish(one, bot.aes_key))
        exchange.payload = payloads.message(exchange, body, quote)
        return self._traffic.deliver(exchange)

    def enter(self, user: User, bot: Bot) -> Delivery:
        now = self.recorder.clock.now()
        exchange = Exchange(bot, user, None, Callback.ENTER_CHAT, self._new_id("msg"), {})
        entry = (user.userid, bot.botid, int(now + CHINA_SECONDS) // 86400)
        if entry in self._entered:
            exchange.why = "not the first entry of the day"
            return Delivery(self._traffic, exchange)
        self._entered.add(entry)
        exchange.payload = payloads.enter_chat(exchange, now)
        return self._traffic.deliver(exchange)

    def press(self, user: User, clicked: Shown, key: str, chosen: dict[str, list[str]]) -> Delivery:
        card, source = clicked.card_for(user.userid), clicked.owner
        if card is None or not isinstance(source, Exchange) or user.userid not in clicked.audience:
            raise ValueError("this is no card of an AI bot that the person can press")
        if key not in event_keys(card):
            raise ValueError(f"the card has no key {key!r}: {event_keys(card)}")
        exchange = Exchange(source.bot, user, source.group, Callback.CARD, self._new_id("msg"), {}, clicked)
        exchange.response_url = self._response_urls.issue(exchange)
        exchange.payload = payloads.card_event(exchange, card, key, chosen, self.recorder.clock.now())
        return self._traffic.deliver(exchange)

    def rate(self, user: User, bubble: Shown, verdict: int, why: str, reasons: list[int]) -> Delivery:
        source = bubble.owner
        if bubble.feedback_id is None or not isinstance(source, Exchange):
            raise ValueError("only an answer with feedback.id can be rated")
        exchange = Exchange(source.bot, user, source.group, Callback.FEEDBACK, self._new_id("msg"), {})
        now = self.recorder.clock.now()
        exchange.payload = payloads.feedback(exchange, bubble, verdict, why, reasons, now)
        return self._traffic.deliver(exchange)
