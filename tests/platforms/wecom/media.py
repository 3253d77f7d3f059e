"""The media host: AES-encrypted bytes under URLs that live for five minutes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from tests.platforms.wecom.assumptions import MEDIA_EXPIRED_STATUS
from tests.platforms.wecom.attachments import Attachment
from tests.platforms.wecom.clock import Clock
from tests.platforms.wecom.crypto import decode_key, encrypt_bytes
from tests.platforms.wecom.limits import MEDIA_SECONDS
from tests.platforms.wecom.web import Answer, Request

PREFIX = "/media/"


@dataclass(frozen=True)
class _Published:
    attachment: Attachment
    aes_key: str
    sign: str
    expires: float


class MediaHost:
    """Publishes attachments, each URL encrypted with the receiving bot's EncodingAESKey."""

    def __init__(self, clock: Clock) -> None:
        self.base_url = ""
        self._clock = clock
        self._published: dict[str, _Published] = {}

    def publish(self, attachment: Attachment, aes_key: str) -> str:
        name = f"m{len(self._published) + 1:06d}"
        sign = hashlib.sha256(f"{name}{aes_key}".encode()).hexdigest()[:24]
        expires = self._clock.now() + MEDIA_SECONDS
        self._published[name] = _Published(attachment, aes_key, sign, expires)
        return f"{self.base_url}{PREFIX}{name}?sign={sign}"

    def serve(self, request: Request) -> Answer:
        published = self._published.get(request.path.removeprefix(PREFIX))
        if published is None or request.query.get("sign") != published.sign:
            return Answer(MEDIA_EXPIRED_STATUS, b"AccessDenied", "text/plain")
        if request.at >= published.expires:
            return Answer(MEDIA_EXPIRED_STATUS, b"Request has expired", "text/plain")
        attachment = published.attachment
        body = encrypt_bytes(decode_key(published.aes_key), attachment.data)
        if attachment.cut_tail:
            body = body[: -attachment.cut_tail]
        return Answer(
            body=body,
            content_type=attachment.content_type,
            headers={"content-disposition": disposition(attachment.filename)},
            slow_seconds=attachment.slow_seconds,
        )


def disposition(filename: str) -> str:
    """`attachment` with a plain name, or the RFC 5987 form when it is not plain ASCII."""
    if filename.isascii() and not set(filename) & set('";\\ '):
        return f'attachment; filename="{filename}"'
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
