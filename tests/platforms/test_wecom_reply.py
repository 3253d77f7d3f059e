"""Passive replies: what is shown, how streams run, and everything that is refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.platforms.wecom.answering import Scene, open_scene, stream
from tests.platforms.wecom.attachments import TINY_PNG
from tests.platforms.wecom.courier import Outcome
from tests.platforms.wecom.crypto import Sealer
from tests.platforms.wecom.envelope import compact

Json = dict[str, Any]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with open_scene() as opened:
        yield opened


def image(data: bytes = TINY_PNG, md5: str | None = None) -> Json:
    digest = md5 or hashlib.md5(data).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(data).decode(), "md5": digest}}


def test_a_finished_stream_is_seen_by_the_group(scene: Scene) -> None:
    scene.robot.say = lambda _: stream("**认证失败**：请重置密码", feedback={"id": "f1"}, msg_item=[image()])
    delivery = scene.zhang.says(scene.group, "邮箱登不上了", at=scene.bot)
    assert delivery.status is Outcome.ANSWERED and delivery.finished and delivery.http_status == 200
    shown = scene.group.expect("认证失败", times=1)
    assert shown.audience == {"zhangsan", "lisi", "wangwu"} and shown.images == (TINY_PNG,)
    assert shown.size == len("**认证失败**：请重置密码".encode()) and shown.feedback_id == "f1"
    scene.wecom.assert_clean()
    with pytest.raises(AssertionError, match="没有看到「重启」") as caught:
        scene.group.expect("重启")
    assert "张三（user）：@IT小助手 邮箱登不上了" in str(caught.value)
    with pytest.raises(AssertionError, match="不该出现"):
        scene.group.expect_not("密码")


def test_streams_are_polled_until_finished(scene: Scene) -> None:
    texts = iter(["查询中", "查询中：邮箱", "好了"])

    def say(payload: Json) -> Json:
        text = next(texts)
        return stream(text, finish=text == "好了", stream_id="s1")

    scene.robot.say = say
    delivery = scene.zhang.says(scene.group, "邮箱", at=scene.bot)
    assert not delivery.finished and not delivery.bubble.finished
    began = scene.clock.now()
    delivery.follow()
    assert delivery.bubble.history == ["查询中", "查询中：邮箱", "好了"] and delivery.bubble.finished
    assert scene.clock.now() - began == 2.0
    refresh = scene.robot.seen[1]
    assert refresh["msgtype"] == "stream" and refresh["stream"] == {"id": "s1"}
    assert refresh["msgid"] != delivery.msgid and "response_url" not in refresh
    assert refresh["chatid"] == scene.group.chatid and refresh["from"] == {"userid": "zhangsan"}


def test_polling_stops_after_six_minutes(scene: Scene) -> None:
    scene.wecom.poll_seconds = 30.0
    scene.robot.say = lambda payload: stream("还在查", finish=False) if payload["msgtype"] == "text" else None
    delivery = scene.zhang.says(scene.bot, "慢").follow()
    assert delivery.bubble.expired and not delivery.bubble.finished
    assert len(delivery.refreshes) == 11  # 30 s to 330 s; at 360 s it is over
    scene.wecom.tick()
    assert len(delivery.refreshes) == 11


def test_polling_in_the_background() -> None:
    with open_scene(auto_poll=True) as scene:
        scene.robot.say = lambda payload: stream("好了", finish=payload["msgtype"] == "stream")
        delivery = scene.zhang.says(scene.bot, "喂")
        scene.clock.advance(1)
        for _ in range(100):
            if delivery.finished:
                break
            scene.wecom._stop.wait(0.05)
        assert delivery.finished


def test_no_reply_is_fine(scene: Scene) -> None:
    assert scene.zhang.says(scene.bot, "你好").status is Outcome.NO_REPLY
    scene.robot.say = lambda _: {}
    assert scene.zhang.says(scene.bot, "你好").status is Outcome.NO_REPLY
    scene.robot.say = lambda _: 404
    assert scene.zhang.says(scene.bot, "你好").status is Outcome.HTTP_ERROR
    scene.wecom.assert_clean()


def refused(scene: Scene, why: str) -> None:
    delivery = scene.zhang.says(scene.group, "你好", at=scene.bot)
    assert delivery.status is Outcome.BAD_REPLY and delivery.reply is None
    assert delivery.violation is not None and why in delivery.violation
    scene.group.expect_silence()
    with pytest.raises(AssertionError, match="违反了协议"):
        scene.wecom.assert_clean()


def swap(name: str, value: Any) -> Callable[[Json], Json]:
    return lambda envelope: {**envelope, name: value}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (swap("nonce", "other"), "nonce"),
        (swap("msgsignature", "0" * 40), "msgsignature is wrong"),
        (swap("timestamp", 1), "msgsignature is wrong"),
        (swap("timestamp", "soon"), "timestamp"),
        (swap("timestamp", None), "timestamp"),
        (swap("encrypt", None), "lacks encrypt"),
    ],
)
def test_envelopes_must_be_right(scene: Scene, spoil: Callable[[Json], Json], why: str) -> None:
    scene.robot.say = lambda _: stream("你好")
    scene.robot.break_envelope = spoil
    refused(scene, why)


def reseal(scene: Scene, sealer: Sealer, plain: bytes) -> Callable[[Json], Json]:
    def spoil(envelope: Json) -> Json:
        encrypt = sealer.seal(plain, b"r" * 16)
        signature = scene.bot.sealer.sign("1700000001", envelope["nonce"], encrypt)
        return {**envelope, "encrypt": encrypt, "msgsignature": signature}

    return spoil


@pytest.mark.parametrize(
    ("receiveid", "plain", "why"),
    [
        ("ww1", compact(stream("你好")), "-40005"),
        ("", b"hello", "not UTF-8 JSON"),
        ("", b"\xff\xfe", "not UTF-8 JSON"),
        ("", b"[]", "not a JSON object"),
    ],
)
def test_sealed_contents_must_be_right(scene: Scene, receiveid: str, plain: bytes, why: str) -> None:
    scene.robot.say = lambda _: stream("你好")
    scene.robot.break_envelope = reseal(scene, Sealer(scene.bot.token, scene.bot.aes_key, receiveid), plain)
    refused(scene, why)


def test_another_key_or_plain_text_is_refused(scene: Scene) -> None:
    scene.robot.say = lambda _: b"success"
    refused(scene, "neither empty nor a JSON envelope")
    scene.robot.say = lambda _: compact(stream("你好"))
    assert "lacks encrypt" in (scene.zhang.says(scene.bot, "你好").violation or "")
    scene.robot.say = lambda _: stream("你好")
    scene.robot.break_envelope = reseal(scene, Sealer(scene.bot.token, "a" * 43), b"{}")
    assert "does not decrypt" in (scene.zhang.says(scene.bot, "你好").violation or "")


@pytest.mark.parametrize(
    ("say", "why"),
    [
        ({"msgtype": "text", "text": {"content": "你好"}}, "'text' cannot answer a message"),
        ({"msgtype": "markdown", "markdown": {"content": "你好"}}, "cannot answer"),
        ({"response_type": "update_template_card", "template_card": {}}, "cannot answer"),
        (stream("字" * 6827), "20481 bytes"),
        ({"msgtype": ["stream"]}, "cannot answer"),
        ({"msgtype": "stream", "stream": "好"}, "stream is not an object"),
        (stream("   \u200b\n"), "no visible character"),
        (stream(None), "no visible character"),
        (stream("好", stream_id=""), "stream.id"),
        (stream("好", finish=False, msg_item=[image()]), "only allowed with finish=true"),
        (stream("好", msg_item=[image()] * 11), "11 pictures"),
        (stream("好", msg_item=[image(md5="0" * 32)]), "md5"),
        (stream("好", msg_item=[image(b"GIF89a")]), "JPG or PNG"),
        (stream("好", msg_item=[{"msgtype": "text"}]), "images only"),
        (stream("好", feedback={"id": "f" * 257}), "256"),
        ({"msgtype": "stream", "stream": {"id": "s", "content": "好", "finish": "true"}}, "boolean"),
        ({"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": 5}}, "not a string"),
        ({"msgtype": "template_card", "template_card": {"card_type": "poster"}}, "card_type"),
    ],
)
def test_replies_that_break_a_rule(scene: Scene, say: Json, why: str) -> None:
    scene.robot.say = lambda _: say
    refused(scene, why)


def test_the_largest_content_and_ten_pictures_pass(scene: Scene) -> None:
    scene.robot.say = lambda _: stream("字" * 6826 + "ab", msg_item=[image()] * 10)
    delivery = scene.zhang.says(scene.bot, "你好")
    assert delivery.status is Outcome.ANSWERED and delivery.bubble.size == 20480


def test_refreshes_keep_their_stream(scene: Scene) -> None:
    scene.robot.say = lambda payload: stream("在查", finish=False)
    delivery = scene.zhang.says(scene.bot, "你好")
    scene.robot.say = lambda payload: stream("好", stream_id="s2")
    assert "answers a refresh of 's1'" in (delivery.follow().violation or "")
    assert not delivery.finished  # EMPTY_REFRESH: polling goes on
    scene.robot.say = lambda payload: stream(None, finish=True)  # MISSING content keeps the text
    assert delivery.bubble.text == "在查"
    scene.clock.advance(1)
    scene.wecom.tick()
    assert delivery.finished and delivery.bubble.text == "在查"
    scene.robot.say = lambda payload: stream("好")
    assert "belongs to another message" in (scene.li.says(scene.bot, "你好").violation or "")
