"""What stands where a secret could stand and is none: products, codes, addresses, words about passwords."""

import re

_I = re.ASCII | re.IGNORECASE

WORDS = frozenset(
    " ".join(
        (
            "outlook foxmail thunderbird chrome edge firefox safari explorer exchange office windows win iphone",
            "ipad ipados ios android huawei xiaomi oppo vivo honor apple mac macos macbook linux imap imaps smtp",
            "smtps pop pop3 ssl tls starttls http https ldap saml sso oauth oauth2 vpn wifi wlan email mail",
            "webmail gmail hotmail icloud qqmail wechat weixin wecom dingtalk teams zoom adobe acrobat excel word",
            "pdf usb app server host port domain system database error err invalid incorrect wrong failed failure",
            "fail expired expire expires required missing null none empty blank unknown true false undefined",
            "valid correct right good fine okay same different too very weak strong short long old new gone lost",
            "forgot forget forgets forgotten remember locked lock unlock unlocked reset changed change saved",
            "stored ignored hidden unchanged rejected accepted refused denied disabled enabled unable retrieve",
            "recover recovery problem problems issue issues here there below above attached case sensitive caps",
            "capslock login logon signin sign user username account password passwords passwd pwd pass pin otp",
            "code codes token tokens key keys secret mima the and but not for with from still again always never",
            "working just only also what when where why how please help sync synced being been going getting",
            "asking prompted prompt page field box link policy manager hint update visible cannot cant does doesn",
            "did didn have has had will would could should may might authentication authenticated verification",
            "optional protected",
        )
    ).split()
)
PRODUCT = re.compile(
    r"(?:outlook|office|exchange|windows|win|iphone|ipad|ios|android|foxmail|wps|ie|macos|chrome|edge|coremail|oauth"
    r"|saml|imap|pop|h|v|tls|ssl|http|mate|redmi|vivo|oppo|mi|vmware|ad|x|m|p)"
    r"[\-_ ]?(?:20[0-3][0-9]|365|[0-9]{1,2})[a-z]{0,3}(?:pro|max|plus)?"
    r"|sha[0-9]{1,3}|md5|[0-9]{2}h[12]|[0-9]{1,6}(?:[kmgt]b?|ms|s|min|h|days?|bits?|px)"
    r"|v?[0-9]{1,6}(?:\.[0-9a-z]{1,8}){1,5}|aadsts[0-9]{4,8}|err_[a-z_]{3,40}|[a-z]{1,4}-[0-9]{2,4}-[0-9]{2,12}"
    r"|c[0-9]{7}",
    _I,
)
CODE_OR_ADDRESS = re.compile(
    r"0x[0-9a-fA-F]{4,}|https?:"
    r"|[<(\['\"]{0,2}(?:mailto:)?[\w.+\-]{2,64}@[\w\-]{2,63}(?:\.[\w\-]{2,63}){0,3}\.[A-Za-z]{2,12}[^\w]{0,3}$",
    re.ASCII,
)
HOST_OR_FILE = re.compile(
    r"(?:[a-z][a-z0-9\-]{0,40}\.){1,4}[a-z]{2,10}(?::[0-9]{2,5})?[^\w]{0,3}"
    r"|[^\s]{1,100}\.(?:xlsx?|docx?|pptx?|pdf|zip|rar|7z|jpe?g|png|gif|bmp|eml|msg|pst|ost|txt|csv|exe|dll|mp4|log)"
    r"[^\w]{0,3}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}[^\w]{0,3}",
    _I,
)
MAIL_NUMBER = re.compile(r"[245][0-5][0-9]|25|110|143|465|587|993|995")  # answers of servers, ports
# What follows a number that counts something, or a date.
UNIT = re.compile(
    r"\s?(?:[位次天分秒个個月年号號遍条條点點人种種层岁块元兆封度字周%]|小时|多|错误|错|报错"
    r"|chars?|digits?|times?|days?|min|[kmg]b?(?![a-z]))",
    _I,
)
ENDS_THERE = re.compile(r"\s?(?:就?[过過]期|到期|失效|前|之前|以前|以后|起)")
