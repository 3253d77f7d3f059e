"""The network between the product and the platforms: one call at a time, with the troubles that the day has for it."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx
from sqlalchemy.exc import SQLAlchemyError

from app.channels.base import RawRequest
from tests.drill.clock import WorldClock
from tests.drill.duty import DINGTALK, ON_CALL, WECOM
from tests.drill.image import Image, Killed
from tests.drill.town import Town
from tests.platforms.dingtalk.app import HANDLERS
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.wire import Call, RefusedError
from tests.platforms.dingtalk.wire import Endpoint as DingTalkEndpoint
from tests.platforms.wecom.faults import Endpoint as WeComEndpoint
from tests.platforms.wecom.faults import errcode
from tests.platforms.wecom.push import PATH as PUSH_PATH
from tests.platforms.wecom.web import Answer, Request

LATENCY = 0.08  # seconds of the world that a call takes


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: what the platform counts, locks and refuses."""

    platform: str
    room: str
    endpoint: str

    @property
    def pages(self) -> bool:
        return self.room == ON_CALL


class Trouble(Protocol):
    """Decides what becomes of a call."""

    def before(self, target: Target, text: str) -> httpx.Response | int | str | None:
        """A whole answer, a code with which the platform refuses, or nothing. May raise Killed."""

    def after(self, target: Target) -> bool:
        """Whether the answer gets through. The platform has taken the call. May raise Killed."""


class Wire(httpx.BaseTransport):
    """From the product to the platforms."""

    def __init__(self, clock: WorldClock) -> None:
        self.clock = clock
        self._numbers = itertools.count(1)
        self.town: Town
        self.trouble: Trouble
        self.image: Callable[[], Image]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        image = self.image()
        image.survives()
        target = self._target(request, body)
        self.clock.advance(LATENCY)
        fate = self.trouble.before(target, body.decode().replace("\\n", "\n"))
        if isinstance(fate, httpx.Response):
            return fate
        self.town.read_log()  # what was shown before this call
        answer = self._serve(target, request, body, fate)
        if fate is not None:
            return answer
        try:
            through = self.trouble.after(target)
        except Killed:
            self.town.read_log(answered=False)
            raise
        self.town.read_log(answered=through)
        if not through:
            raise httpx.ReadError("the answer was lost", request=request)
        return answer

    def _target(self, request: httpx.Request, body: bytes) -> Target:
        path, query = request.url.path, request.url.params
        if path == PUSH_PATH:
            return Target(WECOM, self.town.room_of_key(query.get("key", "")), WeComEndpoint.PUSH)
        if path.startswith("/cgi-bin/"):
            return Target(WECOM, "答复地址", WeComEndpoint.RESPONSE)
        endpoint = DingTalkEndpoint(path)
        if endpoint is DingTalkEndpoint.CUSTOM:
            return Target(DINGTALK, ON_CALL, endpoint)
        room = ""
        if endpoint is DingTalkEndpoint.SESSION:
            session = self.town.ding.world.sessions.get(query.get("session", ""))
            room = session.group.title if session and session.group else "私聊"
        elif endpoint is DingTalkEndpoint.GROUP_SEND:
            group = self.town.ding.world.groups.get(json.loads(body).get("openConversationId", ""))
            room = group.title if group else ""
        return Target(DINGTALK, "值班群里的答复" if room == ON_CALL else room, endpoint)

    def _serve(self, target: Target, request: httpx.Request, body: bytes, code: int | str | None) -> httpx.Response:
        if target.platform == WECOM:
            return self._serve_wecom(target, request, body, code)
        endpoint, world = DingTalkEndpoint(target.endpoint), self.town.ding.world
        call = Call(endpoint, request.url.path, dict(request.url.params), request.headers, body, "10.0.0.9")
        if code is not None:
            answer = Fault.of(code).render(endpoint, world.ids.request())
        else:
            try:
                answer = HANDLERS[endpoint](world, call)
            except RefusedError as refused:
                answer = refused.answer
        return _response(answer.status, answer.content_type, answer.body)

    def _serve_wecom(
        self, target: Target, request: httpx.Request, body: bytes, code: int | str | None
    ) -> httpx.Response:
        if code is not None:
            self.town.wecom.fail(WeComEndpoint(target.endpoint), errcode(int(code)))
        query, number = dict(request.url.params), next(self._numbers)
        call = Request(request.method, request.url.path, query, body, "10.0.0.9", self.clock.now(), number)
        answer = self.town.wecom.gateway.handle(call)
        assert isinstance(answer, Answer), "no cut was ordered"
        return _response(answer.status, answer.content_type, answer.body)


class Door(httpx.BaseTransport):
    """From the platforms to the product, as its public listener would have it."""

    def __init__(self) -> None:
        self.image: Callable[[], Image | None]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        image = self.image()
        if image is None:
            raise httpx.ConnectError("nobody listens", request=request)
        _, _, name, *secret = request.url.path.split("/")
        headers = {key.lower(): value for key, value in request.headers.items()}
        raw = RawRequest(request.method, headers, dict(request.url.params), request.read(), "".join(secret))
        try:
            answer = image.webhook(name, raw)
        except Killed:
            raise httpx.ReadError("the process died", request=request) from None
        except SQLAlchemyError:
            return _response(503, "text/plain", b"")
        return _response(answer.status, answer.media_type, answer.body)


def _response(status: int, kind: str, body: bytes) -> httpx.Response:
    """As it comes from a network: nobody has read it yet."""
    return httpx.Response(status, headers={"content-type": kind}, stream=httpx.ByteStream(body))
