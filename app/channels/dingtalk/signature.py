"""Signatures: of the robot's callback (receive-message) and the custom robot (customize-robot-security-settings)."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from app.channels.base import Rejected


def sign(secret: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over `timestamp\\nsecret`, keyed by the secret. Not URL-encoded."""
    message = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def verify(*, secret: str, timestamp: str, given: str, now: datetime, window: timedelta) -> None:
    """Raises Rejected unless the pair is signed and fresh. The signature does not cover the body."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16):
        raise Rejected("dingtalk-timestamp")
    if not hmac.compare_digest(sign(secret, timestamp).encode(), given.encode("utf-8", "surrogatepass")):
        raise Rejected("dingtalk-signature")
    if abs(now.timestamp() - int(timestamp) / 1000) > window.total_seconds():
        raise Rejected("dingtalk-clock")
