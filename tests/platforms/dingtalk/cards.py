"""Interactive cards: templates of the console, instances, their later faces, and the address that taps are sent to."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .openapi import bad, enter, require_object
from .record import Channel, Shown
from .wire import Answer, Call, answer_json

if TYPE_CHECKING:
    from .places import Group
    from .robots import Robot
    from .world import World

SCOPE = "Card.Instance.Write"
GROUP_SPACE = "dtv1.card//IM_GROUP."


@dataclass
class Template:
    """What the administrator built: which variables are read, and which buttons stand there while they have a text.

    A button asks the server (回传请求) with one parameter, `says`, which is bound to a variable of its own.
    """

    id: str
    texts: tuple[str, ...]
    buttons: tuple[tuple[str, str], ...]  # the variable of the text, and that of what it says
    published: bool = True


@dataclass(frozen=True)
class Route:
    """Where taps go; without a secret they come unsigned."""

    url: str
    secret: str


@dataclass(eq=False)
class Card:
    """One instance: the public data that everybody sees, and all the faces it has had."""

    track_id: str
    template: Template
    robot: "Robot"
    route_key: str
    group: "Group"
    params: dict[str, str]
    shown: Shown | None = None
    faces: list[dict[str, str]] = field(default_factory=list)

    def change(self, params: dict[str, str], *, by_key: bool) -> None:
        """By key, or as a whole: what is not named is gone then."""
        self.params = (self.params | params) if by_key else dict(params)
        self.faces.append(dict(self.params))

    @property
    def text(self) -> str:
        """What stands on it now, without the buttons."""
        return "\n".join(self.params[name] for name in self.template.texts if self.params.get(name))

    @property
    def buttons(self) -> dict[str, str]:
        """The buttons that stand on it now: text to what it says."""
        named = ((self.params.get(text, ""), self.params.get(says, "")) for text, says in self.template.buttons)
        return {text: says for text, says in named if text}


def create_and_deliver(world: "World", call: Call) -> Answer:
    """POST /v1.0/card/instances/createAndDeliver, into one group."""
    caller = enter(world, call, SCOPE)
    body = require_object(world, call)
    track_id = body.get("outTrackId")
    if not track_id or not isinstance(track_id, str):
        raise bad(world, "param.outTrackIdEmpty", "outTrackId为空")
    template = _template(world, body)
    if track_id in world.cards:
        raise bad(world, "param.cardAlreadyExist", "卡片已存在")
    if "cardData" not in body and "privateData" not in body:
        raise bad(world, "param.cardDataAndPrivateDataBothEmpty", "公有数据和私有数据都为空")
    params = _params(world, body.get("cardData"))
    if not params:
        raise bad(world, "param.cardPublicDataEmpty", "卡片公有数据为空")
    route_key = _route_key(world, body)
    group = _group(world, body)
    at = _at(world, body["imGroupOpenDeliverModel"])
    card = Card(track_id, template, caller, route_key, group, params, faces=[dict(params)])
    world.cards[track_id] = card
    result: dict[str, Any] = {"spaceType": "IM_GROUP", "spaceId": group.conversation_id, "success": False}
    if caller not in group.robots or body["imGroupOpenDeliverModel"].get("robotCode") != caller.robot_code:
        # OURS: the page gives the list and the flag, not which of the two ways a missing robot is refused in.
        result |= {"errorMsg": "机器人不在群内"}
    else:
        key = world.ids.code()[:44]
        _show(world, card, body, at, len(call.body), key)
        result |= {"success": True, "carrierId": key, "errorMsg": ""}
    return answer_json({"success": True, "result": {"outTrackId": track_id, "deliverResults": [result]}})


def update(world: "World", call: Call) -> Answer:
    """PUT /v1.0/card/instances; the default replaces all the data."""
    enter(world, call, SCOPE)
    body = require_object(world, call)
    track_id = body.get("outTrackId")
    if not track_id:
        raise bad(world, "param.outTrackIdEmpty", "outTrackId为空")
    card = world.cards.get(track_id)
    if card is None:
        raise bad(world, "param.cardNotExist", "卡片不存在")
    if "cardData" not in body and "privateData" not in body:
        raise bad(world, "param.cardDataAndPrivateDataBothEmpty", "公有数据和私有数据都为空")
    apply(world, card, body)
    return answer_json({"success": True, "result": True})


def apply(world: "World", card: Card, body: dict[str, Any]) -> None:
    """A new face, as an update or the answer to a tap brings it."""
    if "cardData" in body:
        options = body.get("cardUpdateOptions") or {}
        card.change(_params(world, body["cardData"]), by_key=options.get("updateCardDataByKey") is True)
        world.recorder.touch()


def register(world: "World", call: Call) -> Answer:
    """POST /v1.0/card/callbacks/register: a second address for a key is only taken with forceUpdate."""
    enter(world, call, SCOPE)
    body = require_object(world, call)
    key, url = body.get("callbackRouteKey"), body.get("callbackUrl")
    if not key or not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1")):
        raise bad(world, "invalidParameter.param.invalid", "callbackRouteKey或callbackUrl不合法")
    if key not in world.routes or body.get("forceUpdate") is True:
        world.routes[key] = Route(url, str(body.get("apiSecret") or ""))
    known = world.routes[key]
    return answer_json({"success": True, "result": {"callbackUrl": known.url, "apiSecret": known.secret}})


def _template(world: "World", body: dict[str, Any]) -> Template:
    template = world.templates.get(str(body.get("cardTemplateId") or ""))
    if template is None:
        raise bad(world, "param.templateNotExist", "卡片模板不存在")
    if not template.published:
        raise bad(world, "param.templateUnpublished", "卡片模板未发布")
    return template


def _params(world: "World", data: Any) -> dict[str, str]:
    """OURS: a value that is no string, or too long, is refused; clients would show nothing in its place."""
    params = data.get("cardParamMap") if isinstance(data, dict) else None
    if not isinstance(params, dict) or any(not isinstance(value, str) for value in params.values()):
        raise bad(world, "invalidParameter.param.invalid", "cardParamMap的值必须是字符串")
    for key, value in params.items():
        if len(key.encode()) > world.limits.card_key_bytes or len(value.encode()) > world.limits.card_value_bytes:
            raise bad(world, "invalidParameter.param.invalid", f"cardParamMap的{key}超过长度限制")
    return dict(params)


def _route_key(world: "World", body: dict[str, Any]) -> str:
    """Empty for Stream. OURS: a key that nobody has registered is refused at once."""
    if body.get("callbackType") != "HTTP":
        return ""
    key = str(body.get("callbackRouteKey") or "")
    if key not in world.routes:
        raise bad(world, "invalidParameter.param.invalid", "callbackRouteKey未注册")
    return key


def _group(world: "World", body: dict[str, Any]) -> "Group":
    space = str(body.get("openSpaceId") or "")
    group = world.groups.get(space.removeprefix(GROUP_SPACE)) if space.startswith(GROUP_SPACE) else None
    if group is None or group.dissolved:
        raise bad(world, "param.openSpaceIdInvalid", "openSpaceId不合法")
    if not isinstance(body.get("imGroupOpenSpaceModel"), dict):
        raise bad(world, "param.openSpaceModelInvalid", "场域参数不合法")
    if not isinstance(body.get("imGroupOpenDeliverModel"), dict):
        raise bad(world, "param.openDeliverModelEmpty", "投放参数为空")
    return group


def _at(world: "World", model: dict[str, Any]) -> list[str]:
    ids = list(model.get("atUserIds") or {})
    for one in ids:
        if one != "@ALL" and world.staff(one) is None:
            raise bad(world, "param.userIdNotExist", f"用户不存在: {one}")
    return ids


def _show(world: "World", card: Card, body: dict[str, Any], at: list[str], size: int, key: str) -> None:
    members = tuple(card.group.members)
    card.shown = Shown(
        time=world.clock.now(),
        channel=Channel.CARD,
        who=card.robot.name,
        group=card.group,
        audience=members,
        notified=tuple(user for user in members if user.staff_id in at or "@ALL" in at),
        msgtype="interactiveCard",
        title=str((body["imGroupOpenSpaceModel"].get("lastMessageI18n") or {}).get("ZH_CN", "")),
        text=card.text,
        size=size,
        at=tuple(at),
        msg_id=card.track_id,
        sender_id=card.robot.chatbot_user_id,
        body=body,
        process_query_key=key,
    )
    world.recorder.add(card.shown)
