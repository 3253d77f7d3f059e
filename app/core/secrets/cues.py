"""The words that announce a secret, as patterns. Repetitions are bounded or possessive, so that no text is slow.

Each pattern is only tried where one of its hints stands in the lower-case text: a plain search for a few letters costs
next to nothing.
"""

import re

from app.core.secrets.kinds import Kind

_I = re.ASCII | re.IGNORECASE
_IS = r"[\s\"']{0,2}[:：=是]"

HAN_HINTS = ("码", "碼", "位数", "口令", "令牌", "卡密", "密马", "钥", "鑰")
HAN = re.compile(
    r"(?P<code>[验驗校][证證验驗][码碼]|[动動][态態](?:[码碼]|口令|密[码碼])|短信(?:[码碼]|口令)|一次性(?:密[码碼]|口令)"
    r"|令牌(?:上?[显顯]示的?|[码碼])?|安全代?[码碼]|token\s?码|(?<![0-9十])[4-8四六八]位数字?)"
    r"|(?P<password>密\s?[码碼马]|口令(?!红包)|授[权權][码碼]|解[锁鎖][码碼]|提取[码碼]|卡密|pin\s?[码碼])"
    r"|(?P<key>密[钥鑰]|私[钥鑰]|金[钥鑰]|激活[码碼])",
    _I,
)
LATIN_HINTS = (
    *("pass", "pwd", "psw", "pw", "pin", "mima", "mm"),
    *("code", "otp", "key", "secret", "token", "session", "sid=", "ticket="),
)
LATIN = re.compile(
    r"(?P<CODE>(?:verification|security|log-?in|sign-?in|confirmation|one-time|auth(?:entication)?|2fa|mfa|sms|my)"
    r"\s?(?:pass)?code|your\s(?:[a-z]{1,15}\s){0,2}code(?=\sis\s|:)"
    r"|code(?=:?\s(?:is\s)?[0-9]{4,8}[^\n]{0,40}(?:share|expire|valid))"
    r"|token(?=\s?[是:：]?\s?[0-9]{6}(?![0-9a-z\-])))"
    r"|(?P<PASSWORD>pass ?wor[dt]|passwd|passcode|passphrase|pswd|pwd)"
    r"|(?P<KEY>(?:access|api|secret|account|private|aes|session|product|licen[cs]e)[_ \-]?key"
    r"|(?:app|corp|client)_?secret|token|(?:webhook|机器人)\s?的?key|key(?=[:：=是]\s?[0-9a-f]{8}-)"
    rf"|(?:session_?id|secret)(?={_IS}))"
    r"|(?<![a-z])(?:(?P<OTP>t?otp(?![a-z]))"
    rf"|(?P<PASS>(?:pass|pw|psw)(?={_IS}|\sis\s)|pin(?=\s?(?:{_IS}|is\s|code\s|[0-9]{{4}})))"
    r"|(?P<mima>mima(?![a-z])|mm(?=[:：]))|(?P<SID>(?:sid|ticket)(?==)))",
    _I,
)
# The group of a cue says what kind it announces; in capitals: the word is English.
KINDS = {
    **dict.fromkeys(("code", "CODE", "OTP"), Kind.CODE),
    **dict.fromkeys(("password", "PASSWORD", "PASS", "mima"), Kind.PASSWORD),
    **dict.fromkeys(("key", "KEY", "SID"), Kind.KEY),
}

# An account with its password beside it. `both`: a word for the two goes before.
# With 〔 begins what was masked before.
ACCOUNT = re.compile(
    r"(?:(?P<both>(?:(?:[账帐賬帳][号號户戶]|用[户戶]名?|登[录錄]名)[和、/+]?(?:密[码碼]|口令)"
    r"|user(?:name)?\s?[/&]\s?(?:pwd|pass(?:word)?))[\s:：=是为為都就]{0,6}[\w.@\-]{2,64}(?:\s?[/|\\，,、]\s?|\s{1,3}))"
    r"|(?:[账帐賬帳]?[号號户戶]|登[录錄陆]?|用[户戶]名?|log-?in|user(?:name)?)[\s:：=是用为為]{0,4}[\w.@\-]{2,64}\s?/\s?"
    r"|(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}[ /，,、|]{1,3})(?=[!-~]{4}|〔)",
    _I,
)
# “输入 Abc@1234 提示错误”: typed somewhere, and made as only passwords are.
TYPED = re.compile(
    r"(?:[输輸填打敲用试試登](?:[入的是了过過成录]|写){0,3}"
    r"|(?<![a-z])(?:typed?|enter(?:ed)?|tr(?:y|ied)|us(?:e|ing))(?=\s))[\s:：\"“”‘’（(]{0,3}(?=[!-~]{6})",
    _I,
)
# “我填的是 Lily2024”, in a message that speaks of a password.
FILLED = re.compile(r"(?:[填输輸设設改打写寫敲用](?:入|置)?的?[是成为]了?|[输輸]入?的)[ ：:]{0,2}(?=[!-~]{6})", _I)
MADE_UP = re.compile(r"[\w@#!$%^&*.+\-?~]{6,64}", _I)
SPECIAL = re.compile(r"(?<=[!-~])[@#!$%^&*]")
