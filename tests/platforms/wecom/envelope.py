"""Wraps callbacks for the bot's URL and opens what it answers, strictly."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from tests.platforms.wecom.crypto import CryptoError, Sealer
from tests.platforms.wecom.reply import ReplyError


@dataclass(frozen=True)
class Wire:
    """One sealed request: query parameters and body, ready to be sent (again)."""

    params: dict[str, str]
    content: bytes
    content_type: str = "application/json"

    @property
    def nonce(self) -> str:
        return self.params.get("nonce", "")


def compact(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


class Wrapper:
    """Seals payloads with fresh nonces from a seeded source."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def nonce(self) -> str:
        return f"{self._rng.getrandbits(64):020d}"

    def random16(self) -> bytes:
        return f"{self._rng.getrandbits(64):016x}".encode()

    def signed(self, sealer: Sealer, encrypt: str, at: float) -> dict[str, str]:
        timestamp, nonce = str(int(at)), self.nonce()
        return {
            "msg_signature": sealer.sign(timestamp, nonce, encrypt),
            "timestamp": timestamp,
            "nonce": nonce,
        }

    def wrap(self, sealer: Sealer, message: bytes, at: float) -> Wire:
        encrypt = sealer.seal(message, self.random16())
        return Wire(self.signed(sealer, encrypt, at), compact({"encrypt": encrypt}))


def open_answer(sealer: Sealer, nonce: str, body: bytes) -> bytes | None:
    """The plaintext of a passive reply, None for an empty body, ReplyError for anything doubtful."""
    if not body:
        return None
    try:
        envelope = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise ReplyError(f"the answer is neither empty nor a JSON envelope: {body[:60]!r}") from error
    if not isinstance(envelope, dict):
        raise ReplyError("the answer is not a JSON object")
    encrypt, signature = envelope.get("encrypt"), envelope.get("msgsignature")
    if not isinstance(encrypt, str) or not isinstance(signature, str):
        raise ReplyError("the answer lacks encrypt or msgsignature")
    timestamp = _timestamp(envelope.get("timestamp"))
    if envelope.get("nonce") != nonce:
        raise ReplyError(f"nonce {envelope.get('nonce')!r} is not the callback's {nonce!r}")
    if signature != sealer.sign(timestamp, nonce, encrypt):
        raise ReplyError("msgsignature is wrong")
    try:
        return sealer.open(encrypt)
    except CryptoError as error:
        raise ReplyError(f"the answer does not decrypt: {error}") from error


def _timestamp(value: Any) -> str:
    """Seconds as an integer (documented) or a decimal string (vendor's library)."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    raise ReplyError(f"timestamp {value!r} is not a number of seconds")
