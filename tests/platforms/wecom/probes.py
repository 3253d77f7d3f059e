"""URL verification, replays and hostile callbacks: requests whose answers nobody gets to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from tests.platforms.wecom import payloads
from tests.platforms.wecom.clock import Clock
from tests.platforms.wecom.courier import Attempt, Courier, Verification
from tests.platforms.wecom.envelope import Wire, Wrapper, compact
from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.hostile import Forger, Hostile
from tests.platforms.wecom.limits import VERIFY_SECONDS
from tests.platforms.wecom.messages import text_content
from tests.platforms.wecom.recorder import Recorder
from tests.platforms.wecom.reply import Callback

if TYPE_CHECKING:
    from tests.platforms.wecom.bots import Bot
    from tests.platforms.wecom.corp_app import CorpApp
    from tests.platforms.wecom.people import User


class Probes:
    """Sends what is not a conversation."""

    def __init__(
        self,
        clock: Clock,
        recorder: Recorder,
        wrapper: Wrapper,
        courier: Courier,
        new_id: Callable[[str], str],
    ) -> None:
        self._clock = clock
        self._recorder = recorder
        self._wrapper = wrapper
        self._courier = courier
        self._new_id = new_id
        self.forger = Forger(wrapper)

    def verify(
        self, bot: Bot | CorpApp, url: str, *, raw_plus: bool = False, wrong_signature: bool = False
    ) -> Verification:
        """GET with a sealed random number; the answer must be exactly that number within a second."""
        with self._recorder.lock:
            secret = self._wrapper.nonce()[:19].encode()
            echostr = bot.sealer.seal(secret, self._wrapper.random16())
            params = self._wrapper.signed(bot.sealer, echostr, self._clock.now())
        if wrong_signature:
            params["msg_signature"] = "f" * 40
        target = httpx.URL(url).copy_merge_params(params)
        encoded = quote(echostr, safe="+/=" if raw_plus else "")
        target = target.copy_with(query=target.query + b"&echostr=" + encoded.encode())
        raw = self._courier.get(target, VERIFY_SECONDS)
        if raw.late:
            why = f"no answer within {VERIFY_SECONDS:g} s"
        elif raw.status is None:
            why = "unreachable"
        elif raw.status != 200:
            why = f"HTTP {raw.status}"
        else:
            why = "" if raw.body == secret else f"body {raw.body[:60]!r} is not exactly {secret!r}"
        return Verification(not why, why, raw.status, raw.elapsed, raw.body)

    def send_raw(self, bot: Bot, wire: Wire) -> Attempt:
        """Send given bytes; the answer is not shown to anyone."""
        return self._courier.post(bot.callback_url or "", wire, bot.policy.message_seconds)

    def attack(self, bot: Bot, how: Hostile, by: User, text: str) -> Attempt:
        exchange = Exchange(bot, by, None, Callback.MESSAGE, self._new_id("msg"), {})
        body = text_content(text).body(lambda _: "")
        message = compact(payloads.message(exchange, body, None))
        with self._recorder.lock:
            wire = self.forger.forge(how, bot.sealer, message, self._clock.now())
        return self.send_raw(bot, wire)
