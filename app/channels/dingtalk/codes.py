"""DingTalk's result codes and what each means: of the webhooks (numbers) and of the OpenAPI (names).

Pages custom-robots-send-group-messages, the-robot-sends-a-group-message, create-and-deliver-cards and their siblings.
"""

from datetime import timedelta

from app.channels.meaning import Kind, Meaning

_TEMPORARY, _LOCKED, _PERMANENT = Kind.TEMPORARY, Kind.LOCKED, Kind.PERMANENT
_GONE, _ROOM_GONE, _CREDENTIAL = Kind.GONE, Kind.ROOM_GONE, Kind.CREDENTIAL
LOCKED_OUT = timedelta(minutes=10)  # above 20 a minute a robot is limited for ten minutes
BANNED = timedelta(minutes=5)  # an IP that called 10 000 times in 20 s
_A_SECOND, _TWO_SECONDS, _A_MINUTE = timedelta(seconds=1), timedelta(seconds=2), timedelta(minutes=1)

_BUSY = "钉钉繁忙，会自动重试"
_PROGRAM = "这是程序的错，请把日志发给维护的人"
_SLOWLY = "钉钉限流，到时自动重试"
_LOCKED_LINE = "发得太快，钉钉停了这个机器人十分钟，到时自动重试"
_TOO_LONG = "内容太长：请把手册里的这段话改短"
_UNSAFE = "请把手册或 lines.yaml 里的这段话改掉"
_KEYS = "请管理员核对 app_key 和 app_secret"
_ROBOT = "请管理员核对 robot_code"
_STAFF = "请管理员核对名册里的 dingtalk 账号"

BANNED_IP = Meaning(_LOCKED, "调用太多，服务器的出口 IP 被钉钉封五分钟，到时自动重试", BANNED)
LIMITED = Meaning(_LOCKED, _SLOWLY, timedelta(seconds=30))  # a plain 429, from a gateway
UNLISTED = Meaning(_PERMANENT, "钉钉拒绝了这条消息：请管理员在钉钉开放平台查这个代码")
UNAUTHORISED = Meaning(_PERMANENT, "钉钉不认这个应用：请管理员核对 app_key、app_secret 和应用的授权")
TOKEN_REFUSED = Meaning(_TEMPORARY, f"钉钉不认刚发的 access_token，会自动重试；一直这样{_KEYS}", _A_MINUTE)

WEBHOOK: dict[int, Meaning] = {
    -1: Meaning(_TEMPORARY, _BUSY),
    15: Meaning(_TEMPORARY, "钉钉网关超时，会自动重试"),
    88: Meaning(_TEMPORARY, "钉钉网关出错，会自动重试"),
    40004: Meaning(_PERMANENT, f"媒体文件类型不对：{_PROGRAM}"),
    40006: Meaning(_PERMANENT, f"媒体文件太大：{_PROGRAM}"),
    40014: Meaning(_CREDENTIAL, f"access_token 无效：{_KEYS}"),
    40033: Meaning(_PERMANENT, f"内容里有钉钉不收的字符：{_PROGRAM}"),
    40035: Meaning(_PERMANENT, f"缺参数：{_PROGRAM}"),
    41001: Meaning(_CREDENTIAL, f"缺 access_token：{_KEYS}"),
    42001: Meaning(_CREDENTIAL, f"access_token 过期：{_KEYS}"),
    43004: Meaning(_PERMANENT, f"Content-Type 不对：{_PROGRAM}"),
    90002: Meaning(_TEMPORARY, "钉钉整体调用过快，会自动重试"),
    90018: Meaning(_LOCKED, "应用调用过快，会自动重试", _A_SECOND),
    90020: Meaning(_GONE, "本月 Webhook 额度用完：请管理员升级套餐、加包，或等下月"),
    101002: Meaning(_PERMANENT, _TOO_LONG),
    130101: Meaning(_LOCKED, _LOCKED_LINE, LOCKED_OUT),
    300001: Meaning(_GONE, "会话过期或机器人不存在：呼叫里出现就请管理员重新添加机器人"),
    310000: Meaning(_PERMANENT, "机器人的安全设置没通过：请管理员核对加签密钥、关键词、IP 白名单和服务器时间"),
    400013: Meaning(_ROOM_GONE, "群已解散：请管理员换一个群"),
    400101: Meaning(_PERMANENT, "机器人的 access_token 无效：请管理员重新复制"),
    400102: Meaning(_ROOM_GONE, "机器人被停用：请管理员启用"),
    400105: Meaning(_PERMANENT, f"消息类型不支持：{_PROGRAM}"),
    400106: Meaning(_ROOM_GONE, "机器人不在群里：请管理员重新添加"),
    410100: Meaning(_LOCKED, _LOCKED_LINE, LOCKED_OUT),
    430101: Meaning(_PERMANENT, f"内容里有不安全的链接：{_UNSAFE}"),
    430102: Meaning(_PERMANENT, f"内容里有不合适的文字：{_UNSAFE}"),
    430103: Meaning(_PERMANENT, f"内容里有不合适的图片：{_UNSAFE}"),
    430104: Meaning(_PERMANENT, f"内容不合适：{_UNSAFE}"),
    460101: Meaning(_PERMANENT, _TOO_LONG),
}

_DENIED = "Forbidden.AccessDenied."
_INVALID = "invalidParameter."
NOT_SHOWN = "deliverResults"
MISSING = "miss.param."  # followed by the name of the parameter
OPENAPI: dict[str, Meaning] = {
    # Every call
    "InvalidAuthentication": Meaning(_CREDENTIAL, "access_token 无效或过期，会自动换一个再试"),
    f"{_INVALID}token.invalid": Meaning(_CREDENTIAL, "access_token 无效或过期，会自动换一个再试"),
    "unauthorized.client": Meaning(_CREDENTIAL, "钉钉不认这个应用，会自动换一个 access_token 再试"),
    "unauthorized": Meaning(_CREDENTIAL, "钉钉不认这个应用，会自动换一个 access_token 再试"),
    "auth.error": Meaning(_CREDENTIAL, "钉钉不认这个应用，会自动换一个 access_token 再试"),
    "invalidClientIdOrSecret": Meaning(_PERMANENT, f"app_key 或 app_secret 不对：{_KEYS}"),
    f"{_DENIED}AccessTokenPermissionDenied": Meaning(_PERMANENT, "应用缺权限：请管理员在开发者后台开通"),
    f"{_DENIED}IpNotInWhiteList": Meaning(_PERMANENT, "服务器的出口 IP 不在白名单里：请管理员在开发者后台加上"),
    f"{_DENIED}QpsLimitForAppkeyAndApi": Meaning(_LOCKED, _SLOWLY, _TWO_SECONDS),
    f"{_DENIED}QpsLimitForApi": Meaning(_LOCKED, _SLOWLY, _TWO_SECONDS),
    f"{_DENIED}QpmLimitForAppkeyAndApi": Meaning(_LOCKED, _SLOWLY, _A_MINUTE),
    f"{_DENIED}ApiCountLimitForOrg": Meaning(_PERMANENT, "本月接口额度用完：请管理员升级套餐、加包，或等下月"),
    "system.error": Meaning(_TEMPORARY, _BUSY),
    "system.busy": Meaning(_TEMPORARY, _BUSY),
    "unknownError": Meaning(_TEMPORARY, _BUSY),
    # Robots
    f"{_INVALID}robotCode.empty": Meaning(_PERMANENT, f"缺 robot_code：{_ROBOT}"),
    f"{_INVALID}robotCode.auth": Meaning(_PERMANENT, f"应用无权用这个机器人：{_ROBOT}"),
    f"{_INVALID}robotCode.missing": Meaning(_PERMANENT, f"缺 robot_code：{_ROBOT}"),
    f"{_INVALID}robotCode.invalid": Meaning(_PERMANENT, f"robot_code 无效：{_ROBOT}"),
    f"{_INVALID}robotCode.notExsit": Meaning(_PERMANENT, f"没有这个机器人：{_ROBOT}"),
    f"{_INVALID}robotCode.coolApp": Meaning(_PERMANENT, f"这是酷应用的机器人，不能这样用：{_ROBOT}"),
    f"{_INVALID}robotCode.downloadCode": Meaning(_PERMANENT, "图片的下载码过期：请对方再发一次"),
    f"{_INVALID}userIds.empty": Meaning(_PERMANENT, f"没有收的人：{_STAFF}"),
    f"{_INVALID}userIds.overMax": Meaning(_PERMANENT, f"一次收的人太多：{_PROGRAM}"),
    f"{_INVALID}msgKey.empty": Meaning(_PERMANENT, f"缺消息类型：{_PROGRAM}"),
    f"{_INVALID}msgKey.invalid": Meaning(_PERMANENT, f"消息类型不对：{_PROGRAM}"),
    f"{_INVALID}msgParam.invalid": Meaning(_PERMANENT, f"消息内容的格式不对：{_PROGRAM}"),
    f"{_INVALID}msgParam.tooLong": Meaning(_PERMANENT, _TOO_LONG),
    f"{_INVALID}msg.unsupport": Meaning(_PERMANENT, f"消息类型不支持：{_PROGRAM}"),
    f"{_INVALID}param.invalid": Meaning(_PERMANENT, f"参数不对：{_PROGRAM}"),
    "miss.openConversationId": Meaning(_PERMANENT, f"缺群 id：{_PROGRAM}"),
    "invalid.openConversationId": Meaning(_ROOM_GONE, "群 id 无效，或机器人不在群里：请管理员重新添加"),
    "group.disbanded": Meaning(_ROOM_GONE, "群已解散：请管理员换一个群"),
    "bot.stopped": Meaning(_PERMANENT, "机器人被停用：请管理员在开发者后台启用"),
    "bot.forbidden.sendMessage": Meaning(_ROOM_GONE, "机器人不在群里，或不许发言：请管理员重新添加"),
    "send.too.fast": Meaning(_LOCKED, _SLOWLY, _A_MINUTE),
    "send.byToken.tooFast": Meaning(_LOCKED, _SLOWLY, _A_MINUTE),
    "too.many.group": Meaning(_PERMANENT, f"一次发的群太多：{_PROGRAM}"),
    "too.many.people": Meaning(_PERMANENT, f"一次收的人太多：{_PROGRAM}"),
    "send.forbidden": Meaning(_ROOM_GONE, "这个群不许机器人发言：请管理员在群设置里放开"),
    "contain.unsafe.url": Meaning(_PERMANENT, f"内容里有不安全的链接：{_UNSAFE}"),
    "contain.notAllowed.text": Meaning(_PERMANENT, f"内容里有不合适的文字：{_UNSAFE}"),
    "contain.notAllowed.picture": Meaning(_PERMANENT, f"内容里有不合适的图片：{_UNSAFE}"),
    "contain.notAllowed.content": Meaning(_PERMANENT, f"内容不合适：{_UNSAFE}"),
    "session.notExisted": Meaning(_GONE, "会话不存在：改走别的路"),
    "session.expired": Meaning(_GONE, "会话过期：改走别的路"),
    "staffId.notExisted": Meaning(_PERMANENT, f"没有这个人：{_STAFF}"),
    "chatbotId.notAllow.sendOTO": Meaning(_PERMANENT, "机器人不许发单聊：请管理员在开发者后台开通"),
    "robot.oto.notExist": Meaning(_PERMANENT, "机器人没有单聊：请管理员在开发者后台开通"),
    "conversation.org.notMatch": Meaning(_ROOM_GONE, "群不属于本企业：请管理员换成内部群"),
    "resource.not.found": Meaning(_PERMANENT, f"资源不存在：{_PROGRAM}"),
    "resource.unavailable": Meaning(_PERMANENT, f"资源用不了：{_PROGRAM}"),
    "only.groupAdmin.canAtAll": Meaning(_PERMANENT, f"只有群主能 @所有人：{_PROGRAM}"),
    # The lists in an answer that is otherwise a success (chatbots-send-one-on-one-chat-messages-in-batches)
    "invalidStaffId": Meaning(_PERMANENT, f"钉钉不认识这个人：{_STAFF}"),
    "flowControlled": Meaning(_LOCKED, "钉钉对这个人限流，到时自动重试", _A_MINUTE),
    "filteredStaffId": Meaning(_PERMANENT, "钉钉没有把消息给这个人：请管理员检查机器人的可见范围"),
    # DING (robot-sends-nail-message)
    "ding.serverquota.insufficient": Meaning(_PERMANENT, "DING 的额度用完：请管理员加包"),
    "ding.receivercount.limit": Meaning(_PERMANENT, f"DING 的人太多：{_PROGRAM}"),
    "toomuch.msg": Meaning(_LOCKED, _SLOWLY, _A_MINUTE),
    "invalid.chatbotId": Meaning(_PERMANENT, f"机器人 id 不对：{_ROBOT}"),
    "miss.staffId": Meaning(_PERMANENT, f"缺收的人：{_STAFF}"),
    "send.ding.exception": Meaning(_PERMANENT, "DING 没发出去：请管理员检查权限"),
    # Cards (create-and-deliver-cards)
    "param.templateUnpublished": Meaning(_PERMANENT, "卡片模板没有发布：请管理员在卡片平台发布"),
    "param.templateNotExist": Meaning(_PERMANENT, "没有这个卡片模板：请管理员核对模板 id"),
    "param.cardNotExist": Meaning(_PERMANENT, f"没有这张卡片：{_PROGRAM}"),
    "param.cardAlreadyExist": Meaning(Kind.UNKNOWN, "这张卡片以前发过，不知道有没有显示；呼叫会自动叫下一步"),
    "param.openSpaceIdInvalid": Meaning(_ROOM_GONE, "卡片的场域无效，机器人可能不在群里：请管理员重新添加"),
    "param.openSpaceModelInvalid": Meaning(_PERMANENT, f"卡片的参数不对：{_PROGRAM}"),
    "param.openDeliverModelEmpty": Meaning(_PERMANENT, f"卡片的参数不对：{_PROGRAM}"),
    "param.cardPublicDataEmpty": Meaning(_PERMANENT, f"卡片没有内容：{_PROGRAM}"),
    "param.userIdNotExist": Meaning(_PERMANENT, f"没有这个人：{_STAFF}"),
    "param.contentUnsafe": Meaning(_PERMANENT, f"内容不合适：{_UNSAFE}"),
    "param.outTrackIdEmpty": Meaning(_PERMANENT, f"卡片缺 id：{_PROGRAM}"),
    "param.cardDataAndPrivateDataBothEmpty": Meaning(_PERMANENT, f"卡片没有内容：{_PROGRAM}"),
    "param.stream.content": Meaning(_PERMANENT, _TOO_LONG),
    # The list in an answer that is otherwise a success
    NOT_SHOWN: Meaning(_ROOM_GONE, "卡片建好了，没有发到群里：请管理员核对群 id，并看机器人在不在群里"),
}
DING_FAILED = Meaning(_PERMANENT, f"DING 没有发到这个人：{_STAFF}和他的手机号")
MISSING_PARAMETER = Meaning(_PERMANENT, f"缺参数：{_PROGRAM}")
