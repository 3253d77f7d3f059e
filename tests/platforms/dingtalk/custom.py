"""POST /robot/send: the custom group robot with its security settings and its lock-out."""

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .record import Channel, Shown
from .session import check_envelope
from .signing import robot_sign, same
from .webhook import Message, parse
from .wire import Answer, Call, RefusedError, errcode

if TYPE_CHECKING:
    from .robots import CustomRobot
    from .world import World


def send(world: "World", call: Call) -> Answer:
    """OURS: the order of the checks, and that only accepted messages (and their repeats) count towards the rate."""
    robot = world.customs.get(call.query.get("access_token", ""))
    if robot is None:
        raise RefusedError(errcode(400101, "access_token不存在"))
    _check_state(robot)
    check_envelope(world, call)
    _check_locked(world, robot)
    _check_ip(robot, call)
    _check_sign(world, robot, call)
    body = call.json_object()
    message = parse(body, world.limits)
    assert body is not None
    _check_keywords(robot, body)
    key = body.get("msgUuid")
    _check_rate(world, robot)
    if isinstance(key, str) and key in robot.uuids:
        robot.repeats.append(world.clock.now())
        return errcode(0, "ok")  # OURS: a repeated msgUuid answers ok and shows nothing, but is a call like any other
    if not world.quota.take_webhook(world.clock.now()):
        raise RefusedError(errcode(90020, "本组织本月 Webhook 调用量已用完"))
    if isinstance(key, str) and key:
        robot.uuids.add(key)
    _show(world, robot, message, body, len(call.body))
    return errcode(0, "ok")


def _check_state(robot: "CustomRobot") -> None:
    if robot.group.dissolved:
        raise RefusedError(errcode(400013, "群已被解散"))
    if not robot.enabled:
        raise RefusedError(errcode(400102, "机器人已停用"))
    if robot.removed:
        raise RefusedError(errcode(400106, "机器人不在群中"))


def _check_ip(robot: "CustomRobot", call: Call) -> None:
    if not robot.ips:
        return
    address = ipaddress.ip_address(call.client_ip)
    if not any(address in ipaddress.ip_network(net, strict=False) for net in robot.ips):
        raise RefusedError(errcode(310000, f"ip {call.client_ip} not in whitelist"))


def _check_sign(world: "World", robot: "CustomRobot", call: Call) -> None:
    if not robot.secret:
        return
    timestamp = call.query.get("timestamp", "")
    now_ms = world.clock.now() * 1000
    fresh = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20
    if not fresh or abs(int(timestamp) - now_ms) > world.limits.sign_skew_seconds * 1000:
        raise RefusedError(errcode(310000, "invalid timestamp"))
    if not same(call.query.get("sign", ""), robot_sign(timestamp, robot.secret)):
        raise RefusedError(errcode(310000, "sign not match"))


def _check_keywords(robot: "CustomRobot", body: dict[str, Any]) -> None:
    # OURS: a keyword counts anywhere in the content of the message, title and links included.
    written = "\n".join(_strings(body[body["msgtype"]]))
    if robot.keywords and not any(word in written for word in robot.keywords):
        raise RefusedError(errcode(310000, "keywords not in content"))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _too_fast(robot: "CustomRobot", limit: int) -> RefusedError:
    if robot.answers_130101:
        return RefusedError(errcode(130101, f"send too fast, exceed {limit} times per minute"))
    return RefusedError(errcode(410100, "发送速度太快而限流"))


def _check_locked(world: "World", robot: "CustomRobot") -> None:
    now, limits = world.clock.now(), world.limits
    if now < robot.locked_until:
        if limits.attempt_restarts_lockout:
            robot.locked_until = now + limits.lockout_seconds
        raise _too_fast(robot, limits.custom_per_minute)


def _check_rate(world: "World", robot: "CustomRobot") -> None:
    now, limits = world.clock.now(), world.limits
    if not robot.window.hit(now, limits.custom_per_minute):
        robot.locked_until = now + limits.lockout_seconds
        raise _too_fast(robot, limits.custom_per_minute)


def _show(world: "World", robot: "CustomRobot", message: Message, body: dict[str, Any], size: int) -> None:
    world.recorder.add(
        Shown(
            time=world.clock.now(),
            channel=Channel.CUSTOM,
            who=robot.name,
            group=robot.group,
            audience=tuple(robot.group.members),
            notified=message.notified(robot.group),
            msgtype=message.msgtype,
            title=message.title,
            text=message.text,
            size=size,
            at=message.at,
            msg_id=world.ids.message(),
            sender_id=robot.name,
            body=body,
        )
    )
