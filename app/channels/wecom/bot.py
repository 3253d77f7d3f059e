"""The AI bot as a channel: verified callbacks in; passive reply, response_url or the group's push webhook out."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import httpx

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.channels.dial import within
from app.channels.http import SEND_SECONDS, allowed, as_picture, get_picture, post_json
from app.channels.meaning import Refused
from app.channels.text import cut_bytes
from app.channels.wecom import cards, errors, inbound
from app.channels.wecom.callback import Callback
from app.channels.wecom.push import PushWebhook
from app.channels.wecom.spent import SpentAddresses
from app.core.delivery import Failure
from app.core.message import OutboundMessage, PictureRef, ReplyAddress, Way

CONTENT_BYTES = 20_480  # page 101031: stream and markdown content
SPENT = "response-url"  # our own code for an address that is refused
GRACE = timedelta(seconds=4)  # the platform cuts a callback after 5 s


class WeComBot:
    """One configured bot."""

    platform = "wecom"
    reply_grace = GRACE
    names_in_replies = True
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
        self._callback = Callback(token, encoding_aes_key)
        self._bot_id = bot_id
        self._pushes = pushes
        self._media_hosts = media_hosts
        self._reply_hosts = reply_hosts
        self._test_hosts = test_hosts
        self._client = client
        self._spent = SpentAddresses()

    def receive(self, request: RawRequest, now: datetime) -> Received:
        if request.method == "GET":
            return Received(None, self._callback.challenge(request, now))
        plain = self._callback.open(request, _encrypted(request.body), now)
        message = inbound.read(plain, self.name, [self.desk_name], now)
        self._check_bot(plain)
        return Received(message)

    def _check_bot(self, plain: bytes) -> None:
        if self._bot_id and json.loads(plain, strict=False).get("aibotid") != self._bot_id:
            raise Rejected("wecom-bot-id")

    def passive_reply(
        self, request: RawRequest, message_id: str, said: OutboundMessage, now: datetime
    ) -> Response | None:
        content = cut_bytes(said.markdown, CONTENT_BYTES)
        stream = {"id": f"zb-{message_id}"[:64], "finish": True, "content": content}
        body: dict[str, object] = {"msgtype": "stream", "stream": stream}
        event = self._event(request)
        if event == inbound.ARRIVAL:
            body = {"msgtype": "text", "text": {"content": content}}
        elif event == inbound.TAP:
            body = {"response_type": "update_template_card", "template_card": cards.whole(said) or cards.below(said)}
        elif said.buttons:
            card = cards.below(said)
            body = {"msgtype": "stream_with_template_card", "stream": stream, "template_card": card}
        return self._sealed(body, request.query.get("nonce", ""), now)

    def _event(self, request: RawRequest) -> str:
        return inbound.event_of(json.loads(self._callback.envelope.open(_encrypted(request.body)), strict=False))

    def _sealed(self, body: Mapping[str, object], nonce: str, now: datetime) -> Response:
        stamp, content = int(now.timestamp()), json.dumps(body, ensure_ascii=False)
        encrypted, signed = self._callback.seal(content, nonce, stamp, secrets.token_bytes(16))
        reply = {"encrypt": encrypted, "msgsignature": signed, "timestamp": stamp, "nonce": nonce}
        return Response(json.dumps(reply).encode(), "application/json")

    def send(self, message: OutboundMessage, now: datetime) -> None:
        push, address = self._push_of(message), self._usable(message, now)
        ways: list[Callable[[], None]] = []
        if push is not None:
            ways.append(partial(_push, push, message, now))
        if address is not None:
            # A reply belongs below its question; a line said later wants the mention that only a push has.
            ways.insert(0 if message.way is Way.REPLY else len(ways), partial(self._respond, address.url, message))
        if not ways:
            reason = "这个会话没有可用的推送方式：请给群配置消息推送（rooms.push_key）"
            raise SendFailed(Failure.PERMANENT, "no-way", reason)
        with within(SEND_SECONDS):
            self._say(ways, message)

    def _say(self, ways: Sequence[Callable[[], None]], message: OutboundMessage) -> None:
        """By the first way that is open. What was refused for good has shown nothing, so the next doubles nothing."""
        refusals: list[SendFailed] = []
        for say in ways:
            try:
                say()
            except SendFailed as error:
                if error.failure is Failure.TEMPORARY:
                    self._spent.left_nothing(message)
                if error.failure is not Failure.PERMANENT:
                    raise
                refusals.append(error)
            else:
                return
        # What a person can repair is the push; an address that is used up is nobody's fault.
        raise next((error for error in refusals if error.code != SPENT), refusals[0])

    def _respond(self, url: str, message: OutboundMessage) -> None:
        if not allowed(url, self._reply_hosts, self._test_hosts):
            raise SendFailed(Failure.PERMANENT, "address", "回复地址不在允许的域名里")
        words = {"msgtype": "markdown", "markdown": {"content": cut_bytes(message.markdown, CONTENT_BYTES)}}
        card = cards.whole(message)  # the address takes one call, so that it is either the one or the other
        body = {"msgtype": "template_card", "template_card": card} if card else words
        try:
            errors.check(post_json(self._client, url, body), message.attempt)
        except Refused as error:
            if error.failure is not Failure.PERMANENT:
                raise
            if not self._spent.was_untouched(message):
                reason = "回复地址已经用过，多半是上一次已经发出去了"
                raise SendFailed(Failure.NEVER_AGAIN, error.code, reason) from None
            self._spent.add(message)
            reason = f"回复地址用不了（{error.code}）：请给群配置消息推送（rooms.push_key）"
            raise SendFailed(Failure.PERMANENT, SPENT, reason) from None

    def _push_of(self, message: OutboundMessage) -> PushWebhook | None:
        return self._pushes.get(message.room.id) if message.room else None

    def _usable(self, message: OutboundMessage, now: datetime) -> ReplyAddress | None:
        address = message.reply_address
        return address if address and address.expires_at > now and message not in self._spent else None

    def idempotent(self, message: OutboundMessage) -> bool:
        # A response_url takes one call: a second one is refused by the platform and shows nothing twice.
        by_address = message.way is Way.REPLY or self._push_of(message) is None
        return by_address and message.reply_address is not None and message not in self._spent

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        push = self._push_of(message)
        if push is None or (message.way is Way.REPLY and self._usable(message, now)):
            return None  # a response_url takes one call anyway
        return push.per_minute(message, now)

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        if not allowed(picture.address, self._media_hosts, self._test_hosts):
            raise SendFailed(Failure.PERMANENT, "address", "图片地址不在允许的域名里")
        sealed = get_picture(self._client, picture.address)
        try:
            return as_picture(self._callback.envelope.open_bytes(sealed))
        except Rejected as error:
            raise SendFailed(Failure.PERMANENT, error.reason, "图片解不开") from None

    def can_speak_later(self, room: str, single: bool) -> bool:
        return room in self._pushes


def _push(push: PushWebhook, message: OutboundMessage, now: datetime) -> None:
    """This way drops no second message, whatever `idempotent` says of the one that was meant to be taken."""
    try:
        push.send(message, now)
    except SendFailed as error:
        if error.failure is Failure.UNKNOWN:
            raise SendFailed(Failure.NEVER_AGAIN, error.code, error.reason) from None
        raise


def _encrypted(body: bytes) -> str:
    try:
        data = json.loads(body.decode("utf-8"))  # nothing else: depth was counted in UTF-8
    except (ValueError, RecursionError):
        raise Rejected("wecom-envelope", 400) from None
    value = (data.get("encrypt") or data.get("Encrypt")) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value or not value.isascii():
        raise Rejected("wecom-envelope", 400)
    return value
