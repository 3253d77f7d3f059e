"""sessionWebhook: lifetime, shapes, size, mentions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .dingtalk.client import post, text
from .dingtalk.clock import FrozenClock
from .dingtalk.little import LittleDingTalk
from .dingtalk.people import User
from .dingtalk.places import Group
from .dingtalk.robots import Robot


@dataclass
class Scene:
    ding: LittleDingTalk
    robot: Robot
    lin: User
    wang: User
    group: Group

    def open(self) -> str:
        """The sessionWebhook of a fresh group message."""
        session = self.ding.world.open_session(self.robot, self.lin, self.group)
        return f"{self.ding.url}/robot/sendBySession?session={session.key}"


@pytest.fixture
def scene() -> Iterator[Scene]:
    with LittleDingTalk(clock=FrozenClock()) as ding:
        robot = ding.robot("小值")
        lin, wang = ding.user("林", "lin01"), ding.user("王", "wang01", mobile="13800000001")
        yield Scene(ding, robot, lin, wang, ding.group("IT支持", lin, wang, robot))


def code(url: str, body: Any, content_type: str = "application/json") -> int:
    answer = post(url, body, Content_Type=content_type)
    assert answer.status_code == 200
    result: int = answer.json()["errcode"]
    return result


def test_ninety_minutes(scene: Scene) -> None:
    url = scene.open()
    scene.ding.clock.advance(90 * 60 - 1)
    assert post(url, text("还行")).json() == {"errcode": 0, "errmsg": "ok"}
    scene.ding.clock.advance(1)
    assert post(url, text("晚了")).json() == {"errcode": 300001, "errmsg": "session 不存在"}
    assert code(f"{scene.ding.url}/robot/sendBySession?session=0123", text("无")) == 300001
    assert code(f"{scene.ding.url}/robot/sendBySession", text("无")) == 300001
    assert [s.text for s in scene.group.seen()] == ["还行"]


@pytest.mark.parametrize(
    "body",
    [
        {"msgtype": "text", "text": {"content": "答案"}},
        {"msgtype": "markdown", "markdown": {"title": "题", "text": "答案"}},
        {"msgtype": "link", "link": {"title": "题", "text": "答案", "messageUrl": "https://a.example"}},
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "题",
                "text": "答案",
                "singleTitle": "看",
                "singleURL": "https://a.example",
            },
        },
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "题",
                "text": "答案",
                "btns": [{"title": "已解决", "actionURL": "dtmd://x"}],
            },
        },
        {
            "msgtype": "feedCard",
            "feedCard": {"links": [{"title": "答案", "messageURL": "https://a", "picURL": "https://p"}]},
        },
    ],
)
def test_the_five_types(scene: Scene, body: dict[str, Any]) -> None:
    assert code(scene.open(), body) == 0
    shown = scene.group.expect("答案")
    assert shown.msgtype == body["msgtype"] and shown.body == body
    broken = {"msgtype": body["msgtype"], body["msgtype"]: {"title": "题"}}
    assert code(scene.open(), broken) == 40035


def test_refused_shapes(scene: Scene) -> None:
    url = scene.open()
    assert code(url, {"msgtype": "image", "image": {"media_id": "@x"}}) == 400105
    assert code(url, b"{nonsense") == code(url, b"[]") == code(url, {}) == 40035
    assert code(url, text("x", at=[])) == 40035
    assert code(url, text("x"), "text/plain") == 43004
    assert scene.group.seen() == []


def test_twenty_thousand_bytes_of_body(scene: Scene) -> None:
    frame = len('{"msgtype": "text", "text": {"content": ""}, "at": {"atUserIds": []}}')
    fits = "x" * (20_000 - frame)
    assert code(scene.open(), text(fits)) == 0
    assert scene.group.seen()[0].size == 20_000
    answer = post(scene.open(), text(fits + "x")).json()
    assert answer == {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}
    assert code(scene.open(), text("啊" * 6667)) == 460101


@pytest.mark.parametrize("msgtype", ["text", "markdown", "actionCard"])
def test_only_id_plus_literal_plus_membership_notifies(scene: Scene, msgtype: str) -> None:
    outsider = scene.ding.user("赵", "zhao01")

    def notified(words: str, at: dict[str, Any]) -> list[str]:
        card = {"title": "题", "text": words, "singleTitle": "看", "singleURL": "https://a.example"}
        part = {"content": words} if msgtype == "text" else card
        assert code(scene.open(), {"msgtype": msgtype, msgtype: part, "at": at}) == 0
        return [user.nick for user in scene.group.seen()[-1].notified]

    assert notified("@wang01 请看", {"atUserIds": ["wang01"]}) == ["王"]
    assert notified("请看", {"atUserIds": ["wang01"]}) == []
    assert notified("@wang01 请看", {}) == []
    assert notified("@王 请看", {"atUserIds": ["wang01"]}) == []
    assert notified("@zhao01 请看", {"atUserIds": ["zhao01"]}) == []
    assert notified("@wang012 请看", {"atUserIds": ["wang01"]}) == []
    assert notified("@13800000001请看", {"atMobiles": ["13800000001"]}) == ["王"]
    assert notified("@13800000001请看", {"atUserIds": ["13800000001"]}) == []
    assert notified("都看", {"isAtAll": True}) == ["林", "王"]
    assert notified("@all 粘贴", {}) == []
    assert len(scene.wang.notifications()) == 3 and outsider.notifications() == []


def test_one_to_one_session(scene: Scene) -> None:
    key = scene.ding.world.open_session(scene.robot, scene.lin, None).key
    url = f"{scene.ding.url}/robot/sendBySession?session={key}"
    assert code(url, text("私聊")) == 0
    assert scene.lin.expect("私聊").notified == (scene.lin,)
    assert scene.lin.expect_notified("私聊") and scene.wang.inbox() == []
    scene.ding.world.session_in_one_to_one = False
    assert code(url, text("私聊")) == 300001


def test_optional_rate_and_month(scene: Scene) -> None:
    assert [code(scene.open(), text("x")) for _ in range(25)] == [0] * 25
    scene.ding.limits.session_per_minute = 2
    assert [code(scene.open(), text("x")) for _ in range(3)] == [0, 0, 410100]
    scene.ding.limits.webhook_per_month = scene.ding.quota.webhook_used
    scene.ding.clock.advance(61)
    assert code(scene.open(), text("x")) == 90020
