"""Delivers messages and events to bots: limits, holding, redelivery, refresh polling."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.platforms.wecom import payloads
from tests.platforms.wecom.clock import Clock, pause
from tests.platforms.wecom.courier import FAILED, Attempt, Courier, Outcome
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.envelope import Wrapper, compact, open_answer
from tests.platforms.wecom.exchange import Exchange, Stream
from tests.platforms.wecom.limits import IN_PROGRESS_PER_USER, STREAM_WINDOW_SECONDS
from tests.platforms.wecom.recorder import Recorder
from tests.platforms.wecom.reply import Callback, ReplyError, read_reply
from tests.platforms.wecom.screen import Screen

if TYPE_CHECKING:
    from tests.platforms.wecom.bots import Bot


class Traffic:
    """The delivering side of the platform."""

    def __init__(
        self,
        clock: Clock,
        recorder: Recorder,
        screen: Screen,
        wrapper: Wrapper,
        courier: Courier,
        new_id: Callable[[str], str],
    ) -> None:
        self._clock = clock
        self._recorder = recorder
        self._screen = screen
        self._wrapper = wrapper
        self._new_id = new_id
        self._courier = courier
        self._active: list[Exchange] = []
        self._waiting: list[Exchange] = []

    # -- delivering -------------------------------------------------------------------------------

    def deliver(self, exchange: Exchange) -> Delivery:
        """Send now, or hold because the test or the limit of three in progress says so."""
        bot = exchange.bot
        with self._recorder.lock:
            exchange.started = self._clock.now()
            if bot.callback_url is None:
                exchange.why = "the bot has no callback URL"
            elif bot.holding:
                self._hold(exchange, bot.held, "held back by the test")
            elif exchange.callback is Callback.MESSAGE and self._busy(exchange) >= IN_PROGRESS_PER_USER:
                self._hold(exchange, self._waiting, "three messages of this user are in progress")
            else:
                exchange.posting += 1
                self._active.append(exchange)
        if exchange.posting:
            self._send(exchange)
        return Delivery(self, exchange)

    def _hold(self, exchange: Exchange, queue: list[Exchange], why: str) -> None:
        exchange.outcome, exchange.why = Outcome.HELD, why
        queue.append(exchange)

    def _busy(self, exchange: Exchange) -> int:
        same = [one for one in self._active if one.user is exchange.user and one.bot is exchange.bot]
        return sum(one.in_progress and one.callback is Callback.MESSAGE for one in same)

    def _send(self, exchange: Exchange) -> None:
        policy = exchange.bot.policy
        copies = policy.copies if exchange.callback is Callback.MESSAGE else 1
        try:
            if policy.at_once or copies == 1:
                self._at_once(exchange, copies)
            else:
                for _ in range(copies):
                    self._once(exchange)
        finally:
            with self._recorder.lock:
                exchange.posting -= 1
            self._settle()

    def run(self, exchange: Exchange, copies: int) -> None:
        """Redeliver an exchange that was delivered before."""
        if exchange.bot.callback_url is None or exchange.outcome is Outcome.HELD:
            raise ValueError(f"not delivered yet: {exchange.why}")
        with self._recorder.lock:
            exchange.posting += 1
            if exchange not in self._active:
                self._active.append(exchange)
        try:
            self._at_once(exchange, copies)
        finally:
            with self._recorder.lock:
                exchange.posting -= 1
            self._settle()

    def _at_once(self, exchange: Exchange, copies: int) -> None:
        if copies == 1:
            self._once(exchange)
            return
        with ThreadPoolExecutor(copies) as pool:
            for future in [pool.submit(self._once, exchange) for _ in range(copies)]:
                future.result()

    def _once(self, exchange: Exchange) -> None:
        """One delivery with its retries; events are never retried (assumption NO_RETRY_EVENTS)."""
        retries = exchange.bot.policy.retries if exchange.callback is Callback.MESSAGE else 0
        for _ in range(retries + 1):
            attempt = self._post(exchange, exchange.payload, exchange.callback)
            with self._recorder.lock:
                exchange.attempts.append(attempt)
                if exchange.outcome is not Outcome.ANSWERED or attempt.outcome is Outcome.ANSWERED:
                    exchange.outcome, exchange.why = attempt.outcome, ""
            if attempt.outcome not in FAILED:
                return

    def _post(
        self, exchange: Exchange, payload: dict[str, Any], callback: Callback, polled: Stream | None = None
    ) -> Attempt:
        bot = exchange.bot
        with self._recorder.lock:
            wire = self._wrapper.wrap(bot.sealer, compact(payload), self._clock.now())
        seconds = bot.policy.card_seconds if callback is Callback.CARD else bot.policy.message_seconds
        attempt = self._courier.post(bot.callback_url or "", wire, seconds)
        if attempt.outcome is Outcome.NO_REPLY:
            self._judge(exchange, attempt, callback, polled)
        return attempt

    def _judge(self, exchange: Exchange, attempt: Attempt, callback: Callback, polled: Stream | None) -> None:
        """Open, check and show the answer; whatever breaks a rule is shown to nobody."""
        try:
            plain = open_answer(exchange.bot.sealer, attempt.wire.nonce, attempt.body)
            reply = read_reply(plain, callback) if plain is not None else None
            if reply is not None:
                with self._recorder.lock:
                    self._screen.apply(exchange, reply, polled)
                attempt.reply, attempt.outcome = reply, Outcome.ANSWERED
        except ReplyError as error:
            attempt.violation, attempt.outcome = str(error), Outcome.BAD_REPLY
            self._recorder.violate(exchange.msgid, str(error))

    def _settle(self) -> None:
        """Forget what has ended and deliver waiting messages that now fit (assumption HELD)."""
        while True:
            with self._recorder.lock:
                self._active = [one for one in self._active if one.in_progress]
                ready = next((one for one in self._waiting if self._busy(one) < IN_PROGRESS_PER_USER), None)
                if ready is None:
                    return
                self._waiting.remove(ready)
                ready.started, ready.posting = self._clock.now(), 1
                self._active.append(ready)
            self._send(ready)

    def release(self, bot: Bot, order: list[int] | None = None) -> None:
        """Deliver what the test held back, in the given order of indices (default: reversed)."""
        held, bot.held, bot.holding = bot.held, [], False
        for index in order if order is not None else reversed(range(len(held))):
            self.deliver(held[index])

    # -- streams ----------------------------------------------------------------------------------

    def tick(self, only: Exchange | None = None) -> None:
        """Everything that is due now: expire streams after six minutes, poll the others."""
        with self._recorder.lock:
            active = [one for one in self._active if only is None or one is only]
            streams = [(one, stream) for one in active for stream in one.streams.values() if stream.open]
        for exchange, stream in streams:
            if self._clock.now() - exchange.started >= STREAM_WINDOW_SECONDS:
                with self._recorder.lock:
                    stream.open, stream.bubble.expired = False, True
            elif self._clock.now() >= stream.next_poll and stream.polling.acquire(blocking=False):
                try:
                    self._poll(exchange, stream)
                finally:
                    stream.polling.release()
        self._settle()

    def _poll(self, exchange: Exchange, stream: Stream) -> None:
        if not stream.open:
            return
        payload = payloads.refresh(exchange, self._new_id("msg"), stream.id)
        attempt = self._post(exchange, payload, Callback.REFRESH, stream)
        with self._recorder.lock:
            exchange.refreshes.append(attempt)
            stream.next_poll = self._clock.now() + self._screen.poll_seconds

    def follow(self, exchange: Exchange) -> None:
        seen = len(exchange.refreshes)
        while exchange.in_progress:
            pause(self._clock, self._screen.poll_seconds)
            self.tick(exchange)
            if any(one.violation for one in exchange.refreshes[seen:]):
                return
