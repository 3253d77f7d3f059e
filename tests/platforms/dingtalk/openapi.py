"""The gate every OpenAPI call passes: token, permission, monthly quota, rate."""

import json
from typing import TYPE_CHECKING, Any

from .rates import SlidingWindow
from .wire import Answer, Call, RefusedError, answer_json, api_error

if TYPE_CHECKING:
    from .robots import Robot
    from .world import World

HEADER = "x-acs-dingtalk-access-token"


class Tokens:
    """Access tokens per app: stable within their validity, extended by each request."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._by_app: dict[str, tuple[str, float]] = {}

    def grant(self, robot: "Robot") -> str:
        now = self._world.clock.now()
        token, expires = self._by_app.get(robot.app_key, ("", 0.0))
        if expires <= now:
            token = self._world.ids.hex32()
        self._by_app[robot.app_key] = (token, now + self._world.limits.token_seconds)
        return token

    def holder(self, token: str) -> "Robot | None":
        """The robot whose app holds this token, unless it has expired."""
        for app_key, (known, expires) in self._by_app.items():
            if known == token and expires > self._world.clock.now():
                return next(r for r in self._world.robots.values() if r.app_key == app_key)
        return None

    def expire(self) -> None:
        self._by_app.clear()


def bad(world: "World", code: str, message: str, status: int = 400, **extra: Any) -> RefusedError:
    return RefusedError(api_error(world.ids.request(), status, code, message, **extra))


def grant(world: "World", call: Call) -> Answer:
    """POST /v1.0/oauth2/accessToken; not metered."""
    body = require_object(world, call)
    for robot in world.robots.values():
        if robot.app_key == body.get("appKey") and robot.app_secret == body.get("appSecret"):
            token = world.tokens.grant(robot)
            return answer_json({"accessToken": token, "expireIn": world.limits.token_seconds})
    raise bad(world, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")


def enter(world: "World", call: Call, scope: str) -> "Robot":
    """The calling app's robot, or a refusal; a call refused for rate or quota is not metered."""
    token = call.headers.get(HEADER, "")
    if not token:
        raise bad(world, "unauthorized.client", "缺少访问凭证", 401)
    robot = world.tokens.holder(token)
    if robot is None:
        raise bad(world, "InvalidAuthentication", "不合法的access_token")
    if scope not in robot.permissions:
        code = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
        detail = {"requiredScopes": [scope]}
        raise bad(world, code, f"应用尚未开通所需的权限: {scope}", 403, accessdenieddetail=detail)
    now = world.clock.now()
    if world.quota.api_left(now) <= 0:
        raise bad(world, "Forbidden.AccessDenied.ApiCountLimitForOrg", "本组织本月API调用量已用完", 403)
    window = world.windows.setdefault((robot.app_key, call.endpoint), SlidingWindow(1))
    if not window.hit(now, world.limits.qps):
        code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
        raise bad(world, code, "应用调用该接口的QPS超过限制", 403)
    world.quota.take_api(now)
    return robot


def require_object(world: "World", call: Call) -> dict[str, Any]:
    # OURS: a body that is no JSON object gets invalidParameter.param.invalid everywhere.
    body = call.json_object()
    if body is None:
        raise bad(world, "invalidParameter.param.invalid", "请求体不是合法的JSON对象")
    return body


def require_robot(world: "World", caller: "Robot", body: dict[str, Any]) -> None:
    """The robotCode of a send must be the caller's own."""
    code = body.get("robotCode")
    if not code:
        raise bad(world, "invalidParameter.robotCode.empty", "robotCode为空")
    if code not in world.robots:
        raise bad(world, "invalidParameter.robotCode.notExsit", "机器人不存在")
    if code != caller.robot_code:
        raise bad(world, "invalidParameter.robotCode.auth", "应用无权使用该机器人")
    if caller.stopped:
        raise bad(world, "bot.stopped", "机器人已停用")


def loads_object(text: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
