"""Requests as the platforms would sign them, with the little platforms' own code."""

import json
from datetime import UTC, datetime
from typing import Any

from app.channels.base import RawRequest
from tests.platforms.dingtalk.signing import card_sign, robot_sign
from tests.platforms.wecom.crypto import Sealer

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TOKEN, AES_KEY, BOT_ID = "duijiangyongdekouling", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "AIBOT"
APP_SECRET, ROBOT_CODE, CARD_SECRET = "yingyongdemiyao", "dingrobot", "kapiandeqianmingmiyao"
CHANNELS: dict[str, Any] = {
    "wecom": {"kind": "wecom", "token": TOKEN, "encoding_aes_key": AES_KEY, "bot_id": BOT_ID},
    "ding": {
        "kind": "dingtalk",
        "app_key": ROBOT_CODE,
        "app_secret": APP_SECRET,
        "cards": {"template": "t.schema", "secret": CARD_SECRET, "answers": False},
    },
}
SEALER = Sealer(TOKEN, AES_KEY)


def encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def wecom_wire(body: Any, at: datetime = NOW) -> tuple[dict[str, str], bytes]:
    """Query and body of a correctly sealed and signed callback."""
    stamp, nonce = str(int(at.timestamp())), "0123456789"
    sealed = SEALER.seal(encoded(body), b"0123456789abcdef")
    return (
        {"timestamp": stamp, "nonce": nonce, "msg_signature": SEALER.sign(stamp, nonce, sealed)},
        json.dumps({"encrypt": sealed}).encode(),
    )


def dingtalk_headers(at: datetime = NOW) -> dict[str, str]:
    """The signature does not cover the body."""
    stamp = str(int(at.timestamp() * 1000))
    return {"timestamp": stamp, "sign": robot_sign(stamp, APP_SECRET)}


def tap_headers(at: datetime = NOW) -> dict[str, str]:
    """Of a tap on a card."""
    stamp = str(int(at.timestamp() * 1000))
    return {"x-ddpaas-signature-timestamp": stamp, "x-ddpaas-signature": card_sign(stamp, CARD_SECRET)}


def from_wecom(body: Any, at: datetime = NOW) -> RawRequest:
    query, content = wecom_wire(body, at)
    return RawRequest("POST", {}, query, content)


def from_dingtalk(body: Any, at: datetime = NOW) -> RawRequest:
    return RawRequest("POST", dingtalk_headers(at), {}, encoded(body))


def from_card(body: Any, at: datetime = NOW) -> RawRequest:
    return RawRequest("POST", tap_headers(at), {}, encoded(body))
