"""Signatures: of the robot's callback (receive-message), of a card's (event-callback-card), and the custom robot's.

None of them covers the body: the address stays secret, the clock window tight, and a message is taken once.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from app.channels.base import Rejected


def sign(secret: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over `timestamp\\nsecret`, keyed by the secret. Not URL-encoded."""
    return _hmac(secret, f"{timestamp}\n{secret}")


def sign_tap(secret: str, timestamp: str) -> str:
    """Of a card's callback: over the timestamp alone."""
    return _hmac(secret, timestamp)


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def verify(
    *,
    secret: str,
    timestamp: str,
    given: str,
    now: datetime,
    window: timedelta,
    how: Callable[[str, str], str] = sign,
) -> None:
    """Raises Rejected unless the pair is signed and fresh."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16):
        raise Rejected("dingtalk-timestamp")
    if not hmac.compare_digest(how(secret, timestamp).encode(), given.encode("utf-8", "surrogatepass")):
        raise Rejected("dingtalk-signature")
    if abs(now.timestamp() - int(timestamp) / 1000) > window.total_seconds():
        raise Rejected("dingtalk-clock")
