"""Routes a request to its endpoint, plays ordered faults, and keeps the log of calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from tests.platforms.wecom import corp_app, media, push, response_url
from tests.platforms.wecom.errors import RefusalError, refused
from tests.platforms.wecom.faults import Endpoint, Fault, FaultBook, FaultKind
from tests.platforms.wecom.recorder import ApiCall, Recorder
from tests.platforms.wecom.web import Answer, Cut, Request, not_found

Handler = Callable[[Request], Answer]


class Gateway:
    """The platform's front door; every handler runs under the recorder's lock."""

    def __init__(self, recorder: Recorder, faults: FaultBook, handlers: dict[Endpoint, Handler]) -> None:
        self._recorder = recorder
        self._faults = faults
        self._handlers = handlers

    def handle(self, request: Request) -> Answer | Cut:
        endpoint = _endpoint(request)
        if endpoint is None:
            return not_found(request)
        with self._recorder.lock:
            fault = self._faults.take(endpoint)
            answer, carried_out = self._answer(endpoint, request, fault)
            self._log(endpoint, request, carried_out or answer, fault)
        return answer

    def _answer(self, endpoint: Endpoint, request: Request, fault: Fault | None) -> tuple[Answer | Cut, Answer | None]:
        """What the caller gets, and what a lost answer would have been."""
        if fault is None:
            return self._serve(endpoint, request), None
        match fault.kind:
            case FaultKind.STATUS:
                return Answer(fault.number, b"<html>gateway error</html>", "text/html"), None
            case FaultKind.ERRCODE:
                return refused(request, fault.number), None
            case FaultKind.HANG:
                return Cut(fault.seconds), None
            case FaultKind.LOST:
                return Cut(), self._serve(endpoint, request)
            case FaultKind.SLOW:
                return replace(self._serve(endpoint, request), late_seconds=fault.seconds), None

    def _serve(self, endpoint: Endpoint, request: Request) -> Answer:
        try:
            return self._handlers[endpoint](request)
        except RefusalError as refusal:
            return refused(request, refusal.code, refusal.why, **refusal.more)

    def _log(self, endpoint: Endpoint, request: Request, answer: Answer | Cut, fault: Fault | None) -> None:
        status, errcode, errmsg = None, None, ""
        if isinstance(answer, Answer):
            status = answer.status
            if answer.content_type.startswith("application/json"):
                body = json.loads(answer.body)
                errcode, errmsg = body["errcode"], body["errmsg"]
        kind = str(fault.kind) if fault else None
        size = len(request.body)
        self._recorder.calls.append(ApiCall(endpoint, request.at, size, status, errcode, errmsg, kind))


def _endpoint(request: Request) -> Endpoint | None:
    if request.method == "GET" and request.path.startswith(media.PREFIX):
        return Endpoint.MEDIA
    routes = {
        ("POST", push.PATH): Endpoint.PUSH,
        ("GET", corp_app.TOKEN_PATH): Endpoint.TOKEN,
        ("POST", corp_app.SEND_PATH): Endpoint.SEND,
        ("POST", corp_app.UPDATE_PATH): Endpoint.UPDATE_CARD,
        ("POST", response_url.PATH): Endpoint.RESPONSE,
    }
    return routes.get((request.method, request.path))
