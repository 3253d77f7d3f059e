"""What strangers and platforms gone mad may send: odd texts, odd JSON, bodies that nearly are what they should be."""

import json
from typing import Any

from hypothesis import strategies as st


def pieces(text: str, between: str | None = None) -> list[str]:
    """Many short texts, written as one."""
    return text.split(between)


# Halves of characters, NUL, what turns lines round, what takes no room, other alphabets' digits, and pieces of
# every grammar that something in the house reads.
_ODD = pieces(
    r"² ٣ 1️⃣ @ ＠ <@all> @all [x](https://a.example) ![](x) ` ** { } {0} {{on_duty}} {desk!r} %s \ \u0000 <font> &lt; "
    r"密码是 验证码 550 5.7.1 0x800CCC0E https:// :// www. ......"
)
_ODDER = ["# ", "接单 12", "解决 7 原因", "\r", "\n", "\t", " ", "　", '"', "'", "0" * 40, "a" * 300]
_UNSEEN = ["\0", "\ud800", "\udfff", "\ufeff", "\u202e", "\u2066", "\u200b", "\u200d", "\u2028", "\u0301", "\ufdfa"]
ODD = st.sampled_from([*_ODD, *_ODDER, *_UNSEEN])
CHARACTERS = st.characters()  # halves of characters included
TEXT = st.text(CHARACTERS, max_size=60) | st.lists(ODD | st.text(CHARACTERS, max_size=8), max_size=12).map("".join)
WHOLE_TEXT = TEXT.map(lambda text: text.encode("utf-8", "replace").decode())  # as it leaves the doors

NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, -1, 2**31, 2**63, -(2**63), 10**400, 253402300799000, 253402300800000, -62135596800000])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
IDS = st.sampled_from(["", "x", "X" * 255, "X" * 256, "sys", "@all", "a\0b", "\ud800", "邮" * 255, "😀" * 255]) | TEXT


def nested(depth: int) -> Any:
    """A list in a list in a list."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


Body = dict[str, Any]
Bodies = st.SearchStrategy[Body]


def shaped(shape: Body) -> Bodies:
    """Bodies with these keys, each absent, right, or anything at all."""
    fields = {
        key: (value if isinstance(value, st.SearchStrategy) else st.just(value)) | JSON for key, value in shape.items()
    }
    return st.fixed_dictionaries({}, optional=fields)


def nearly(right: Body, odd: Bodies, id: str, room: str) -> Bodies:
    """Right but for a few of its keys, and each a message of its own in a room of its own."""
    keys = st.lists(st.sampled_from(sorted(right)), max_size=3, unique=True)
    numbers = st.integers(0, 10**12).map(str)
    return st.builds(
        lambda body, few, number: right | {id: number} | {key: body[key] for key in few if key in body},
        odd,
        keys,
        numbers,
    )


def _words(key: str) -> Bodies:
    return st.fixed_dictionaries({key: TEXT})


_WECOM_ITEM = st.fixed_dictionaries({"msgtype": st.just("text"), "text": _words("content")}) | st.fixed_dictionaries(
    {"msgtype": st.just("image"), "image": _words("url")}
)
_MIXED = st.fixed_dictionaries({"msg_item": st.lists(_WECOM_ITEM | JSON, max_size=4)})
WECOM_BODY = shaped(
    {
        "msgid": IDS,
        "aibotid": "AIBOT",
        "chattype": st.sampled_from(["single", "group"]),
        "chatid": IDS,
        "from": st.fixed_dictionaries({"userid": IDS | JSON}),
        "msgtype": st.sampled_from(["text", "voice", "mixed", "image", "event", "stream", "file"]),
        "text": _words("content"),
        "voice": _words("content"),
        "mixed": _MIXED,
        "image": _words("url"),
        "event": st.fixed_dictionaries({"eventtype": st.sampled_from(["enter_chat", "feedback_event"]) | JSON}),
        "quote": shaped(
            {
                "msgtype": st.sampled_from(["text", "mixed", "image", "voice"]),
                "text": _words("content"),
                "mixed": _MIXED,
                "image": _words("url"),
            }
        ),
        "response_url": st.sampled_from(["https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=R"]) | TEXT,
    }
)
_PRESSED = st.fixed_dictionaries({"cardPrivateData": st.fixed_dictionaries({"params": _words("says")}) | JSON})
TAP_BODY = st.fixed_dictionaries(
    {"outTrackId": IDS | SCALARS, "userId": IDS | SCALARS, "content": _PRESSED | _PRESSED.map(json.dumps) | JSON}
)
_PART = _words("text") | st.fixed_dictionaries({"type": st.just("picture"), "downloadCode": TEXT})
_RICH = st.fixed_dictionaries({"richText": st.lists(_PART | JSON, max_size=4)})
DINGTALK_BODY = shaped(
    {
        "msgId": IDS,
        "conversationId": IDS,
        "conversationType": st.sampled_from(["1", "2", 1, 2]),
        "conversationTitle": TEXT,
        "senderId": IDS,
        "senderStaffId": IDS,
        "senderNick": TEXT,
        "msgtype": st.sampled_from(["text", "richText", "picture", "audio", "video", "file", "unknownMsgType"]),
        "text": shaped(
            {
                "content": TEXT,
                "repliedMsg": shaped(
                    {
                        "msgType": st.sampled_from(["text", "richText", "picture"]),
                        "content": _RICH | _words("text") | JSON,
                    }
                ),
            }
        ),
        "content": TEXT | _RICH | st.fixed_dictionaries({"downloadCode": TEXT, "recognition": TEXT}),
        "sessionWebhook": st.sampled_from(["https://oapi.dingtalk.com/robot/sendBySession?session=0"]) | TEXT,
        "sessionWebhookExpiredTime": NUMBERS,
        "robotCode": TEXT,
        "chatbotCorpId": TEXT,
    }
)
_SAID = TEXT | st.sampled_from(
    ["人工", "已解决", "进度", "撤销", "还是不行", "邮箱提示空间已满，收不到新邮件", "我的密码是 abc123"]
)
WECOM_WHOLE = st.builds(
    lambda body, words: {"text": {"content": words}} | body,
    nearly(
        {
            "msgid": "",
            "aibotid": "AIBOT",
            "chattype": "group",
            "chatid": "c",
            "from": {"userid": "u"},
            "msgtype": "text",
        },
        WECOM_BODY,
        "msgid",
        "chatid",
    ),
    _SAID,
)
DINGTALK_WHOLE = st.builds(
    lambda body, words: {"text": {"content": words}} | body,
    nearly(
        {"msgId": "", "conversationId": "c", "conversationType": "2", "senderStaffId": "u", "msgtype": "text"},
        DINGTALK_BODY,
        "msgId",
        "conversationId",
    ),
    _SAID,
)
