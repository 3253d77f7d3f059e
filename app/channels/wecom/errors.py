"""WeCom's result codes (page 90313): will it help to try again, and what must a person do."""

from datetime import timedelta

from app.channels.base import SendFailed
from app.core.delivery import Failure

_TEMPORARY = {
    -1: "企业微信繁忙",
    45033: "并发过多",
}
_PERMANENT = {
    40008: "消息类型不对",
    40058: "参数不对，常见是内容超长",
    44004: "内容是空的",
    93000: "推送地址无效，或机器人已被移出群：请在群里重新添加并更新 key",
    93004: "机器人被停用：请管理员启用",
    93006: "群 id 无效",
    93008: "机器人不在群里：请重新添加",
}
_RATE = 45009  # 20 a minute for a push webhook; the minute block lasts 60 s


def check(answer: object, meaning: str = "") -> None:
    """Raises SendFailed unless the answer says errcode 0. HTTP status is 200 even on failure."""
    code = answer.get("errcode") if isinstance(answer, dict) else None
    if code == 0:
        return
    if code is None:  # a gateway's answer, not WeCom's
        raise SendFailed(Failure.TEMPORARY, "no-errcode", "企业微信的答复里没有 errcode")
    if code == _RATE:
        raise SendFailed(Failure.TEMPORARY, str(code), "企业微信限流，一分钟后自动重试", timedelta(seconds=61))
    if code in _TEMPORARY:
        raise SendFailed(Failure.TEMPORARY, str(code), _TEMPORARY[code])
    raise SendFailed(Failure.PERMANENT, str(code), meaning or _PERMANENT.get(code, "企业微信拒绝了这条消息"))
