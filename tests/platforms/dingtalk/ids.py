"""Identifiers that look like the platform's own, unique across instances."""

import base64
import hashlib
import secrets
import uuid
from itertools import count


class Ids:
    """Makes ids from a random salt and a counter, so that two platforms never collide."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(8)
        self._count = count(1)

    def _digest(self) -> bytes:
        return hashlib.sha256(self._salt + str(next(self._count)).encode()).digest()

    def _b64(self) -> str:
        return base64.b64encode(self._digest()[:16]).decode()

    def message(self) -> str:
        return "msg" + self._b64()

    def conversation(self) -> str:
        return "cid" + self._b64()

    def encrypted(self) -> str:
        """The `$:LWCP_v1:$...` form of senderId, chatbotUserId and dingtalkId."""
        return "$:LWCP_v1:$" + self._b64()

    def hex32(self) -> str:
        return self._digest()[:16].hex()

    def token(self) -> str:
        return self._digest().hex()

    def code(self) -> str:
        """A download code: long, with the characters that break careless quoting."""
        return base64.b64encode(self._digest() + self._digest()[:16]).decode()

    def app_key(self) -> str:
        return "ding" + self._digest().hex()[:16]

    def union(self) -> str:
        return self._digest().hex()[:20] + "iE"

    def request(self) -> str:
        return str(uuid.UUID(bytes=self._digest()[:16], version=4)).upper()

    def number(self) -> int:
        return next(self._count)
