"""What every WeCom callback has in common (pages 101033, 90238): signed query, sealed content, a clock window."""

from datetime import datetime, timedelta

from app.channels.base import RawRequest, Rejected, Response
from app.channels.wecom import crypto

WINDOW = timedelta(minutes=30)  # how far the two clocks may differ; a repeated message is caught by its id anyway


class Callback:
    """Opens what was sealed for one address. Raises Rejected on anything that is not signed, fresh and ours."""

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str = "") -> None:
        """`receive_id`: empty for a company's own AI bot, the company's id for its app."""
        self.token = token
        self.envelope = crypto.Envelope(encoding_aes_key, receive_id)

    def challenge(self, request: RawRequest, now: datetime) -> Response:
        """The answer when the administrator saves the address."""
        # A proxy that sends a raw «+» would have it arrive as a blank.
        return Response(self.open(request, request.query.get("echostr", "").replace(" ", "+"), now))

    def open(self, request: RawRequest, encrypted: str, now: datetime) -> bytes:
        """What is inside of `encrypted`, which came with this request."""
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        crypto.verify(self.token, timestamp, nonce, encrypted, query.get("msg_signature", ""))
        fresh = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
        if not fresh or abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
            raise Rejected("wecom-clock")
        return self.envelope.open(encrypted)

    def seal(self, content: str, nonce: str, stamp: int, random: bytes) -> tuple[str, str]:
        """The encrypted text of an answer and its signature. `random`: 16 bytes."""
        encrypted = self.envelope.seal(content.encode(), random)
        return encrypted, crypto.signature(self.token, str(stamp), nonce, encrypted)
