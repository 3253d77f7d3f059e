"""Puts accepted passive replies on people's screens, or refuses them as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.platforms.wecom.assumptions import POLL_SECONDS
from tests.platforms.wecom.exchange import Exchange, Stream
from tests.platforms.wecom.recorder import Recorder, size_of
from tests.platforms.wecom.reply import Reply, ReplyError, StreamPart, feedback_of, visible
from tests.platforms.wecom.shown import Channel, Shown


class Screen:
    """Draws one reply at a time; the caller holds the recorder's lock."""

    def __init__(self, recorder: Recorder, new_id: Callable[[str], str]) -> None:
        self._recorder = recorder
        self._new_id = new_id
        self.poll_seconds = POLL_SECONDS

    def apply(self, exchange: Exchange, reply: Reply, polled: Stream | None = None) -> None:
        if reply.kind == "update_template_card":
            self._update(exchange, reply)
            return
        if reply.stream is not None:
            self._check_stream(exchange, reply.stream, polled)
        if reply.card is not None:
            self._check_card(exchange, reply.card)
        if reply.text is not None:
            self.bubble(exchange, "text", reply.text)
        if reply.stream is not None:
            self._stream(exchange, reply.stream)
        if reply.card is not None and reply.card != exchange.card:
            exchange.card = reply.card
            self.card(exchange, reply.card, Channel.REPLY)

    def bubble(self, exchange: Exchange, kind: str, text: str, channel: Channel = Channel.REPLY, **more: Any) -> Shown:
        shown = Shown(
            id=self._new_id("shown"),
            chat=exchange.chat,
            sender=exchange.bot.name,
            sender_id=exchange.bot.botid,
            channel=channel,
            kind=kind,
            text=text,
            at=self._recorder.clock.now(),
            audience=exchange.audience,
            size=size_of(text),
            history=[text],
            owner=exchange,
            **more,
        )
        exchange.bubbles.append(shown)
        return self._recorder.show(shown)

    def card(self, exchange: Exchange, card: dict[str, Any], channel: Channel) -> Shown:
        shown = self.bubble(exchange, "template_card", "", channel, card=card, feedback_id=feedback_of(card))
        if card.get("task_id"):
            exchange.bot.tasks[card["task_id"]] = shown
        return shown

    def check_task(self, exchange: Exchange, card: dict[str, Any]) -> None:
        if card.get("task_id") in exchange.bot.tasks:
            raise ReplyError(f"task_id {card['task_id']!r} was used before")

    def _check_card(self, exchange: Exchange, card: dict[str, Any]) -> None:
        if card == exchange.card:
            return  # a repeated delivery answered with the same card
        if exchange.card is not None:
            raise ReplyError("a second card for one message")
        self.check_task(exchange, card)

    def _check_stream(self, exchange: Exchange, part: StreamPart, polled: Stream | None) -> None:
        if polled is not None and part.id != polled.id:
            raise ReplyError(f"stream.id {part.id!r} answers a refresh of {polled.id!r}")
        owner = exchange.bot.stream_ids.get(part.id)
        if owner is not None and owner is not exchange:
            raise ReplyError(f"stream.id {part.id!r} belongs to another message")
        stream = exchange.streams.get(part.id)
        if stream and part.feedback_id and part.feedback_id != stream.feedback_id:
            raise ReplyError("feedback.id comes with a stream's first reply only")
        text = part.content if part.content is not None else (stream.bubble.text if stream else "")
        if part.finish and not part.images and not visible(text):
            raise ReplyError("the finished stream has no visible character")

    def _stream(self, exchange: Exchange, part: StreamPart) -> None:
        stream = exchange.streams.get(part.id)
        if stream is None:
            bubble = self.bubble(exchange, "stream", part.content or "", finished=False, feedback_id=part.feedback_id)
            stream = Stream(part.id, bubble, part.feedback_id, next_poll=0.0)
            exchange.streams[part.id] = stream
            exchange.bot.stream_ids[part.id] = exchange
        elif part.content is not None:
            stream.bubble.text = part.content
            stream.bubble.size = size_of(part.content)
            stream.bubble.history.append(part.content)
        stream.bubble.images = part.images
        stream.bubble.finished = part.finish
        stream.open = not part.finish
        stream.next_poll = self._recorder.clock.now() + self.poll_seconds

    def _update(self, exchange: Exchange, reply: Reply) -> None:
        clicked, card = exchange.trigger, reply.card
        if clicked is None or clicked.card is None or card is None:
            raise ReplyError("there is no card to update")
        if card.get("task_id") != clicked.card.get("task_id"):
            raise ReplyError(f"task_id {card.get('task_id')!r} is not the clicked card's")
        if exchange.group is not None and reply.userids is not None:
            for userid in reply.userids:
                clicked.cards_by_user[userid] = card
        else:
            clicked.card = card
            clicked.cards_by_user.clear()
