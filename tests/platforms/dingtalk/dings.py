"""DING: the pager, in the app, by SMS or by phone."""

from typing import TYPE_CHECKING, Any

from .openapi import bad, enter, require_object
from .record import Channel, Shown
from .wire import Answer, Call, answer_json

if TYPE_CHECKING:
    from .people import User
    from .robots import Robot
    from .world import World

CHANNELS = {1: Channel.DING_APP, 2: Channel.DING_SMS, 3: Channel.DING_PHONE}
VOICES = {
    "Standard_Female_Voice",
    "Cantonese_Female_Voice",
    "Gentine_Female_Voice",
    "Overbearing_Female_Voice",
    "Lovely_Girl_Voice",
    "Standard_Male_Voice",
}


def send(world: "World", call: Call) -> Answer:
    """POST /v1.0/robot/ding/send."""
    caller = enter(world, call, "Premium.Ding.Write")
    body = require_object(world, call)
    if body.get("robotCode") != caller.robot_code:
        raise bad(world, "invalid.chatbotId", "robotCode不合法")
    ids, kind = body.get("receiverUserIdList"), body.get("remindType")
    if not isinstance(ids, list) or not ids:
        raise bad(world, "miss.staffId", "缺少接收者")
    voice = body.get("callVoice", "Standard_Female_Voice")
    if type(kind) is not int or kind not in CHANNELS or not body.get("content") or voice not in VOICES:
        raise bad(world, "invalidParameter.param.invalid", "参数不合法")
    cap = world.limits.ding_app_people if kind == 1 else world.limits.ding_paid_people
    if len(ids) > cap:
        raise bad(world, "ding.receivercount.limit", "接收者数量超过上限")
    reached, failed = _sort(world, ids)
    _spend(world, kind, len(reached))
    ding_id = world.ids.hex32()
    _show(world, caller, CHANNELS[kind], reached, body, call)
    return answer_json({"openDingId": ding_id, "failedList": failed})


def _sort(world: "World", ids: list[Any]) -> "tuple[list[User], dict[str, list[str]]]":
    """Those who get it, and the others by reason (OURS: the wording of the reasons)."""
    reached: list[User] = []
    failed: dict[str, list[str]] = {}
    for one in dict.fromkeys(map(str, ids)):
        user = world.staff(one)
        if user is None:
            failed.setdefault("staffId.notExisted", []).append(one)
        elif user.ding_failure:
            failed.setdefault(user.ding_failure, []).append(one)
        else:
            reached.append(user)
    return reached, failed


def _spend(world: "World", kind: int, people: int) -> None:
    """SMS and phone need a purchased pack (OURS: one unit per person; packs start empty)."""
    if kind == 1:
        return
    if world.ding_packs[kind] < people:
        raise bad(world, "ding.serverquota.insufficient", "DING短信/电话余额不足")
    world.ding_packs[kind] -= people


def _show(
    world: "World", robot: "Robot", channel: Channel, people: "list[User]", body: dict[str, Any], call: Call
) -> None:
    for user in people:
        world.recorder.add(
            Shown(
                time=world.clock.now(),
                channel=channel,
                who=robot.name,
                group=None,
                audience=(user,),
                notified=(user,),
                msgtype="ding",
                title="",
                text=str(body["content"]),
                size=len(call.body),
                at=(),
                msg_id=world.ids.message(),
                sender_id=robot.chatbot_user_id,
                body=body,
            )
        )
