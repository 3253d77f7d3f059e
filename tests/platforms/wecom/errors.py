"""Answers in the vendor's manner: HTTP 200, an errcode, and an errmsg that ends in a hint."""

from __future__ import annotations

import json
from typing import Any

from tests.platforms.wecom.web import Answer, Request

# Every code of the protocol page. [A] the wording of most: the page gives their meaning only.
TEXTS = {
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40091: "invalid secret",
    41001: "access_token missing",
    42001: "access_token expired",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    46004: "user not exist",
    48002: "api forbidden",
    50003: "app disabled",
    60011: "no privilege to access",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    81013: "user & party & tag all invalid",
    82001: "all receivers invalid",
    86001: "invalid chatid",
    86003: "chat not exist",
    86220: "chat error",
    301002: "no privilege of this agent",
    600039: "reply path rejected",
    830002: "file too large, use Range",
    846601: "internal error",
    846602: "internal error",
    846605: "invalid req_id",
    846608: "stream message update expired",
    846609: "aibot websocket not subscribed",
    853000: "invalid bot secret",
    93000: "invalid webhook url",
    93004: "robot is disabled",
    93006: "invalid chatid",
    93008: "not in group",
    93019: "invalid bot_id",
}


def json_answer(body: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(body, ensure_ascii=False).encode())


def ok(**more: Any) -> Answer:
    return json_answer({"errcode": 0, "errmsg": "ok", **more})


def refused(request: Request, code: int, why: str = "", **more: Any) -> Answer:
    """A non-zero errcode; `why` goes before the vendor's standing text."""
    text = TEXTS.get(code, "system error")
    message = f"{why}. {text}" if why else text
    hint = f"[{int(request.at)}{request.number:015d}]"
    link = f"https://open.work.weixin.qq.com/devtool/query?e={code}"
    errmsg = f"{message}, hint: {hint}, from ip: {request.client_ip}, more info at {link}"
    return json_answer({"errcode": code, "errmsg": errmsg, **more})


class RefusalError(Exception):
    """Raised by a handler to answer with an errcode."""

    def __init__(self, code: int, why: str = "", **more: Any) -> None:
        super().__init__(f"{code} {why}")
        self.code = code
        self.why = why
        self.more = more


def json_object(request: Request, bad_json: int) -> dict[str, Any]:
    """The request body as a JSON object, or a refusal."""
    try:
        body = json.loads(request.body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise RefusalError(bad_json, "data format error") from error
    if not isinstance(body, dict):
        raise RefusalError(bad_json, "data format error")
    return body


def part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under `name`, or the vendor's "empty content" when there is none."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise RefusalError(44004, f"missing {name}")
    return value


def filled(value: Any, name: str, limit: int, too_long: int = 40058) -> str:
    """A non-empty string of at most `limit` UTF-8 bytes, or a refusal."""
    if not isinstance(value, str) or not value.strip():
        raise RefusalError(44004, f"{name} empty")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise RefusalError(40058, f"{name} holds half a surrogate pair") from error
    if size > limit:
        raise RefusalError(too_long, f"{name} exceed max length {limit}")
    return value
