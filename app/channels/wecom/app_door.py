"""The self-built app as a channel (pages 90238-90241): people write to it in 1:1, and tap the buttons of its cards."""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.channels.text import cut_bytes, plain
from app.channels.wecom import app_inbound
from app.channels.wecom.app_content import TEXT_BYTES, card_of, text_of
from app.channels.wecom.callback import Callback
from app.channels.wecom.corp_app import PER_MINUTE, CorpApp
from app.core.delivery import Failure
from app.core.message import OutboundMessage, PictureRef

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHOWN = 16  # characters of what a button said, in its place


class AppDoor:
    """One configured app."""

    platform = "wecom"
    reply_grace = timedelta(seconds=4)  # the platform cuts a callback after 5 s
    names_in_replies = False
    single_use_addresses = False

    def __init__(
        self, name: str, *, desk_name: str, corp_id: str, token: str, encoding_aes_key: str, app: CorpApp
    ) -> None:
        self.name = name
        self.desk_name = desk_name
        self._corp_id = corp_id
        self._callback = Callback(token, encoding_aes_key, corp_id)
        self._app = app

    def receive(self, request: RawRequest, now: datetime) -> Received:
        if request.method == "GET":
            return Received(None, self._callback.challenge(request, now))
        data = self._opened(request, now)
        message = app_inbound.read(data, self.name, self.desk_name, now)
        if message is None or not app_inbound.ends_card(data):
            return Received(message)
        # No button can be tapped again; what became of it is said in a message of its own.
        answer = {"MsgType": "update_button", "Button": {"ReplaceName": f"已发送：{message.text[:_SHOWN]}"}}
        return Received(message, self._answer(request, data, answer, now))

    def _opened(self, request: RawRequest, now: datetime) -> dict[str, str]:
        data = app_inbound.fields(self._callback.open(request, app_inbound.encrypted(request.body), now))
        if data.get("AgentID", str(self._app.agent_id)) != str(self._app.agent_id):
            raise Rejected("wecom-agent")
        return data

    def passive_reply(
        self, request: RawRequest, message_id: str, said: OutboundMessage, now: datetime
    ) -> Response | None:
        data = self._opened(request, now)
        if app_inbound.is_tap(data):
            return None  # takes nothing but a new face of the card
        if said.buttons:
            return None  # no card rides on an answer: the worker sends it
        content = cut_bytes(plain(said.markdown), TEXT_BYTES)
        return self._answer(request, data, {"MsgType": "text", "Content": content}, now)

    def _answer(
        self, request: RawRequest, data: Mapping[str, str], answer: Mapping[str, object], now: datetime
    ) -> Response:
        stamp, nonce = int(now.timestamp()), request.query.get("nonce", "")
        ends = {"ToUserName": data.get("FromUserName", ""), "FromUserName": self._corp_id, "CreateTime": stamp}
        content = _xml({"xml": {**ends, **answer}})
        encrypted, signed = self._callback.seal(content, nonce, stamp, secrets.token_bytes(16))
        envelope = {"Encrypt": encrypted, "MsgSignature": signed, "TimeStamp": stamp, "Nonce": nonce}
        return Response(_xml({"xml": envelope}).encode(), "application/xml")

    def send(self, message: OutboundMessage, now: datetime) -> None:
        receiver = message.room.id if message.room else message.person.id if message.person else ""
        content = card_of(message, whole=True) or text_of(message.markdown)
        self._app.send(receiver, content, now, attempt=message.attempt)

    def idempotent(self, message: OutboundMessage) -> bool:
        return False  # two people may be told the same, and one person the same twice

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return PER_MINUTE

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        raise SendFailed(Failure.PERMANENT, "no-pictures", "应用收到的图片不取")

    def can_speak_later(self, room: str, single: bool) -> bool:
        return single


def _xml(parts: Mapping[str, object]) -> str:
    """Elements with their texts, which may hold anything that people wrote."""
    return "".join(
        f"<{name}>{_xml(value) if isinstance(value, Mapping) else _cdata(str(value))}</{name}>"
        for name, value in parts.items()
    )


def _cdata(text: str) -> str:
    return f"<![CDATA[{_NOT_IN_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"
