"""The vendor's own Python SDK as a second opinion on crypto, bodies and downloads."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the SDK imports websockets' legacy client
    import aibot


class _Silent:
    def debug(self, *_: object) -> None: ...

    info = debug

    def warn(self, text: str, *_: object) -> None:
        raise AssertionError(text)

    error = warn


class _Emitter:
    def __init__(self) -> None:
        self.events: list[str] = []

    def emit(self, event: str, _: object) -> None:
        self.events.append(event)


def vendor_decrypt(data: bytes, aes_key: str) -> bytes:
    """`aibot.decrypt_file`: AES-256-CBC with 32-byte padding, as used for media."""
    plain: bytes = aibot.decrypt_file(data, aes_key)
    return plain


def vendor_events(payloads: list[dict[str, Any]]) -> list[str]:
    """The specific events the vendor's message handler raises for these callback bodies."""
    emitter, handler = _Emitter(), aibot.MessageHandler(_Silent())
    for payload in payloads:
        cmd = "aibot_event_callback" if payload["msgtype"] == "event" else "aibot_msg_callback"
        handler.handle_frame({"cmd": cmd, "headers": {"req_id": "r"}, "body": payload}, emitter)
    return [event for event in emitter.events if "." in event]


def vendor_download(url: str) -> tuple[bytes, str | None]:
    """Bytes and file name as the vendor's client takes them from the media host."""

    async def fetch() -> tuple[bytes, str | None]:
        client = aibot.WeComApiClient(_Silent())
        data, filename = await client.download_file_raw(url)
        return data, filename

    return asyncio.run(fetch())
