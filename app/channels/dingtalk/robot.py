"""The enterprise robot as a channel: signed callbacks in; sessionWebhook, else the OpenAPI, out."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import structlog

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.channels.dial import within
from app.channels.dingtalk import cards, inbound, signature
from app.channels.dingtalk.cards import Cards
from app.channels.dingtalk.errors import check_webhook
from app.channels.dingtalk.markdown import body_of, without_links
from app.channels.dingtalk.openapi import OpenApi
from app.channels.http import SEND_SECONDS, allowed, as_picture, get_picture, post_json
from app.channels.meaning import Kind, Refused
from app.channels.text import inert
from app.core.delivery import Failure
from app.core.message import OutboundMessage, PictureRef, ReplyAddress, RoomKind

log = structlog.get_logger(__name__)
ACK = Response(b'{"msgtype":"empty"}', "application/json")
UNCHANGED = Response(b"{}", "application/json")  # the tapped card stays as it is
MARGIN = timedelta(minutes=5)  # a sessionWebhook is not used so near its end
PER_MINUTE = 20  # a sessionWebhook's limit is not documented; the custom robot's is taken
API_PER_MINUTE = 20 * 60  # 20 calls a second for an app and an API
UNSAFE_LINK = ("430101", "contain.unsafe.url")
NO_SUCH_KIND = ("400105", "invalidParameter.msgKey.invalid", "invalidParameter.msg.unsupport")  # no card with buttons
_WORTH_ANOTHER_WAY = timedelta(minutes=1)  # a shorter lock is waited for
_BANNED = "1111"  # every way of this machine, so that another call would only make it longer
_MEDIA_HOSTS = ("*.dingtalk.com", "*.aliyuncs.com", "*.alicdn.com")


class DingTalkRobot:
    """One configured robot."""

    platform = "dingtalk"
    reply_grace = timedelta()
    names_in_replies = False
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
        group_buttons: bool = True,
        cards: Cards | None = None,
        card_secret: str = "",
    ) -> None:
        """`cards` makes answers in groups interactive cards; `card_secret` signs the taps on all cards of the robot."""
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
        self._group_buttons = group_buttons
        self._cards = cards
        self._card_secret = card_secret
        self._locked: dict[str, datetime] = {}  # rooms whose sessionWebhook takes nothing until then

    def receive(self, request: RawRequest, now: datetime) -> Received:
        if request.method != "POST":
            raise Rejected("dingtalk-method", 405)
        if not hmac.compare_digest(self._path_secret.encode(), request.path_secret.encode("utf-8", "surrogatepass")):
            raise Rejected("dingtalk-path", 404)
        if cards.PROOF in request.headers:
            return self._tap(request, now)
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

    def _tap(self, request: RawRequest, now: datetime) -> Received:
        if not self._card_secret:
            raise Rejected("dingtalk-card")
        signature.verify(
            secret=self._card_secret,
            timestamp=request.headers.get(cards.STAMP, ""),
            given=request.headers[cards.PROOF],
            now=now,
            window=self._window,
            how=signature.sign_tap,
        )
        data = inbound.parse(request.body)
        if self._corp_id and data.get("corpId") not in (None, "", self._corp_id):
            raise Rejected("dingtalk-corp")
        return Received(cards.read_tap(data, self.name, now), UNCHANGED)

    def passive_reply(
        self, request: RawRequest, message_id: str, said: OutboundMessage, now: datetime
    ) -> Response | None:
        if cards.PROOF in request.headers:
            return Response(cards.answer(said), "application/json")
        return None  # 2.5 s are too short to promise; the sessionWebhook has 90 minutes

    def send(self, message: OutboundMessage, now: datetime) -> None:
        with within(SEND_SECONDS):
            if self._by_card(message, now):
                return
            if not self._group_buttons and _in_group(message):
                message = replace(message, buttons=())
            try:
                self._say(message, now)
            except Refused as error:
                bare = replace(message, markdown=without_links(message.markdown), buttons=())
                if error.code not in (*UNSAFE_LINK, *NO_SUCH_KIND) or bare == message:
                    raise
                self._say(bare, now)

    def _by_card(self, message: OutboundMessage, now: datetime) -> bool:
        """Whether it stands on a card now. One that is refused, or not made yet, has shown nothing.

        It is tried once: a second card under its id is refused, even where the first was shown nowhere.
        """
        if self._cards is None or message.room is None or message.attempt > 1:
            return False
        if not message.buttons or not _in_group(message) or not cards.fits(message):
            return False
        try:
            self._cards.show(message, message.room.id, now)
        except SendFailed as error:
            if error.failure not in (Failure.PERMANENT, Failure.TEMPORARY) or error.code == _BANNED:
                raise
            log.warning("card_refused", channel=self.name, code=error.code, reason=error.reason)
            return False
        return True

    def _say(self, message: OutboundMessage, now: datetime) -> None:
        """By the first way that is open. A way that refuses has shown nothing, so the next doubles nothing."""
        closed: Refused | None = None
        if self._session_of(message, now) is not None:
            try:
                self._by_session(message, now)
                return
            except Refused as error:
                if not _is_closed(error):
                    raise
                closed = error
        try:
            self._by_openapi(message, now, closed)
        except SendFailed as error:
            if closed and closed.kind is Kind.LOCKED and error.failure is Failure.PERMANENT:
                raise closed from None  # what waits for a lock to end is not lost
            raise

    def _by_session(self, message: OutboundMessage, now: datetime) -> None:
        address = message.reply_address
        assert address is not None, "asked before"
        if not allowed(address.url, self._session_hosts, self._test_hosts):
            raise SendFailed(Failure.PERMANENT, "address", "回复地址不在允许的域名里")
        try:
            check_webhook(post_json(self._client, address.url, body_of(message, self._mention(message))))
        except Refused as error:
            if error.kind is Kind.LOCKED and error.retry_after and message.room:
                self._locked = {room: until for room, until in self._locked.items() if until > now}
                self._locked[message.room.id] = now + error.retry_after
            raise

    def _by_openapi(self, message: OutboundMessage, now: datetime, closed: Refused | None) -> None:
        """Into the group; where the robot has no place there any more, to the person alone."""
        room = message.room
        if room is not None and room.kind is RoomKind.GROUP:
            if closed is None or closed.kind is not Kind.ROOM_GONE:
                # This call cannot mention; the name in front tells whom it is for.
                name = f"{inert(message.person.shown)}：" if message.person and message.person.name else ""
                try:
                    words, buttons = name + message.markdown, message.buttons
                    self._openapi.send_to_group(room.id, message.title, words, now, buttons, self._mention(message))
                    return
                except Refused as error:
                    if error.kind is not Kind.ROOM_GONE:
                        raise
                    closed = error
            self._to_person_instead(message, now, closed)
        elif message.person is not None:
            person = message.person.id
            self._openapi.send_to_person(person, message.title, message.markdown, now, message.buttons)
        else:
            raise SendFailed(Failure.PERMANENT, "no-way", "不知道发给谁")

    def _to_person_instead(self, message: OutboundMessage, now: datetime, closed: Refused) -> None:
        """The reason that a person has to repair is the group's."""
        if message.person is None:
            raise closed
        try:
            # Without buttons: in private they would be heard as another dialog than the group's.
            self._openapi.send_to_person(message.person.id, message.title, message.markdown, now)
        except SendFailed as error:
            if error.failure is not Failure.PERMANENT:
                raise
            reason = f"{closed.reason}；私聊也发不出：{error.reason}"
            raise SendFailed(Failure.PERMANENT, closed.code, reason) from None

    def _mention(self, message: OutboundMessage) -> str:
        """What a button sends reaches the desk in a group only where it calls it by name."""
        return f"@{self.desk_name}" if _in_group(message) else ""

    def _session_of(self, message: OutboundMessage, now: datetime) -> ReplyAddress | None:
        """The sessionWebhook, while it can be used."""
        address = message.reply_address
        locked_until = self._locked.get(message.room.id) if message.room else None
        if address is None or address.expires_at - MARGIN <= now or (locked_until and locked_until > now):
            return None
        return address

    def idempotent(self, message: OutboundMessage) -> bool:
        return False  # `msgUuid` is documented for the custom robot alone, and the OpenAPI knows no key

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return PER_MINUTE if self._session_of(message, now) else API_PER_MINUTE

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


def _in_group(message: OutboundMessage) -> bool:
    return message.room is not None and message.room.kind is RoomKind.GROUP


def _is_closed(error: Refused) -> bool:
    """Whether the sessionWebhook is shut, rather than the message refused."""
    long_locked = error.kind is Kind.LOCKED and error.retry_after and error.retry_after >= _WORTH_ANOTHER_WAY
    return error.code != _BANNED and (error.kind in (Kind.GONE, Kind.ROOM_GONE) or bool(long_locked))
