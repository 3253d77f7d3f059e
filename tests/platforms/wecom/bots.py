"""AI bots in callback mode: credentials, address, and how their messages are delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.platforms.wecom.assumptions import MESSAGE_SECONDS, RETRIES
from tests.platforms.wecom.courier import Attempt, Verification
from tests.platforms.wecom.crypto import Sealer
from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.hostile import Hostile
from tests.platforms.wecom.limits import CARD_EVENT_SECONDS
from tests.platforms.wecom.shown import Shown

if TYPE_CHECKING:
    from tests.platforms.wecom.people import User
    from tests.platforms.wecom.probes import Probes


@dataclass
class Policy:
    """Redelivery: `retries` after a failure, `copies` of every message, all copies `at_once` or in turn."""

    retries: int = RETRIES
    copies: int = 1
    at_once: bool = False
    message_seconds: float = MESSAGE_SECONDS
    card_seconds: float = CARD_EVENT_SECONDS


@dataclass(eq=False)
class Bot:
    """A bot; also the address of its 1:1 chat."""

    name: str
    botid: str
    sealer: Sealer
    probes: Probes
    callback_url: str | None = None
    usable_by: frozenset[str] | None = None
    policy: Policy = field(default_factory=Policy)
    holding: bool = False
    held: list[Exchange] = field(default_factory=list)
    stream_ids: dict[str, Exchange] = field(default_factory=dict)
    tasks: dict[str, Shown] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return self.sealer.token

    @property
    def aes_key(self) -> str:
        return self.sealer.aes_key

    def connect(self, callback_url: str) -> Verification:
        """What the administrator does when saving the callback URL; kept only when verified."""
        verification = self.probes.verify(self, callback_url)
        if verification.ok:
            self.callback_url = callback_url
        return verification

    def verify(self, *, raw_plus: bool = False, wrong_signature: bool = False) -> Verification:
        """Verify the standing URL; `raw_plus` leaves "+" unescaped in echostr, as sloppy proxies do."""
        url = self.callback_url or ""
        return self.probes.verify(self, url, raw_plus=raw_plus, wrong_signature=wrong_signature)

    def replayed(self, attempt: Attempt) -> Attempt:
        """Somebody sends a recorded callback again: same bytes, timestamp, nonce and signature."""
        return self.probes.send_raw(self, attempt.wire)

    def attacked(self, how: Hostile, by: User, text: str = "你好") -> Attempt:
        """A hostile 1:1 callback in `by`'s name; the answer goes to the attacker, nobody sees it."""
        return self.probes.attack(self, how, by, text)
