"""DingTalk's result codes: of the webhooks (custom-robots-send-group-messages) and of the OpenAPI (error table)."""

from datetime import timedelta
from typing import Any

from app.channels.base import SendFailed
from app.core.delivery import Failure

LOCKED_OUT = timedelta(minutes=10)  # above 20 a minute the robot is limited for ten minutes
_WEBHOOK = {
    300001: "会话或机器人不存在、已过期",
    310000: "机器人安全设置没通过：检查加签密钥、关键词、IP 和服务器时间",
    400013: "群已解散",
    400101: "机器人的 access_token 无效",
    400102: "机器人已停用：请管理员启用",
    400105: "消息类型不支持",
    400106: "机器人不在群里：请重新添加",
    430101: "内容含不安全链接",
    430102: "内容含不合适的文字",
    430103: "内容含不合适的图片",
    430104: "内容不合适",
    460101: "消息超过 20000 字节",
    90020: "本月调用额度已用完",
}
_LIMITED = (410100, 130101)
_BUSY = {-1: "钉钉繁忙", 90018: "应用调用过快", 90002: "平台调用过快", 88: "网关超时", 15: "网关超时"}


def check_webhook(answer: Any) -> None:
    """Raises SendFailed unless errcode is 0; the status is 200 even on failure, and the code may be text."""
    if not isinstance(answer, dict):
        raise SendFailed(Failure.TEMPORARY, "no-json", "钉钉的答复读不懂")
    try:
        code = int(answer.get("errcode", "x"))
    except (TypeError, ValueError):
        raise SendFailed(Failure.TEMPORARY, "no-errcode", "钉钉的答复里没有 errcode") from None
    if code == 0:
        return
    if code in _LIMITED:
        raise SendFailed(Failure.TEMPORARY, str(code), "钉钉限流，十分钟后自动重试", LOCKED_OUT)
    if code in _BUSY:
        raise SendFailed(Failure.TEMPORARY, str(code), _BUSY[code])
    raise SendFailed(Failure.PERMANENT, str(code), _WEBHOOK.get(code, "钉钉拒绝了这条消息"))


class TokenRefused(Exception):
    """The access token is no longer good: fetch a new one and try once more."""


def check_openapi(answer: Any) -> dict[str, Any]:
    """The answer, unless it is an error body {"code", "message", "requestid"}. Raises SendFailed, TokenRefused."""
    if not isinstance(answer, dict):
        raise SendFailed(Failure.TEMPORARY, "no-json", "钉钉的答复读不懂")
    code = str(answer.get("code", ""))
    status = int(answer.get("status", 200)) if str(answer.get("status", 200)).isdigit() else 200
    if not code and status < 400:
        return answer
    if code in ("InvalidAuthentication", "invalidParameter.token.invalid") or status == 401:
        raise TokenRefused(code)
    if "QpsLimit" in code or "QpmLimit" in code or code in ("send.too.fast", "send.byToken.tooFast"):
        raise SendFailed(Failure.TEMPORARY, code, "钉钉限流，稍后自动重试", timedelta(seconds=2))
    if status == 1111 or answer.get("punish"):
        raise SendFailed(Failure.TEMPORARY, "1111", "出口 IP 被暂时封禁五分钟", timedelta(minutes=5))
    if status >= 500 or code.startswith("system.") or code == "unknownError":
        raise SendFailed(Failure.TEMPORARY, code or str(status), "钉钉暂时出错，稍后自动重试")
    if "ApiCountLimitForOrg" in code:
        raise SendFailed(Failure.PERMANENT, code, "本月接口额度已用完")
    if "AccessTokenPermissionDenied" in code:
        raise SendFailed(Failure.PERMANENT, code, "应用缺少权限，请在开发者后台开通机器人发消息权限")
    raise SendFailed(Failure.PERMANENT, code or str(status), "钉钉拒绝了这次调用")
