"""Carries what people write to the robots' callback URLs, and shows the replies in the responses."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx

from .bodies import build
from .delivery import Delivery
from .drafts import Draft, Kind, Quirks
from .people import User
from .places import Group
from .record import Channel, Shown
from .robots import Robot
from .signing import robot_sign
from .webhook import parse
from .wire import RefusedError

if TYPE_CHECKING:
    from .world import Session, World

# In a group these cannot carry a mention, so no robot hears of them.
MUTE_IN_GROUPS = (Kind.PICTURE, Kind.AUDIO, Kind.VIDEO, Kind.FILE)


def encode(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


class Courier:
    """The HTTP callback sender."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.http: httpx.Client | None = None

    def post(self, sender: "User", where: "Group | Robot", draft: Draft, quirks: Quirks) -> Delivery:
        """Show the message to the people in the chat, then push it to each robot concerned."""
        world = self.world
        group = where if isinstance(where, Group) else None
        robots = self._robots(sender, where, draft)
        msg_id = world.ids.message()
        message = self._show(sender, group, draft, msg_id)
        done: list[Delivery] = []
        for robot in robots:
            with world.lock:
                session = world.open_session(robot, sender, group)
                used_up = not world.quota.take_webhook(world.clock.now())
                shape = replace(quirks, quota_exceeded=quirks.quota_exceeded or used_up)
                raw = encode(build(world, robot, sender, session, draft, shape, msg_id))
            delivery = self.push(robot, raw, session=session)
            delivery.message = message
            delivery.repeats = self._redeliver(delivery)
            done.append(delivery)
        if not done:
            return Delivery(self, message=message, error="no robot was addressed")
        done[0].siblings = done[1:]
        return done[0]

    def _robots(self, sender: "User", where: "Group | Robot", draft: Draft) -> "list[Robot]":
        if isinstance(where, Robot):
            return [where]
        if sender not in where.members:
            raise ValueError(f"{sender.nick} is not in {where.title}")
        robots = [one for one in draft.mentions if not isinstance(one, User)]
        if any(robot not in where.robots for robot in robots):
            raise ValueError("a mentioned robot is not in the group")
        return [] if draft.kind in MUTE_IN_GROUPS else robots

    def _show(self, sender: "User", group: "Group | None", draft: Draft, msg_id: str) -> Shown:
        shown = Shown(
            time=self.world.clock.now(),
            channel=Channel.PERSON,
            who=sender.nick,
            group=group,
            audience=tuple(group.members) if group else (sender,),
            notified=tuple(u for u in group.members if u in draft.mentions) if group else (),
            msgtype=draft.kind.value,
            title="",
            text=draft.visible(),
            size=len(draft.visible().encode(errors="surrogatepass")),
            at=tuple(one.name for one in draft.mentions),
            msg_id=msg_id,
            sender_id=sender.sender_id,
            parts=draft.parts,
            from_robot=False,
        )
        self.world.recorder.add(shown)
        return shown

    def sign(self, robot: "Robot", shift_seconds: float = 0.0) -> dict[str, str]:
        """Headers of a push, correctly signed for a clock that is off by so much."""
        timestamp = str(int((self.world.clock.now() + shift_seconds) * 1000))
        return {"timestamp": timestamp, "sign": robot_sign(timestamp, robot.app_secret)}

    def push(
        self,
        robot: "Robot",
        raw: bytes,
        headers: Mapping[str, str] | None = None,
        session: "Session | None" = None,
    ) -> Delivery:
        """One POST to the callback URL; the reply is shown when the push belongs to a session."""
        if self.http is None or not robot.callback_url:
            return Delivery(self, robot, raw, session=session, error="no callback URL, or not started")
        signed = {"Content-Type": "application/json; charset=utf-8"}
        signed |= self.sign(robot) if headers is None else dict(headers)
        delivery = Delivery(self, robot, raw, signed, session=session)
        self._carry(delivery, robot.callback_url)
        self._show_reply(delivery)
        return delivery

    def post_to(self, url: str, raw: bytes, headers: Mapping[str, str], within: float) -> Delivery:
        """One POST to another address than a robot's, which has its own time."""
        delivery = Delivery(self, raw=raw, headers=headers, seconds=within)
        self._carry(delivery, url)
        return delivery

    def _carry(self, delivery: Delivery, url: str) -> None:
        assert self.http is not None, "the platform has not been started"
        timeout = self.world.limits.patience_seconds
        started = time.perf_counter()
        try:
            answer = self.http.post(url, content=delivery.raw, headers=dict(delivery.headers), timeout=timeout)
            delivery.status, delivery.response = answer.status_code, answer.content
        except httpx.HTTPError as error:
            delivery.error = repr(error)
        delivery.elapsed = time.perf_counter() - started

    def _show_reply(self, delivery: Delivery) -> None:
        """A reply in the response body appears in the chat (OURS: not when it came late)."""
        reply = delivery.reply
        if delivery.session is None or not delivery.accepted or reply is None:
            return
        if delivery.reply_type in ("empty", "invalid"):
            return
        try:
            message = parse(reply, self.world.limits)
        except RefusedError as refused:
            delivery.error = f"reply refused with {refused.answer.code}"
            return
        with self.world.lock:
            self.world.show(Channel.CALLBACK, delivery.session, message, reply, len(delivery.response))

    def _redeliver(self, first: Delivery) -> list[Delivery]:
        plan = first.robot.redelivery if first.robot else None
        if plan is None or (plan.unless_accepted and first.accepted):
            return []
        return self.repeat(first, plan.times, plan.concurrent)

    def repeat(self, first: Delivery, times: int, concurrently: bool) -> list[Delivery]:
        robot = first.robot
        if robot is None:
            raise ValueError("nothing was delivered, so nothing can be delivered again")
        if not concurrently:
            return [self.push(robot, first.raw, session=first.session) for _ in range(times)]
        with ThreadPoolExecutor(max_workers=times) as pool:
            jobs = [pool.submit(self.push, robot, first.raw, None, first.session) for _ in range(times)]
            return [job.result() for job in jobs]
