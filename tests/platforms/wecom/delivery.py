"""What a test holds in its hand after somebody said or pressed something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.platforms.wecom.courier import Attempt, Outcome
from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.reply import Reply
from tests.platforms.wecom.shown import Shown

if TYPE_CHECKING:
    from tests.platforms.wecom.traffic import Traffic


class Delivery:
    """One message or event: how it went, and the means to repeat or follow it."""

    def __init__(self, traffic: Traffic, exchange: Exchange) -> None:
        self._traffic = traffic
        self.exchange = exchange

    def __repr__(self) -> str:
        return f"<Delivery {self.msgid} {self.status} {self.why or self.violation or ''}>"

    @property
    def msgid(self) -> str:
        return self.exchange.msgid

    @property
    def payload(self) -> dict[str, Any]:
        return self.exchange.payload

    @property
    def response_url(self) -> str | None:
        return self.exchange.response_url

    @property
    def message(self) -> Shown | None:
        """What the person's own message looks like in the chat."""
        return self.exchange.trigger

    @property
    def status(self) -> Outcome:
        return self.exchange.outcome

    @property
    def why(self) -> str:
        """Why it was held or not delivered."""
        return self.exchange.why

    @property
    def attempts(self) -> list[Attempt]:
        return self.exchange.attempts

    @property
    def refreshes(self) -> list[Attempt]:
        return self.exchange.refreshes

    @property
    def http_status(self) -> int | None:
        return self.attempts[-1].http_status if self.attempts else None

    @property
    def elapsed(self) -> float:
        """Real seconds of the latest callback."""
        return self.attempts[-1].elapsed if self.attempts else 0.0

    @property
    def reply(self) -> Reply | None:
        """The first accepted passive reply."""
        return next((one.reply for one in self.attempts if one.reply), None)

    @property
    def violation(self) -> str | None:
        """The first rule the bot's answers broke, if any."""
        return next((one.violation for one in [*self.attempts, *self.refreshes] if one.violation), None)

    @property
    def bubbles(self) -> list[Shown]:
        """Everything shown in answer, response_url included."""
        return self.exchange.bubbles

    @property
    def bubble(self) -> Shown:
        if not self.bubbles:
            raise AssertionError(f"机器人没有回答：{self!r}")
        return self.bubbles[0]

    @property
    def text(self) -> str:
        """All answer texts and card texts as they stand now."""
        return "\n".join(one.words for one in self.bubbles)

    @property
    def finished(self) -> bool:
        return not self.exchange.in_progress

    def follow(self) -> Delivery:
        """Poll the stream at its interval until finished, expired or refused."""
        self._traffic.follow(self.exchange)
        return self

    def again(self, times: int = 1) -> Delivery:
        """Redeliver the same msgid, freshly signed, one after the other."""
        for _ in range(times):
            self._traffic.run(self.exchange, copies=1)
        return self

    def again_at_once(self, copies: int = 2) -> Delivery:
        """Redeliver the same msgid several times at the same moment."""
        self._traffic.run(self.exchange, copies=copies)
        return self

    def replayed(self) -> Attempt:
        """Somebody else sends the recorded bytes again: same timestamp, nonce and signature."""
        if not self.attempts:
            raise ValueError("nothing was sent yet")
        return self.exchange.bot.replayed(self.attempts[0])
