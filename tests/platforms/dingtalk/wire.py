"""What crosses the wire: endpoints, a received call, an answer, a refusal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Endpoint(StrEnum):
    """The modelled paths; faults and call lists are keyed by them."""

    TOKEN = "/v1.0/oauth2/accessToken"
    GROUP_SEND = "/v1.0/robot/groupMessages/send"
    OTO_SEND = "/v1.0/robot/oToMessages/batchSend"
    DOWNLOAD = "/v1.0/robot/messageFiles/download"
    DING = "/v1.0/robot/ding/send"
    CARD_CREATE = "/v1.0/card/instances/createAndDeliver"
    CARD_UPDATE = "/v1.0/card/instances"
    CARD_REGISTER = "/v1.0/card/callbacks/register"
    FILE = "/files/{name}"
    SESSION = "/robot/sendBySession"
    CUSTOM = "/robot/send"

    @property
    def method(self) -> str:
        return {Endpoint.FILE: "GET", Endpoint.CARD_UPDATE: "PUT"}.get(self, "POST")

    @property
    def legacy(self) -> bool:
        """Legacy endpoints answer HTTP 200 with `errcode`; the others use status and `code`."""
        return self in (Endpoint.SESSION, Endpoint.CUSTOM)


@dataclass(frozen=True)
class Call:
    """One HTTP request as received."""

    endpoint: Endpoint
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    client_ip: str

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None when it is anything else."""
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return parsed if isinstance(parsed, dict) else None


@dataclass(frozen=True)
class Answer:
    """One HTTP response; a streamed one carries no Content-Length."""

    status: int
    body: bytes
    content_type: str = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    streamed: bool = False
    code: str = "0"


class RefusedError(Exception):
    """Raised by a handler to end a call with a ready-made answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


def answer_json(payload: Mapping[str, Any], status: int = 200, code: str = "0") -> Answer:
    return Answer(status, json.dumps(payload, ensure_ascii=False).encode(), code=code)


def errcode(code: int, message: str) -> Answer:
    """A legacy result: always HTTP 200."""
    return answer_json({"errcode": code, "errmsg": message}, code=str(code))


def api_error(request_id: str, status: int, code: str, message: str, **extra: Any) -> Answer:
    """An OpenAPI error body."""
    payload = {"code": code, "requestid": request_id, "message": message, **extra}
    return answer_json(payload, status, code)
