"""Reads DingTalk's answers: is it a success, and if not, what does the code of `codes.py` ask for."""

import re
from typing import Any

from app.channels.base import SendFailed
from app.channels.dingtalk import codes
from app.channels.meaning import Kind, Meaning, Refused, number, unreadable
from app.channels.payload import mapping
from app.core.delivery import Failure

_CODE = re.compile(r"[A-Za-z0-9._-]{1,80}")  # whatever else a gateway may write there goes into no log
_MOST_SCOPES = 5


def check_webhook(answer: Any) -> None:
    """Raises SendFailed unless errcode is 0; the status is 200 even on failure, and the code may be text."""
    _check_ban(answer)
    code = number(answer, "errcode")
    if code == 0:
        return
    if code is None:
        raise unreadable(answer)
    raise Refused(str(code), codes.WEBHOOK.get(code, codes.UNLISTED))


def check_openapi(answer: Any) -> dict[str, Any]:
    """The answer, unless it is an error body {"code", "message", "requestid"}. Raises SendFailed."""
    _check_ban(answer)
    if not isinstance(answer, dict):
        raise unreadable(answer)
    status = number(answer, "status") or 200
    code = code_of(answer.get("code", ""))
    if not code and status < 400:
        return answer
    raise _refusal(code, status, answer)


def _refusal(code: str, status: int, answer: dict[str, Any]) -> SendFailed:
    known = codes.OPENAPI.get(code) or (codes.MISSING_PARAMETER if code.startswith(codes.MISSING) else None)
    if known:
        return Refused(code, known, _scopes(answer))
    if status == 401:
        return Refused(code or "401", codes.OPENAPI["unauthorized.client"])
    if status == 429:
        return Refused(code or "429", codes.LIMITED)
    if status == 504:  # the gateway waited three seconds for what lies behind it, which goes on
        return SendFailed(Failure.UNKNOWN, code or "504", "钉钉内部超时，不知道有没有发出去")
    if status >= 500:
        return Refused(code or str(status), Meaning(Kind.TEMPORARY, "钉钉暂时出错，会自动重试"))
    return Refused(code or str(status), codes.UNLISTED)


def _check_ban(answer: Any) -> None:
    """An IP that called too often gets this body instead of any answer."""
    if isinstance(answer, dict) and (answer.get("punish") or number(answer, "status") == 1111):
        raise Refused("1111", codes.BANNED_IP)


def code_of(value: Any) -> str:
    """A code as it may stand in a log."""
    text = str(value) if isinstance(value, str | int) else "unlisted"
    return text if not text or _CODE.fullmatch(text) else "unlisted"


def _scopes(answer: dict[str, Any]) -> str:
    """The permissions that the platform says are missing: the administrator has to know which."""
    scopes = mapping(answer.get("accessdenieddetail")).get("requiredScopes")
    named = [one for one in scopes if isinstance(one, str) and _CODE.fullmatch(one)] if isinstance(scopes, list) else []
    return "缺 " + "、".join(named[:_MOST_SCOPES]) if named else ""
