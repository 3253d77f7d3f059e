"""The custom robot: security, rate and lock-out, idempotency, caps."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .dingtalk.client import custom, post, text
from .dingtalk.clock import FrozenClock
from .dingtalk.little import LittleDingTalk
from .dingtalk.people import User
from .dingtalk.places import Group
from .dingtalk.signing import custom_robot_query

SECRET = "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


@dataclass
class Scene:
    ding: LittleDingTalk
    wang: User
    group: Group


@pytest.fixture
def scene() -> Iterator[Scene]:
    with LittleDingTalk(clock=FrozenClock(1_700_000_000.004)) as ding:
        wang = ding.user("王", "wang01", mobile="13800000001")
        yield Scene(ding, wang, ding.group("值班群", wang))


def test_sign(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    assert custom(robot, text("一"))["errcode"] == 0
    assert custom(robot, text("二"), skew_seconds=3599)["errcode"] == 0
    assert custom(robot, text("三"), skew_seconds=-3601) == {
        "errcode": 310000,
        "errmsg": "invalid timestamp",
    }
    assert post(robot.webhook, text("四")).json()["errmsg"] == "invalid timestamp"
    quoted = custom_robot_query("1700000000004", SECRET)
    assert "%2F" in quoted and "%2B" in quoted
    url = f"{robot.webhook}&timestamp=1700000000004&sign="
    assert post(url + quoted, text("五")).json()["errcode"] == 0
    for wrong in (quoted.replace("%", "%25"), quoted.replace("%2B", "+"), "%E5%95%8A"):
        assert post(url + wrong, text("六")).json() == {"errcode": 310000, "errmsg": "sign not match"}


def test_keywords_and_ips(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, keywords=["告警", "值班"])
    assert custom(robot, text("值班通知"))["errcode"] == 0
    assert custom(robot, text("通知")) == {"errcode": 310000, "errmsg": "keywords not in content"}
    fenced = scene.ding.custom_robot("内网", scene.group, ips=["10.0.0.0/8"])
    assert custom(fenced, text("x"))["errmsg"] == "ip 127.0.0.1 not in whitelist"
    fenced.ips += ("127.0.0.1",)
    assert custom(fenced, text("x"))["errcode"] == 0
    with pytest.raises(ValueError, match="at least one"):
        scene.ding.custom_robot("裸奔", scene.group)


def test_twenty_per_minute_then_ten_minutes(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    other = scene.ding.custom_robot("另一个", scene.group, secret=SECRET)
    for _ in range(20):
        assert custom(robot, text("响"))["errcode"] == 0
        scene.ding.clock.advance(2.9)
    assert custom(robot, text("第二十一条"))["errcode"] == 410100
    assert custom(other, text("别的机器人"))["errcode"] == 0
    scene.ding.clock.advance(599)
    assert custom(robot, text("还锁着"))["errcode"] == 410100
    scene.ding.clock.advance(1)
    assert custom(robot, text("又行了"))["errcode"] == 0


def test_twenty_spread_over_a_minute_are_fine(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    for _ in range(30):
        assert custom(robot, text("响"))["errcode"] == 0
        scene.ding.clock.advance(3)


def test_the_other_code_and_the_restarting_lock(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    robot.answers_130101 = True
    scene.ding.limits.custom_per_minute = 1
    scene.ding.limits.attempt_restarts_lockout = True
    custom(robot, text("一"))
    assert custom(robot, text("二"))["errcode"] == 130101
    scene.ding.clock.advance(599)
    assert custom(robot, text("三"))["errmsg"] == "send too fast, exceed 1 times per minute"
    scene.ding.clock.advance(599)
    assert custom(robot, text("四"))["errcode"] == 130101


def test_idempotency_key(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    for _ in range(19):
        assert custom(robot, text("一次", msgUuid="k1"))["errcode"] == 0
    assert custom(robot, text("两次", msgUuid="k2"))["errcode"] == 0
    assert [s.text for s in scene.group.seen()] == ["一次", "两次"] and len(robot.repeats) == 18


def test_a_repeat_is_a_call_like_any_other(scene: Scene) -> None:
    """Documented nowhere: the dearer reading, so that nobody relies on the cheaper one."""
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    answers = [custom(robot, text("一次", msgUuid="k1"))["errcode"] for _ in range(21)]
    assert set(answers[:20]) == {0} and answers[20] != 0


def test_caps_and_states(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    assert custom(robot, text("x", *(f"u{n}" for n in range(50))))["errcode"] == 0
    assert custom(robot, text("x", *(f"u{n}" for n in range(51))))["errcode"] == 40035
    assert custom(robot, text("x" * 20_000))["errcode"] == 460101
    url = f"{scene.ding.url}/robot/send?access_token="
    assert post(url + "unknown", text("x")).json()["errcode"] == 400101
    robot.enabled = False
    assert custom(robot, text("x"))["errcode"] == 400102
    robot.enabled, robot.removed = True, True
    assert custom(robot, text("x"))["errcode"] == 400106
    scene.group.dissolved = True
    assert custom(robot, text("x"))["errcode"] == 400013


def test_mentions(scene: Scene) -> None:
    robot = scene.ding.custom_robot("告警", scene.group, secret=SECRET)
    custom(robot, text("@wang01 起来", "wang01"))
    custom(robot, text("@13800000001 起来", at={"atMobiles": ["13800000001"]}))
    custom(robot, text("起来", "wang01"))
    assert [s.text for s in scene.wang.notifications()] == ["@wang01 起来", "@13800000001 起来"]
    assert scene.group.seen()[2].at == ("wang01",)
