"""The AI bot as a channel: verified callbacks in; passive reply, response_url or the group's push webhook out."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import httpx

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.channels.http import allowed, as_picture, get_picture, post_json
from app.channels.text import cut_bytes
from app.channels.wecom import crypto, errors, inbound
from app.channels.wecom.push import PushWebhook
from app.core.delivery import Failure
from app.core.message import OutboundMessage, PictureRef, Way

CONTENT_BYTES = 20_480  # page 101031: stream and markdown content
GRACE = timedelta(seconds=4)  # the platform cuts a callback after 5 s
WINDOW = timedelta(minutes=30)  # how far the two clocks may differ; a repeated message is caught by its id anyway


class WeComBot:
    """One configured bot."""

    platform = "wecom"
    reply_grace = GRACE
    single_use_addresses = True

    def __init__(
        self,
        name: str,
        *,
        desk_name: str,
        token: str,
        encoding_aes_key: str,
        bot_id: str,
        pushes: Mapping[str, PushWebhook],
        media_hosts: Sequence[str],
        reply_hosts: Sequence[str],
        test_hosts: Sequence[str],
        client: httpx.Client,
    ) -> None:
        self.name = name
        self.desk_name = desk_name
        self._token = token
        self._envelope = crypto.Envelope(encoding_aes_key)
        self._bot_id = bot_id
        self._pushes = pushes
        self._media_hosts = media_hosts
        self._reply_hosts = reply_hosts
        self._test_hosts = test_hosts
        self._client = client

    def receive(self, request: RawRequest, now: datetime) -> Received:
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        given = query.get("msg_signature", "")
        if request.method == "GET":
            # A proxy that sends a raw «+» would have it arrive as a blank.
            challenge = query.get("echostr", "").replace(" ", "+")
            crypto.verify(self._token, timestamp, nonce, challenge, given)
            _check_clock(timestamp, now)
            return Received(None, Response(self._envelope.open(challenge)))
        encrypted = _encrypted(request.body)
        crypto.verify(self._token, timestamp, nonce, encrypted, given)
        _check_clock(timestamp, now)
        plain = self._envelope.open(encrypted)
        message = inbound.read(plain, self.name, [self.desk_name], now)
        self._check_bot(plain)
        return Received(message)

    def _check_bot(self, plain: bytes) -> None:
        if self._bot_id and json.loads(plain, strict=False).get("aibotid") != self._bot_id:
            raise Rejected("wecom-bot-id")

    def passive_reply(self, request: RawRequest, message_id: str, markdown: str, now: datetime) -> Response | None:
        content = cut_bytes(markdown, CONTENT_BYTES)
        stream = {"id": f"zb-{message_id}"[:64], "finish": True, "content": content}
        body: dict[str, object] = {"msgtype": "stream", "stream": stream}
        if _is_arrival(self._envelope, request):
            body = {"msgtype": "text", "text": {"content": content}}
        return self._sealed(body, request.query.get("nonce", ""), now)

    def _sealed(self, body: Mapping[str, object], nonce: str, now: datetime) -> Response:
        encrypted = self._envelope.seal(json.dumps(body, ensure_ascii=False).encode(), secrets.token_bytes(16))
        stamp = int(now.timestamp())
        signed = crypto.signature(self._token, str(stamp), nonce, encrypted)
        reply = {"encrypt": encrypted, "msgsignature": signed, "timestamp": stamp, "nonce": nonce}
        return Response(json.dumps(reply).encode(), "application/json")

    def send(self, message: OutboundMessage, now: datetime) -> None:
        push = self._pushes.get(message.room.id) if message.room else None
        address = message.reply_address
        usable = address is not None and address.expires_at > now
        if message.way is Way.REPLY and usable and address is not None:
            self._respond(address.url, message.markdown)
        elif push is not None:
            push.send(message, now)
        elif usable and address is not None:
            self._respond(address.url, message.markdown)
        else:
            raise SendFailed(
                Failure.PERMANENT,
                "no-way",
                "这个会话没有可用的推送方式：请给群配置消息推送（rooms.push_key）",
            )

    def _respond(self, url: str, markdown: str) -> None:
        if not allowed(url, self._reply_hosts, self._test_hosts):
            raise SendFailed(Failure.PERMANENT, "address", "回复地址不在允许的域名里")
        body = {"msgtype": "markdown", "markdown": {"content": cut_bytes(markdown, CONTENT_BYTES)}}
        errors.check(post_json(self._client, url, body), "回复地址已用过或已过期")

    def idempotent(self, message: OutboundMessage) -> bool:
        # A response_url takes one call: a second one is refused by the platform and shows nothing twice.
        return message.way is Way.REPLY and message.reply_address is not None

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        if not allowed(picture.address, self._media_hosts, self._test_hosts):
            raise SendFailed(Failure.PERMANENT, "address", "图片地址不在允许的域名里")
        sealed = get_picture(self._client, picture.address)
        try:
            return as_picture(self._envelope.open_bytes(sealed))
        except Rejected as error:
            raise SendFailed(Failure.PERMANENT, error.reason, "图片解不开") from None

    def can_speak_later(self, room: str, single: bool) -> bool:
        return room in self._pushes


def _check_clock(timestamp: str, now: datetime) -> None:
    fresh = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    if not fresh or abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise Rejected("wecom-clock")


def _encrypted(body: bytes) -> str:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected("wecom-envelope", 400) from None
    value = (data.get("encrypt") or data.get("Encrypt")) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value or not value.isascii():
        raise Rejected("wecom-envelope", 400)
    return value


def _is_arrival(envelope: crypto.Envelope, request: RawRequest) -> bool:
    data = json.loads(envelope.open(_encrypted(request.body)), strict=False)
    return bool(data.get("msgtype") == "event")
