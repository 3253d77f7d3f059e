"""A careless little caller for the platform's own tests: posts and returns what came back."""

import json
from typing import Any

import httpx

from .robots import CustomRobot, Robot
from .signing import robot_sign


def post(
    url: str, body: Any, *, params: dict[str, str] | None = None, method: str = "POST", **headers: str
) -> httpx.Response:
    """POST (or PUT) a JSON body without environment proxies; raw bytes go out as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    with httpx.Client(trust_env=False, verify=False, timeout=10) as http:
        return http.request(method, httpx.URL(url).copy_merge_params(params or {}), content=content, headers=sent)


def text(content: str, *ids: str, **fields: Any) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}, "at": {"atUserIds": list(ids)}, **fields}


def token(robot: Robot) -> str:
    body = {"appKey": robot.app_key, "appSecret": robot.app_secret}
    answer = post(f"{robot.world.base_url}/v1.0/oauth2/accessToken", body)
    granted: str = answer.json()["accessToken"]
    return granted


def api(
    robot: Robot, path: str, body: dict[str, Any], access_token: str | None = None, *, method: str = "POST"
) -> httpx.Response:
    """An OpenAPI call with robotCode filled in, under a fresh token unless one is given."""
    held = token(robot) if access_token is None else access_token
    url = f"{robot.world.base_url}{path}"
    return post(url, {"robotCode": robot.robot_code} | body, method=method, x_acs_dingtalk_access_token=held)


def custom(robot: CustomRobot, body: Any, skew_seconds: float = 0.0) -> dict[str, Any]:
    """A custom robot message, signed when the robot has a secret."""
    params: dict[str, str] = {}
    if robot.secret:
        stamp = str(int((robot.world.clock.now() + skew_seconds) * 1000))
        params = {"timestamp": stamp, "sign": robot_sign(stamp, robot.secret)}
    answer = post(robot.webhook, body, params=params)
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json()
    return result
