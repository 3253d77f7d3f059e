"""The three signatures of the protocol: robot callback, custom robot, card callback."""

import base64
import hashlib
import hmac
from urllib.parse import quote


def _hmac(key: str, message: str) -> str:
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def robot_sign(timestamp_ms: int | str, secret: str) -> str:
    """Raw base64 signature of a robot callback, and of a custom robot before quoting."""
    return _hmac(secret, f"{timestamp_ms}\n{secret}")


def custom_robot_query(timestamp_ms: int | str, secret: str) -> str:
    """The `sign` value as it stands in the query string: quoted exactly once, slash included."""
    return quote(robot_sign(timestamp_ms, secret), safe="")


def card_sign(timestamp_ms: int | str, api_secret: str) -> str:
    """The `x-ddpaas-signature` of a card callback: no newline, no secret in the message."""
    return _hmac(api_secret, str(timestamp_ms))


def same(left: str, right: str) -> bool:
    """Constant-time comparison that also accepts non-ASCII input."""
    return hmac.compare_digest(left.encode(), right.encode())
