"""What stands between the word that announces a secret and the secret, as patterns; bounded or possessive all."""

import re

_I = re.ASCII | re.IGNORECASE

_SIGN = r"[\s:：=~>→\"'“”‘’「」『』（(【】\[\]《》<`|*·•/_]|-{1,3}"
_WORD = (
    r"应该|應該|好像|大概|可能|记得|記得|一直|不是|输入|輸入|设置|設置|设定|設定|更新|恢复|还原|重置|重设|重設|如下|下面|等于"
    r"|试过|试了|收到|拿到|公司统一|统一|默认|初始|现在|以前|之前|目前|今天|昨天|名字|拼音|姓名|生日|号码|全拼"
    r"|[是为為係就我的了用填输輸设設换換改成到回变變叫给給您你还還也都这那從从新旧老原即刚打写寫]"
    r"|(?:is|was|to|now|set|code)(?=[\s:\"'“])"
)
# “是我老婆生日 0512”: people name the number first.
_OF_MINE = (
    r"[是为用](?:(?![不要通收发用])[\u4e00-\u9fff]){0,8}?"
    r"(?:手机号?码?|电话号?码?|工号|学号|身份证号?|[前后][四六八]位|车牌号?|门牌号?|生日|日子){1,3}(?:倒过来|反过来|加)?"
)
_ASIDE = r"[（(][\u4e00-\u9fffa-z ]{1,16}[）)](?=\s?[:：=是为])"
_THEN = r"[，,]\s?(?=(?:改成|改为|改為|换成|換成|设成|就?是|新的|现在|變成|变成))"
PASSWORD = re.compile(rf"(?:[，,]\s?(?=[!-~]))?+(?:{_ASIDE}|{_OF_MINE}|{_WORD}|{_SIGN}|{_THEN}){{0,24}}+", _I)
CODE = re.compile(
    r"(?:[4-8四六八]\s?位(?:数字?)?|[是为為就我的了输輸填给給您你也都这那]|给你|收到|输入|发你|如下|上[显顯]示"
    r"|is(?=[\s:])|was(?=\s)|[\s:：=~>→\"'“”‘’「」『』（(【】\[\]\-]){0,16}+",
    _I,
)
# Anything, for where the secret is beyond doubt, or “是” stands right before it and it is not of something else.
FREE = re.compile(r" ?(?:[a-z'()]{1,12} ){1,8}+|[\u4e00-\u9fff，, ]{1,20}+", _I)
SAYS_SO = re.compile(r"(?:[是为為成到叫] ?|(?:\b(?:is|was|to)|[:=])\s?)$", _I)
SOMETHING_ELSE = re.compile(
    r"[工账帐单型编尾單]号|[單型]號|号码|分机|邮箱|版本|端口|代码|错误|报错|提示|地址|用户|文件|手机号"
    r"|(?:电脑|系统|软件|客户端|服务器|设备|打印机|机器|浏览器)[是为]|error|code|user|version|port|case|ticket|link",
    _I,
)
EXPLICIT = re.compile(r"[:：=是为為成叫係到]|\b(?:is|was|to)\b", _I)
IS = re.compile(r"[:：=是]|\b(?:is|was)\b", _I)

# Between one secret and the next: “abc123也不行，ABC123也不行”.
NEXT = re.compile(
    r"(?:[\s，,、;；/|（(）)和或及也又都不行对是改換换成到加还有再试試了过過新旧的现在后来失效没用]|->|=>|→|>){1,14}+",
    _I,
)
NEXT_ENGLISH = re.compile(
    r"\s?(?:->|=>|→|(?:to|or|then|and\sthen)(?=\s)"
    r"|[?.!,]?\s?(?:and\s)?(?:the|my)\s(?:old|new|previous|other|current)\s(?:(?:one|password|pwd)\s)?(?:is|was)(?=\s))\s?",
    _I,
)

# The secret before its word: “301277 这是验证码”, “Abc@1234 是我的密码”.
CODE_BEFORE = re.compile(
    r"(?:(?<![\w.\-])|(?<=[A-Z]-))(?!106[0-9])([0-9]{4,8})"
    r"(?:\s?[，,]?\s?(?:这个|这|就)?[是为]|\s?[（(](?:[\u4e00-\u9fff]{1,4})?|\s(?:is|was|as)\s)\s?"
    r"(?:(?:your|the|my|a|an)\s|我的|您的|你的|他的|刚收到的)?(?:[a-z]{1,12}\s){0,2}$",
    _I,
)
PASSWORD_BEFORE = re.compile(
    r"(?<![!-~])([!-~]{5,64})\s?[，,]?\s?(?:这个|这是|这就是|就是|是)(?:我的?|新|旧|老|邮箱|登录|初始|开机|的){0,3}$",
    _I,
)
# “重置密码 zhangwei01”: what follows is whose.
ASKED_FOR = re.compile(
    r"(?:忘记?了?|忘記了?|重置|重设|找回|修改|更改|申请|reset|forgot|forget|change) ?"
    r"(?:我的|邮箱|登录|开机|my |the )?$",
    _I,
)
# “用户名 root 密码 admin”: after an account nothing else but the password is named.
AFTER_ACCOUNT = re.compile(
    r"(?:[账帐賬帳][号號户戶]|用[户戶]名?|登[录錄]名|邮箱|user(?:name)?|login)[\s:：=是为]{1,3}[\w.@\-]{2,64}[\s，,、;；/]{0,3}$",
    _I,
)
LAST_BEFORE = frozenset("个是我的新旧老箱录始机")
NOT_AFTER = re.compile(r"(?:[错錯不过過锁鎖问問有被对對输輸吗嗎强長长]|怎|保护|提示)")
