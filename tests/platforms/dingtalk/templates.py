"""The msgKey templates of the robot send APIs: which keys each needs and what people read."""

from typing import TYPE_CHECKING, Any

from .openapi import bad, loads_object

if TYPE_CHECKING:
    from .world import World


SAYS = "dtmd://dingtalkclient/sendMessage?content="  # in lower case, as the live report says


def _buttons(count: int) -> list[str]:
    return [f"action{what}{n}" for n in range(1, count + 1) for what in ("Title", "URL")]


# OURS: the page lists the keys; that every one of them is required is our reading.
KEYS: dict[str, list[str]] = {
    "sampleText": ["content"],
    "sampleMarkdown": ["title", "text"],
    "sampleImageMsg": ["photoURL"],
    "sampleLink": ["text", "title", "picUrl", "messageUrl"],
    "sampleActionCard": ["title", "text", "singleTitle", "singleURL"],
    **{f"sampleActionCard{n}": ["title", "text", *_buttons(n)] for n in range(2, 6)},
    "sampleActionCard6": ["title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"],
    "sampleAudio": ["mediaId", "duration"],
    "sampleFile": ["mediaId", "fileName", "fileType"],
    "sampleVideo": ["duration", "videoMediaId", "videoType", "picMediaId", "height", "width"],
}


def read(world: "World", body: dict[str, Any]) -> dict[str, Any]:
    """The parsed msgParam, or the refusal that belongs to what is wrong with it."""
    key, param = body.get("msgKey"), body.get("msgParam")
    if not key:
        raise bad(world, "invalidParameter.msgKey.empty", "msgKey为空")
    if key not in KEYS:
        raise bad(world, "invalidParameter.msgKey.invalid", f"msgKey不合法: {key}")
    if not isinstance(param, str):
        raise bad(world, "invalidParameter.msgParam.invalid", "msgParam必须是JSON字符串")
    if len(param.encode(errors="surrogatepass")) > world.limits.msg_param_bytes:
        raise bad(world, "invalidParameter.msgParam.tooLong", "msgParam超过长度限制")
    parsed = loads_object(param)
    if parsed is None or any(not isinstance(parsed.get(k), str) or not parsed[k] for k in KEYS[key]):
        raise bad(world, "invalidParameter.msgParam.invalid", f"msgParam与{key}不符")
    return parsed


def readable(param: dict[str, Any]) -> tuple[str, str]:
    """Title and text as shown on a screen, buttons included."""
    title = str(param.get("title", ""))
    lines = [str(v) for k, v in param.items() if k != "title" and "url" not in k.lower()]
    return title, "\n".join(lines)
