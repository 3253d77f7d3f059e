"""Active replies through response_url: one accepted call within an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.platforms.wecom.assumptions import BAD_JSON, RESPONSE_CARD_IN_GROUP, RESPONSE_CODE_REFUSED
from tests.platforms.wecom.cards import CardError, check_card
from tests.platforms.wecom.errors import RefusalError, filled, json_object, ok, part
from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.limits import BOT_CONTENT_BYTES, RESPONSE_URL_SECONDS
from tests.platforms.wecom.reply import ReplyError, feedback_of
from tests.platforms.wecom.screen import Screen
from tests.platforms.wecom.shown import Channel
from tests.platforms.wecom.web import Answer, Request

PATH = "/cgi-bin/aibot/response"


@dataclass
class _Code:
    exchange: Exchange
    issued: float
    used: bool = False


class ResponseUrls:
    """Issues response codes and accepts one reply for each; the caller holds the recorder's lock."""

    def __init__(self, screen: Screen, now: Callable[[], float], new_id: Callable[[str], str]) -> None:
        self.base_url = ""
        self._screen = screen
        self._now = now
        self._new_id = new_id
        self._codes: dict[str, _Code] = {}

    def issue(self, exchange: Exchange) -> str:
        name = self._new_id("RC")
        self._codes[name] = _Code(exchange, self._now())
        return f"{self.base_url}{PATH}?response_code={name}"

    def serve(self, request: Request) -> Answer:
        code = self._codes.get(request.query.get("response_code", ""))
        if code is None:
            raise RefusalError(RESPONSE_CODE_REFUSED, "response_code unknown")
        if code.used:
            raise RefusalError(RESPONSE_CODE_REFUSED, "response_code already used")
        if request.at - code.issued >= RESPONSE_URL_SECONDS:
            raise RefusalError(RESPONSE_CODE_REFUSED, "response_code expired")
        self._show(code.exchange, json_object(request, BAD_JSON))
        code.used = True  # a refused content keeps the code (assumption CODE_KEPT)
        return ok()

    def _show(self, exchange: Exchange, body: dict[str, Any]) -> None:
        msgtype = body.get("msgtype")
        try:
            if msgtype == "markdown":
                markdown = part(body, "markdown")
                text = filled(markdown.get("content"), "markdown.content", BOT_CONTENT_BYTES)
                quotes = exchange.trigger if exchange.group else None
                channel, feedback = Channel.RESPONSE_URL, feedback_of(markdown)
                self._screen.bubble(exchange, "markdown", text, channel, quotes=quotes, feedback_id=feedback)
            elif msgtype == "template_card":
                if exchange.group is not None:
                    raise RefusalError(RESPONSE_CARD_IN_GROUP, "template_card is for single chats only")
                card = check_card(body.get("template_card"))
                self._screen.check_task(exchange, card)
                self._screen.card(exchange, card, Channel.RESPONSE_URL)
            else:
                raise RefusalError(40008, f"msgtype {msgtype!r}")
        except (CardError, ReplyError) as error:
            raise RefusalError(40058, str(error)) from error
