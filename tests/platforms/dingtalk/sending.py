"""The two robot send APIs: into a group, and one-to-one in batches."""

from typing import TYPE_CHECKING, Any

from .openapi import bad, enter, require_object, require_robot
from .record import Channel, Shown
from .templates import read, readable
from .wire import Answer, Call, answer_json

if TYPE_CHECKING:
    from .people import User
    from .places import Group
    from .robots import Robot
    from .world import World


def to_group(world: "World", call: Call) -> Answer:
    """POST /v1.0/robot/groupMessages/send; it knows no mention, so it notifies nobody."""
    caller = enter(world, call, "qyapi_robot_sendmsg")
    body = require_object(world, call)
    require_robot(world, caller, body)
    conversation = body.get("openConversationId")
    if not conversation:
        raise bad(world, "miss.openConversationId", "缺少openConversationId")
    group = world.groups.get(conversation) if isinstance(conversation, str) else None
    if group is None:
        raise bad(world, "invalid.openConversationId", "openConversationId不合法")
    if group.dissolved:
        raise bad(world, "group.disbanded", "群已解散")
    if caller not in group.robots:
        # OURS: which of the listed codes a robot outside the group gets.
        raise bad(world, "bot.forbidden.sendMessage", "机器人不在群内")
    param = read(world, body)
    key = _show(world, caller, Channel.GROUP_API, group, group.members, body, param)
    return answer_json({"processQueryKey": key})


def to_people(world: "World", call: Call) -> Answer:
    """POST /v1.0/robot/oToMessages/batchSend; HTTP 200 may still mean that nobody got it."""
    caller = enter(world, call, "qyapi_robot_sendmsg")
    body = require_object(world, call)
    require_robot(world, caller, body)
    ids = body.get("userIds")
    if not isinstance(ids, list) or not ids:
        raise bad(world, "invalidParameter.userIds.empty", "userIds为空")
    if len(ids) > world.limits.batch_users:
        raise bad(world, "invalidParameter.userIds.overMax", "userIds超过上限")
    param = read(world, body)
    known = {one: world.staff(one) for one in ids if isinstance(one, str)}
    found = {one: user for one, user in known.items() if user is not None}
    reached = [user for user in found.values() if not user.flow_controlled]
    key = _show(world, caller, Channel.OTO_API, None, reached, body, param)
    return answer_json(
        {
            "processQueryKey": key,
            "invalidStaffIdList": [one for one in ids if one not in found],
            "flowControlledStaffIdList": [one for one, user in found.items() if user.flow_controlled],
        }
    )


def _show(
    world: "World",
    robot: "Robot",
    channel: Channel,
    group: "Group | None",
    audience: "list[User]",
    body: dict[str, Any],
    param: dict[str, Any],
) -> str:
    """Record the message for the group, or once for each person reached."""
    key = world.ids.code()[:44]
    title, text = readable(param)
    screens = [tuple(audience)] if group else [(user,) for user in audience]
    for screen in screens:
        world.recorder.add(
            Shown(
                time=world.clock.now(),
                channel=channel,
                who=robot.name,
                group=group,
                audience=screen,
                notified=() if group else screen,
                msgtype=str(body["msgKey"]),
                title=title,
                text=text,
                size=len(str(body["msgParam"]).encode(errors="surrogatepass")),
                at=(),
                msg_id=world.ids.message(),
                sender_id=robot.chatbot_user_id,
                body=body,
                process_query_key=key,
            )
        )
    return key
