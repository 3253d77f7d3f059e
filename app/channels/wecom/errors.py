"""WeCom's result codes (pages 90313, 91770, 101138, 101463): what each means, and who has to do what."""

from dataclasses import replace
from datetime import timedelta

from app.channels.meaning import Kind, Meaning, Refused, number, unreadable

RATE_LIMITED = 45009
BLOCKED = timedelta(seconds=61)  # the block of a minute; those of an hour and of a day carry the same code
BLOCKED_STILL = timedelta(minutes=10)
_PATIENT = 5  # blocks of a minute that are believed in: a page must not wait ten for one that is over

_TEMPORARY, _PERMANENT, _GONE, _CREDENTIAL = Kind.TEMPORARY, Kind.PERMANENT, Kind.GONE, Kind.CREDENTIAL
_PROGRAM = "这是程序的错，请把日志发给维护的人"
_NO_NEED = "这个调用不该要 access_token：请管理员核对设置里的 api 地址"

CODES: dict[int, Meaning] = {
    # Everywhere (90313)
    -1: Meaning(_TEMPORARY, "企业微信繁忙，会自动重试"),
    40001: Meaning(_PERMANENT, "密钥不对：请管理员核对 secret"),
    40003: Meaning(_PERMANENT, "成员账号不对：请管理员核对名册里的 wecom 账号"),
    40004: Meaning(_PERMANENT, f"媒体文件类型不对：{_PROGRAM}"),
    40007: Meaning(_PERMANENT, f"媒体文件 id 无效：{_PROGRAM}"),
    40008: Meaning(_PERMANENT, f"消息类型不对：{_PROGRAM}"),
    40013: Meaning(_PERMANENT, "企业 id 不对：请管理员核对 corpid"),
    40014: Meaning(_CREDENTIAL, f"access_token 无效。{_NO_NEED}"),
    40056: Meaning(_PERMANENT, "应用 id 不对：请管理员核对 agentid"),
    40058: Meaning(_PERMANENT, "内容不合规，常见是太长：请把 lines.yaml 或手册里的这段话改短"),
    40091: Meaning(_PERMANENT, "密钥不对：请管理员核对 secret"),
    41001: Meaning(_CREDENTIAL, f"缺 access_token。{_NO_NEED}"),
    42001: Meaning(_CREDENTIAL, f"access_token 过期。{_NO_NEED}"),
    44004: Meaning(_PERMANENT, "内容是空的：请看 lines.yaml 里这句话是不是改空了"),
    45002: Meaning(_PERMANENT, "内容太长：请把 lines.yaml 或手册里的这段话改短"),
    RATE_LIMITED: Meaning(Kind.LOCKED, "企业微信限流，到时自动重试；常这样就给这个群少发些", BLOCKED),
    45033: Meaning(_TEMPORARY, "并发太多，会自动重试"),
    46004: Meaning(_PERMANENT, "没有这个成员：请管理员核对名册里的手机号和账号"),
    48002: Meaning(_PERMANENT, "接口没有授权：请管理员在后台开通"),
    50003: Meaning(_PERMANENT, "应用被停用：请管理员在后台启用"),
    60011: Meaning(_PERMANENT, "没有权限：请管理员检查应用的可见范围"),
    60020: Meaning(_PERMANENT, "服务器的出口 IP 不在企业可信 IP 里：请管理员加上"),
    60111: Meaning(_PERMANENT, "没有这个账号：请管理员核对名册里的 wecom 账号"),
    81013: Meaning(_PERMANENT, "收的人全都无效：请管理员核对名册和应用的可见范围"),
    82001: Meaning(_PERMANENT, "收的人全都无效：请管理员核对名册和应用的可见范围"),
    301002: Meaning(_PERMANENT, "没有这个应用的权限：请管理员检查授权"),
    830002: Meaning(_PERMANENT, "文件太大，取不下来：请对方发小一点的"),
    # Group push webhook (91770)
    93000: Meaning(_GONE, "推送地址无效，或推送被移出群：请管理员在群里重新添加，把新的 key 填进设置"),
    93004: Meaning(_GONE, "推送被停用：请管理员在群里启用"),
    93006: Meaning(_GONE, "群 id 无效：请管理员核对 rooms 里的 id，区分大小写"),
    93008: Meaning(_GONE, "推送不在群里：请管理员重新添加，把新的 key 填进设置"),
    # AI bot (101463)
    93019: Meaning(_PERMANENT, "机器人 id 不对：请管理员核对 bot_id"),
    600039: Meaning(_GONE, "这条消息不能再这样回：改走别的路"),
    846601: Meaning(_TEMPORARY, "企业微信暂时出错，会自动重试"),
    846602: Meaning(_TEMPORARY, "企业微信暂时出错，会自动重试"),
    846605: Meaning(_GONE, "这条消息已经回不了：改走别的路"),
    846608: Meaning(_GONE, "这条消息的更新时间已过：改走别的路"),
    846609: Meaning(_TEMPORARY, "长连接还没订阅好，会自动重试"),
    853000: Meaning(_PERMANENT, "机器人的密钥不对：请管理员核对 secret"),
}
GROUP_CHATS = range(86001, 86221)
_GROUP_CHAT = Meaning(_GONE, "群聊无效，或机器人不在里面：请管理员核对这个群")
TOKEN_REFUSED = Meaning(
    _TEMPORARY,
    "企业微信不认刚发的 access_token，会自动重试；一直这样请管理员核对 corp_id 和 secret",
    timedelta(minutes=1),
)
# The lists in an answer that is otherwise a success (90236)
NOT_REACHED = {
    "invaliduser": Meaning(_PERMANENT, "企业微信没有发给他：请管理员核对名册里的 wecom 账号和应用的可见范围"),
    "unlicenseduser": Meaning(_PERMANENT, "他没有接口许可，应用发不到：请管理员在后台给他分配"),
}
_UNLISTED = Meaning(_PERMANENT, "企业微信拒绝了这条消息：请管理员在企业微信的错误码页查这个代码")


def meaning_of(code: int, attempt: int = 1) -> Meaning:
    """What a code asks for. A rate limit that outlasts its minute is one of an hour or a day: ask less often."""
    if code in GROUP_CHATS:
        return _GROUP_CHAT
    meaning = CODES.get(code, _UNLISTED)
    if code == RATE_LIMITED and attempt > _PATIENT:
        return replace(meaning, wait=BLOCKED_STILL)
    return meaning


def check(answer: object, attempt: int = 1) -> None:
    """Raises SendFailed unless the answer says errcode 0. HTTP status is 200 even on failure."""
    code = number(answer, "errcode")
    if code == 0:
        return
    if code is None:
        raise unreadable(answer)
    raise Refused(str(code), meaning_of(code, attempt))
