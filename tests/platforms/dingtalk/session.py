"""POST /robot/sendBySession: replies through the bearer URL of an inbound message."""

from typing import TYPE_CHECKING

from .rates import SlidingWindow
from .record import Channel
from .webhook import parse
from .wire import Answer, Call, RefusedError, errcode

if TYPE_CHECKING:
    from .world import World


def check_envelope(world: "World", call: Call) -> None:
    """Content type and size, alike for both webhooks."""
    if not call.headers.get("content-type", "").lower().startswith("application/json"):
        raise RefusedError(errcode(43004, "无效的HTTP HEADER Content-Type"))
    cap = world.limits.webhook_bytes
    if len(call.body) > cap:
        raise RefusedError(errcode(460101, f"message too long, exceed {cap} bytes"))


def send(world: "World", call: Call) -> Answer:
    now = world.clock.now()
    session = world.sessions.get(call.query.get("session", ""))
    if session is None or session.expires_ms <= now * 1000:
        raise RefusedError(errcode(300001, "session 不存在"))
    if session.group is None and not world.session_in_one_to_one:
        # Correction 5: one official page says groups only. OURS: the code of that refusal.
        raise RefusedError(errcode(300001, "session 不存在"))
    if session.robot.stopped:
        raise RefusedError(errcode(400102, "机器人已停用"))
    if session.group and session.group.dissolved:
        raise RefusedError(errcode(400013, "群已被解散"))
    if session.group and session.robot not in session.group.robots:
        # OURS: that a session of a group outlives the robot's place in it, as an address that answers so.
        raise RefusedError(errcode(400106, "机器人不在群中"))
    check_envelope(world, call)
    body = call.json_object()
    message = parse(body, world.limits)
    cap = world.limits.session_per_minute
    window = world.windows.setdefault((session.robot.app_key, session.conversation_id), SlidingWindow(60))
    if cap is not None and not window.hit(now, cap):
        raise RefusedError(errcode(410100, "发送速度太快而限流"))
    if world.limits.session_replies_count and not world.quota.take_webhook(now):
        raise RefusedError(errcode(90020, "本组织本月 Webhook 调用量已用完"))
    world.show(Channel.SESSION, session, message, body or {}, len(call.body))
    return errcode(0, "ok")
