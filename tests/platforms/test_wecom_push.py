"""Group push webhooks: keys, limits, rates, and who is really notified."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.platforms.wecom.answering import Scene, open_scene
from tests.platforms.wecom.attachments import TINY_PNG
from tests.platforms.wecom.push import Push

Json = dict[str, Any]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with open_scene() as opened:
        yield opened


@pytest.fixture
def push(scene: Scene) -> Push:
    return scene.wecom.push(scene.group, "值班提醒")


def send(push: Push, body: Json, url: str | None = None) -> int:
    answer = httpx.post(url or push.url, json=body, trust_env=False)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/json")
    errcode = answer.json()["errcode"]
    assert isinstance(errcode, int)
    return errcode


def text(content: Any, **more: Any) -> Json:
    return {"msgtype": "text", "text": {"content": content, **more}}


def markdown(content: str, kind: str = "markdown") -> Json:
    return {"msgtype": kind, kind: {"content": content}}


def test_mentions_reach_members_only(scene: Scene, push: Push) -> None:
    body = text(
        "请看工单 7 <@lisi>",
        mentioned_list=["wangwu", "zhaoliu"],
        mentioned_mobile_list=["139", "13800000001"],
    )
    assert send(push, body) == 0
    shown = scene.group.expect("请看工单 7 @李四")
    assert shown.mentioned == ("wangwu", "lisi", "zhangsan") and shown.unresolved == ("zhaoliu", "139")
    assert [one.message for one in scene.wang.notifications()] == [shown]
    assert scene.outsider.notifications() == [] and shown.sender == "值班提醒"


@pytest.mark.parametrize("field", ["mentioned_list", "mentioned_mobile_list"])
def test_everyone(scene: Scene, push: Push, field: str) -> None:
    assert send(push, text("全员注意", **{field: ["@all"]})) == 0
    assert [len(one.notifications()) for one in (scene.zhang, scene.li, scene.outsider)] == [1, 1, 0]


def test_markdown_mentions_but_markdown_v2_does_not(scene: Scene, push: Push) -> None:
    assert send(push, markdown("**告警** <@lisi> <@nobody>")) == 0
    assert scene.group.last().text == "**告警** @李四 <@nobody>"
    assert send(push, markdown("| 表 | <@wangwu> |", "markdown_v2")) == 0
    assert scene.group.last().text == "| 表 | <@wangwu> |"
    assert (len(scene.li.notifications()), len(scene.wang.notifications())) == (1, 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text("字" * 682 + "ab"), 0),
        (text("字" * 683), 40058),
        (markdown("字" * 1365 + "a"), 0),
        (markdown("字" * 1365 + "ab"), 40058),
        (markdown("a" * 4097, "markdown_v2"), 40058),
        (text(""), 44004),
        (text("  \n"), 44004),
        ({"msgtype": "text"}, 44004),
        (markdown(""), 44004),
        ({"msgtype": "poem", "poem": {}}, 40008),
        ({}, 40008),
        (text("好", mentioned_list="lisi"), 40058),
        ({"msgtype": "news", "news": {"articles": ["新闻"]}}, 44004),
        ({"msgtype": "file", "file": {"media_id": "m"}}, 40007),
        ({"msgtype": "image", "image": {"base64": "eA==", "md5": "x"}}, 40058),
        ({"msgtype": "news", "news": {"articles": []}}, 40058),
        ({"msgtype": "news", "news": {"articles": [{"title": "新闻", "url": "http://a"}]}}, 0),
        ({"msgtype": "template_card", "template_card": {"card_type": "button_interaction"}}, 40058),
    ],
)
def test_limits(scene: Scene, push: Push, body: Json, code: int) -> None:
    assert send(push, body) == code
    assert len(scene.group.seen()) == (1 if code == 0 else 0)
    assert scene.wecom.recorder.calls_to("push")[-1].errcode == code


def test_pictures_and_notice_cards(scene: Scene, push: Push) -> None:
    data = {"base64": base64.b64encode(TINY_PNG).decode(), "md5": hashlib.md5(TINY_PNG).hexdigest()}
    assert send(push, {"msgtype": "image", "image": data}) == 0
    assert scene.group.last().images == (TINY_PNG,)
    card = {"card_type": "text_notice", "main_title": {"title": "值班表"}, "card_action": {"type": 1}}
    assert send(push, {"msgtype": "template_card", "template_card": card}) == 0
    scene.group.expect("值班表")


def test_keys(scene: Scene, push: Push) -> None:
    assert send(push, text("你好"), push.url + "x") == 93000
    assert send(push, text("你好"), f"{scene.wecom.url}/cgi-bin/webhook/send") == 93000
    push.disabled = True
    assert send(push, text("你好")) == 93004
    push.removed = True
    assert send(push, text("你好")) == 93000
    answer = httpx.post(push.url, content=b"nonsense", trust_env=False).json()
    assert answer["errmsg"].startswith("invalid webhook url, hint: [") and answer["errmsg"].endswith("?e=93000")
    scene.group.expect_silence()


def test_broken_json(push: Push) -> None:
    half = rb'{"msgtype":"text","text":{"content":"\ud83d"}}'
    for content in [b"nonsense", b"\xff", b"[]", half]:
        assert httpx.post(push.url, content=content, trust_env=False).json()["errcode"] == 40058


def test_twenty_a_minute(scene: Scene, push: Push) -> None:
    other = scene.wecom.push(scene.group)
    codes = [send(push, text(f"第 {number} 条")) for number in range(22)]
    assert codes == [0] * 20 + [45009] * 2
    assert send(other, text("别的钥匙")) == 0
    scene.clock.advance(59)
    assert send(push, text("还不行")) == 45009
    scene.clock.advance(1)
    assert send(push, text("又行了")) == 0
    scene.group.expect_not("还不行")
