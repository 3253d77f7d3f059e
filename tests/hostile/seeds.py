"""Where the fuzzer begins: something right for each target, and the words of each grammar."""

import base64
import json

from tests.platforms.dingtalk.media import PNG

_WECOM = {
    "msgid": "m",
    "aibotid": "AIBOT",
    "chattype": "group",
    "chatid": "c",
    "from": {"userid": "u"},
    "msgtype": "mixed",
    "mixed": {
        "msg_item": [
            {"msgtype": "text", "text": {"content": "@IT小助手 打不开"}},
            {"msgtype": "image", "image": {"url": "x"}},
        ]
    },
    "quote": {"msgtype": "text", "text": {"content": "550 5.7.1"}},
    "response_url": "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=R",
}
_DINGTALK = {
    "msgId": "m",
    "conversationId": "c",
    "conversationType": "2",
    "conversationTitle": "群",
    "senderStaffId": "u",
    "senderNick": "小林",
    "msgtype": "richText",
    "content": {"richText": [{"text": "@IT小助手 打不开"}, {"type": "picture", "downloadCode": "d"}]},
    "text": {"content": "人工", "repliedMsg": {"msgType": "text", "content": {"text": "550"}}},
    "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=0",
    "sessionWebhookExpiredTime": 1772422200000,
}
_CHAPTER = """# 章
## 标题 {#login.password}
> 手册 三
一段话 {{phone}}
### 先看
- 看
### 步骤
1. 【电脑】**做**：这样
### 补充
- 还有
"""
SEEDS: dict[str, list[bytes]] = {
    "wecom_envelope": [json.dumps({"encrypt": base64.b64encode(bytes(64)).decode()}).encode(), bytes(64)],
    "wecom_inside": [json.dumps(_WECOM).encode(), json.dumps(_WECOM, ensure_ascii=False).encode()],
    "dingtalk_body": [json.dumps(_DINGTALK).encode(), json.dumps(_DINGTALK, ensure_ascii=False).encode()],
    "yaml_file": [
        b"a: &x [1, 'b', \"c\"]\nd: {e: *x}\nf: |\n  text\n",
        b"? [a]\n: !!timestamp 2026-01-01\n<<: {g: 1}\n",
    ],
    "chapter": [_CHAPTER.encode()],
    "depth": [b'{"a":[[{"b":"[[\\"{{"}]],"c":"\\\\"}', b"[" * 61 + b"]" * 61],
    "error_code": ["退信 550 5.7.1 mailbox full 0x800CCC0E".encode(), "解决 12 网线松了".encode()],
    "masking": [
        "密码是Abc12345，验证码：482193 卡号 6222 0212 3456 7890 123".encode(),
        b"password=Secret1! -----BEGIN RSA PRIVATE KEY-----",
    ],
    "shown": ["**粗** `码` 1. 【电脑】做\n# 题\n[x](http://a.b) <@all> www.a.example".encode()],
    "address": [b"https://cos.myqcloud.com:443/a?b=c#d", b"https://oapi.dingtalk.com/robot/send"],
    "picture": [
        PNG,
        b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2L\1\0;",
        b"\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0",
        b"RIFF\0\0\0\0WEBPVP8X\n",
    ],
}
WORDS = sorted(
    {
        *_WECOM,
        *_DINGTALK,
        "userid",
        "content",
        "msg_item",
        "image",
        "url",
        "richText",
        "downloadCode",
        "repliedMsg",
        "msgType",
    }
    | {
        "text",
        "voice",
        "event",
        "eventtype",
        "enter_chat",
        "picture",
        "audio",
        "recognition",
        "encrypt",
        "Encrypt",
        "single",
    }
    | {
        "!!int",
        "!!timestamp",
        "<<: ",
        "- ",
        "? ",
        "&a ",
        "*a",
        "---",
        "## ",
        "{#a.b}",
        "### ",
        "> ",
        "1. ",
        "**",
        "{{",
        "}}",
    }
    | {"https://", ".myqcloud.com", "oapi.dingtalk.com", ":443", "xn--", "%2e", "GIF89a", "RIFF", "WEBPVP8L", "IHDR"}
    | {"密码", "验证码", "password", "550", "5.7.1", "0x8", "接单", "1e999", "null", "true", "\\ud800", "\\u0000"}
)
