"""Builds the `isReplyMsg` and `repliedMsg` parts of a text that quotes another message."""

from typing import TYPE_CHECKING, Any

from .drafts import Quirks, Quoted
from .media import Media
from .record import Shown

if TYPE_CHECKING:
    from .robots import Robot
    from .world import World


def replied(world: "World", robot: "Robot", quote: Shown | Quoted | None, quirks: Quirks) -> dict[str, Any]:
    """The extra fields inside `text`; download codes in them are bound to the receiving robot."""
    if quote is None:
        return {}
    if isinstance(quote, Quoted):
        message: dict[str, Any] = {
            "msgType": quote.kind,
            "msgId": world.ids.message(),
            "senderId": world.ids.encrypted(),
            "senderNick": "某同事",
            "createdAt": int(world.clock.now() * 1000),
        }
        content = quote.content if quote.content is not None else _of_kind(world, robot, quote, quirks)
    else:
        message = {
            "msgType": quote.msgtype,
            "msgId": quote.msg_id,
            "senderId": quote.sender_id,
            "senderNick": quote.who,
            "createdAt": int(quote.time * 1000),
        }
        content = _of_shown(world, robot, quote, quirks)
    if content is not None:
        message["content"] = dict(content)
    return {"isReplyMsg": True, "repliedMsg": message}


def _of_shown(world: "World", robot: "Robot", shown: Shown, quirks: Quirks) -> dict[str, Any] | None:
    if shown.msgtype == "unknownMsgType":
        return None
    if not shown.parts:
        # OURS: a quoted robot message (markdown, actionCard...) carries its text like a quoted text.
        return {"text": shown.text}
    return _of_parts(world, robot, shown.msgtype, shown.parts, quirks)


def _of_kind(world: "World", robot: "Robot", quote: Quoted, quirks: Quirks) -> dict[str, Any] | None:
    return _of_parts(world, robot, quote.kind, quote.parts, quirks) if quote.parts else None


def _of_parts(
    world: "World", robot: "Robot", kind: str, parts: "tuple[str | Media, ...]", quirks: Quirks
) -> dict[str, Any]:
    if kind == "richText":
        return {"richText": [world.files.part(robot, p, quirks.picture_second_code) for p in parts]}
    first = parts[0]
    if not isinstance(first, Media):
        return {"text": first}
    content = {"downloadCode": world.files.issue(robot, first)}
    return {"fileName": first.name, **content} if kind == "file" else content
