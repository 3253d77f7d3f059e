"""The enterprise robot as a channel: signed callbacks in; sessionWebhook, else the OpenAPI, out."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.channels.dingtalk import inbound, signature
from app.channels.dingtalk.errors import check_webhook
from app.channels.dingtalk.markdown import body_of
from app.channels.dingtalk.openapi import OpenApi
from app.channels.http import allowed, as_picture, get_picture, post_json
from app.core.delivery import Failure
from app.core.message import OutboundMessage, PictureRef, RoomKind

ACK = Response(b'{"msgtype":"empty"}', "application/json")
MARGIN = timedelta(minutes=5)  # a sessionWebhook is not used so near its end
PER_MINUTE = 20  # a sessionWebhook's limit is not documented; the custom robot's is taken
API_PER_MINUTE = 20 * 60  # 20 calls a second for an app and an API
_SESSION_GONE = "300001"
_MEDIA_HOSTS = ("*.dingtalk.com", "*.aliyuncs.com", "*.alicdn.com")


class DingTalkRobot:
    """One configured robot."""

    platform = "dingtalk"
    reply_grace = timedelta()
    single_use_addresses = False

    def __init__(
        self,
        name: str,
        *,
        desk_name: str,
        app_secret: str,
        robot_code: str,
        corp_id: str,
        path_secret: str,
        window: timedelta,
        session_hosts: Sequence[str],
        test_hosts: Sequence[str],
        openapi: OpenApi,
        client: httpx.Client,
    ) -> None:
        self.name = name
        self.desk_name = desk_name
        self._app_secret = app_secret
        self._robot_code = robot_code
        self._corp_id = corp_id
        self._path_secret = path_secret
        self._window = window
        self._session_hosts = session_hosts
        self._test_hosts = test_hosts
        self._openapi = openapi
        self._client = client

    def receive(self, request: RawRequest, now: datetime) -> Received:
        if request.method != "POST":
            raise Rejected("dingtalk-method", 405)
        if not hmac.compare_digest(self._path_secret.encode(), request.path_secret.encode("utf-8", "surrogatepass")):
            raise Rejected("dingtalk-path", 404)
        signature.verify(
            secret=self._app_secret,
            timestamp=request.headers.get("timestamp", ""),
            given=request.headers.get("sign", ""),
            now=now,
            window=self._window,
        )
        data = inbound.parse(request.body)
        # Absent in some payloads; where it is there it must be ours.
        if self._robot_code and data.get("robotCode") not in (None, "", self._robot_code):
            raise Rejected("dingtalk-robot")
        if self._corp_id and data.get("chatbotCorpId") not in (None, "", self._corp_id):
            raise Rejected("dingtalk-corp")
        return Received(inbound.read(data, self.name, [self.desk_name], now), ACK)

    def passive_reply(self, request: RawRequest, message_id: str, markdown: str, now: datetime) -> Response | None:
        return None  # 2.5 s are too short to promise; the sessionWebhook has 90 minutes

    def send(self, message: OutboundMessage, now: datetime) -> None:
        address = message.reply_address
        if address is not None and address.expires_at - MARGIN > now:
            if not allowed(address.url, self._session_hosts, self._test_hosts):
                raise SendFailed(Failure.PERMANENT, "address", "回复地址不在允许的域名里")
            try:
                check_webhook(post_json(self._client, address.url, body_of(message)))
                return
            except SendFailed as error:
                if error.code != _SESSION_GONE:
                    raise
        self._send_by_openapi(message, now)

    def _send_by_openapi(self, message: OutboundMessage, now: datetime) -> None:
        room = message.room
        if room is not None and room.kind is RoomKind.GROUP:
            # This call cannot mention; the name in front tells whom it is for.
            name = f"{message.person.shown}：" if message.person and message.person.name else ""
            self._openapi.send_to_group(room.id, message.title, name + message.markdown, now)
        elif message.person is not None:
            self._openapi.send_to_person(message.person.id, message.title, message.markdown, now)
        else:
            raise SendFailed(Failure.PERMANENT, "no-way", "不知道发给谁")

    def idempotent(self, message: OutboundMessage) -> bool:
        return False

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        address = message.reply_address
        return PER_MINUTE if address is not None and address.expires_at - MARGIN > now else API_PER_MINUTE

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        url = self._openapi.picture_address(picture.address, now)
        if url.startswith("http://") and not self._is_test(url):
            url = "https://" + url.removeprefix("http://")  # the platform hands out plain addresses
        if not allowed(url, _MEDIA_HOSTS, self._test_hosts):
            raise SendFailed(Failure.PERMANENT, "address", "图片地址不在允许的域名里")
        return as_picture(get_picture(self._client, url))

    def _is_test(self, url: str) -> bool:
        return any(url.startswith(f"http://{host}/") for host in self._test_hosts)

    def can_speak_later(self, room: str, single: bool) -> bool:
        return True
