"""The callback sender: signatures, timing, replies, redelivery, hostility."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .dingtalk.clock import FrozenClock
from .dingtalk.little import LittleDingTalk
from .dingtalk.people import User
from .dingtalk.places import Group
from .dingtalk.record import Channel
from .dingtalk.reference_bot import ReferenceBot
from .dingtalk.robots import Redelivery, Robot


@dataclass
class Scene:
    ding: LittleDingTalk
    bot: ReferenceBot
    robot: Robot
    lin: User
    group: Group


@pytest.fixture
def scene() -> Iterator[Scene]:
    clock = FrozenClock()
    with LittleDingTalk(clock=clock) as ding, ReferenceBot(clock, "fake-app-secret-0001") as bot:
        robot = ding.robot("小值", app_secret=bot.secret, callback_url=bot.url)
        lin = ding.user("林", "lin01")
        yield Scene(ding, bot, robot, lin, ding.group("IT支持", lin, robot))


def test_an_accepted_push(scene: Scene) -> None:
    delivery = scene.lin.says(scene.group, "你好", at=scene.robot)
    assert delivery.status == 200 and delivery.accepted and delivery.reply_type == "empty"
    assert delivery.headers["Content-Type"] == "application/json; charset=utf-8"
    assert delivery.headers["timestamp"] == str(int(scene.ding.clock.now() * 1000))
    assert 0 < delivery.elapsed < 2.5
    assert scene.group.seen() == []


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ({"msgtype": "text", "text": {"content": "认证失败请重置"}}, "认证失败请重置"),
        ({"msgtype": "markdown", "markdown": {"title": "答", "text": "**重置**"}}, "**重置**"),
    ],
)
def test_a_reply_in_the_response_is_shown(scene: Scene, reply: dict[str, Any], shown: str) -> None:
    scene.bot.reply = reply
    delivery = scene.lin.says(scene.group, "你好", at=scene.robot)
    assert delivery.reply_type == reply["msgtype"]
    message = scene.group.expect(shown)
    assert message.channel is Channel.CALLBACK and message.notified == ()
    scene.lin.says(scene.robot, "你好")
    assert scene.lin.inbox()[0].text == shown


def test_an_unreadable_response_shows_nothing(scene: Scene) -> None:
    scene.bot.reply = b"<html>"
    delivery = scene.lin.says(scene.group, "你好", at=scene.robot)
    assert delivery.reply is None and delivery.reply_type == "invalid"
    scene.bot.reply = {"msgtype": "text"}
    assert "40035" in scene.lin.says(scene.group, "你好", at=scene.robot).error
    scene.group.expect_silence(during=0.01)


def test_a_late_response_is_flagged_and_not_shown(scene: Scene) -> None:
    assert scene.ding.limits.push_seconds == 2.5
    scene.ding.limits.push_seconds = 0.1
    scene.bot.reply, scene.bot.delay = {"msgtype": "text", "text": {"content": "太晚"}}, 0.2
    delivery = scene.lin.says(scene.group, "你好", at=scene.robot)
    assert delivery.late and not delivery.accepted and delivery.status == 200
    assert scene.group.seen() == []
    scene.ding.limits.patience_seconds = 0.05
    hung = scene.lin.says(scene.group, "你好", at=scene.robot)
    assert hung.status is None and "ReadTimeout" in hung.error


def test_redelivery_on_demand_and_by_switch(scene: Scene) -> None:
    first = scene.lin.says(scene.group, "你好", at=scene.robot)
    scene.ding.clock.advance(60)
    again = first.again(2)
    assert [d.msg_id for d in again] == [first.msg_id] * 2
    assert again[0].headers["sign"] != first.headers["sign"]
    scene.robot.redelivery = Redelivery(times=3)
    assert len(scene.lin.says(scene.group, "再来", at=scene.robot).repeats) == 3
    scene.robot.redelivery = Redelivery(times=3, unless_accepted=True)
    assert scene.lin.says(scene.group, "三", at=scene.robot).repeats == []


def test_redelivery_can_be_concurrent(scene: Scene) -> None:
    scene.bot.delay = 0.3
    first = scene.lin.says(scene.group, "你好", at=scene.robot)
    assert scene.bot.busy_peak == 1
    twins = first.again(2, concurrently=True)
    assert scene.bot.busy_peak == 2
    assert {d.msg_id for d in twins} == {first.msg_id}


def test_hostile_pushes(scene: Scene) -> None:
    foe = scene.ding.hostile(scene.robot, scene.lin, scene.group)
    assert foe.wrong_sign().status == 403
    assert foe.skewed(59).status == foe.skewed(-59).status == 200
    assert foe.skewed(61).status == foe.skewed(-61).status == 403
    assert foe.without("sign").status == foe.without("timestamp").status == 403
    assert foe.without("timestamp", "sign").status == 403
    assert foe.odd_timestamp("yesterday").status == 403
    assert foe.garbage().status == foe.deep().status == foe.invalid_utf8().status == 400
    assert foe.huge(300_000).status == 200 and len(foe.huge(300_000).raw) > 299_000
    genuine = scene.lin.says(scene.group, "你好", at=scene.robot)
    replay = foe.replayed(genuine)
    assert replay.status == 200 and replay.headers["sign"] == genuine.headers["sign"]
    assert replay.raw != genuine.raw and replay.msg_id != genuine.msg_id
    scene.ding.clock.advance(3601)
    assert foe.replayed(genuine).status == 403
    stolen = foe.forged(foe.body(sessionWebhook="http://169.254.169.254/"))
    assert stolen.body["sessionWebhook"].startswith("http://169")
    assert len(scene.group.everything()) == 1


def test_no_server_behind_the_url(scene: Scene) -> None:
    scene.robot.callback_url = "http://127.0.0.1:9/"
    delivery = scene.lin.says(scene.robot, "在吗")
    assert delivery.status is None and "ConnectError" in delivery.error and delivery.pushed
    scene.robot.callback_url = ""
    assert not scene.lin.says(scene.robot, "在吗").pushed
