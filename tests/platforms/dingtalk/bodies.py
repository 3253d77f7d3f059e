"""Builds the inbound body of sections 1.3 and 1.4 for one robot."""

from typing import TYPE_CHECKING, Any

from .drafts import Draft, Kind, Quirks
from .media import Media
from .people import User
from .quotes import replied
from .record import Shown

if TYPE_CHECKING:
    from .places import Group
    from .robots import Robot
    from .world import Session, World

NUMBERS = ("createAt", "sessionWebhookExpiredTime", "duration", "createdAt")


def build(
    world: "World",
    robot: "Robot",
    sender: User,
    session: "Session",
    draft: Draft,
    quirks: Quirks,
    msg_id: str,
) -> dict[str, Any]:
    """The whole body: common fields, conversation fields, content, then the irregularities."""
    group = session.group
    body: dict[str, Any] = {
        "msgtype": draft.kind.value,
        "msgId": msg_id,
        "createAt": session.opened_ms,
        "conversationType": "2" if group else "1",
        "conversationId": session.conversation_id,
        "senderId": sender.sender_id,
        "senderNick": sender.nick,
        "senderPlatform": sender.platform,
        "chatbotCorpId": world.corp_id,
        "chatbotUserId": robot.chatbot_user_id,
        "robotCode": robot.robot_code,
        "sessionWebhook": f"{world.base_url}/robot/sendBySession?session={session.key}",
        "sessionWebhookExpiredTime": session.expires_ms,
    }
    if robot.published:
        body["isAdmin"] = sender.admin
        if sender.staff_id:
            body["senderStaffId"] = sender.staff_id
        elif quirks.empty_staff_id:
            body["senderStaffId"] = ""
    if group:
        body |= _group_fields(world, robot, group, draft, quirks)
    body |= _quota_error(quirks) if quirks.quota_exceeded else _content(world, robot, group, draft, quirks)
    if isinstance(draft.quote, Shown) and draft.quote.from_robot:
        body["originalMsgId"] = draft.quote.msg_id
        if draft.quote.process_query_key:
            body["originalProcessQueryKey"] = draft.quote.process_query_key
    body |= quirks.extra
    for name in quirks.without:
        body.pop(name, None)
    return _stringed(body) if quirks.numbers_as_strings else body


def _group_fields(world: "World", robot: "Robot", group: "Group", draft: Draft, quirks: Quirks) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "conversationTitle": group.title,
        "isInAtList": robot in draft.mentions,
        "atUsers": [_at_user(one, quirks) for one in draft.mentions],
    }
    if group.internal:
        fields["senderCorpId"] = world.corp_id
    if quirks.open_thread_id:
        fields["openThreadId"] = group.conversation_id
    return fields


def _at_user(one: "User | Robot", quirks: Quirks) -> dict[str, Any]:
    if not isinstance(one, User):
        return {"dingtalkId": one.chatbot_user_id}
    entry = {"dingtalkId": one.sender_id}
    if not quirks.at_users_without_staff_id:
        entry["staffId"] = one.staff_id or ""
        entry["unionId"] = one.union_id
    return entry


def _quota_error(quirks: Quirks) -> dict[str, Any]:
    # OURS: the wording of the message; only the code 20001 is known.
    text = "本组织本月 Webhook 及 Stream 推送次数已用完"
    if quirks.quota_fields == "err":
        return {"errCode": 20001, "errMsg": text}
    return {"errorCode": 20001, "errorMessage": text}


def _content(world: "World", robot: "Robot", group: "Group | None", draft: Draft, quirks: Quirks) -> dict[str, Any]:
    if draft.kind is Kind.TEXT:
        text = _text(robot, group, draft, quirks)
        if quirks.top_level_content:
            return {"content": text}
        return {"text": {"content": text} | replied(world, robot, draft.quote, quirks)}
    if draft.kind is Kind.RICH:
        return {"content": {"richText": _rich(world, robot, group, draft, quirks)}}
    if draft.kind is Kind.UNKNOWN:
        return {"content": {"unknownMsgType": draft.text}}
    return {"content": _media(world, robot, draft, quirks)}


def _text(robot: "Robot", group: "Group | None", draft: Draft, quirks: Quirks) -> str:
    """The robot's own mention is gone; a mention at the start leaves its space behind."""
    others = [f"@{one.name}" for one in draft.mentions if one is not robot]
    if not quirks.keep_other_mentions:
        others = []
    at_end = draft.mention == "end"
    pieces = [draft.text, *others] if at_end else [*others, draft.text]
    text = " ".join(piece for piece in pieces if piece)
    spaced = quirks.leading_space
    if spaced is None:
        spaced = group is not None and robot in draft.mentions and not at_end
    return (" " if spaced else "") + text


def _rich(world: "World", robot: "Robot", group: "Group | None", draft: Draft, quirks: Quirks) -> list[dict[str, Any]]:
    """Rich text keeps the mention as ordinary text before the first words."""
    parts = [world.files.part(robot, part, quirks.picture_second_code) for part in draft.parts]
    if group is None or not draft.mentions:
        return parts
    if quirks.at_part:
        return [_at_part(one) for one in draft.mentions] + parts
    named = " ".join(f"@{one.name}" for one in draft.mentions)
    if parts and "text" in parts[0]:
        gap = "" if draft.glued else " "
        return [{"text": f"{named}{gap}{parts[0]['text']}"}, *parts[1:]]
    return [{"text": named}, *parts]


def _at_part(one: "User | Robot") -> dict[str, Any]:
    user_id = (one.staff_id or "") if isinstance(one, User) else one.chatbot_user_id
    return {"type": "at", "atName": one.name, "atUserId": user_id}


def _media(world: "World", robot: "Robot", draft: Draft, quirks: Quirks) -> dict[str, Any]:
    media = draft.parts[0]
    if not isinstance(media, Media):
        raise TypeError("a media message carries one Media")
    if draft.kind is Kind.PICTURE:
        part = world.files.part(robot, media, quirks.picture_second_code)
        return {key: value for key, value in part.items() if key != "type"}
    code = world.files.issue(robot, media)
    if draft.kind is Kind.AUDIO:
        return {"duration": draft.duration_ms, "downloadCode": code, "recognition": draft.text}
    if draft.kind is Kind.VIDEO:
        return {"duration": draft.duration_ms, "downloadCode": code, "videoType": "mp4"}
    return {
        "downloadCode": code,
        "fileName": media.name,
        "spaceId": str(world.ids.number()),
        "fileId": str(world.ids.number()),
    }


def _stringed(value: Any) -> Any:
    """A copy in which the numeric fields are decimal strings."""
    if isinstance(value, dict):
        return {k: str(v) if k in NUMBERS and isinstance(v, int) else _stringed(v) for k, v in value.items()}
    return [_stringed(one) for one in value] if isinstance(value, list) else value
