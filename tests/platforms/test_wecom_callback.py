"""Messages on their way to a bot: verification, mentions, kinds, redelivery, order, hostile variants."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.platforms.wecom.answering import Scene, open_scene, stream
from tests.platforms.wecom.attachments import TINY_PNG, Attachment, picture
from tests.platforms.wecom.bots import Policy
from tests.platforms.wecom.courier import Outcome
from tests.platforms.wecom.hostile import Hostile
from tests.platforms.wecom.mention import END, END_FULL_WIDTH, FRONT, FULL_WIDTH, THIN_SPACE, MentionStyle
from tests.platforms.wecom.oracle import vendor_decrypt, vendor_events


@pytest.fixture
def scene() -> Iterator[Scene]:
    with open_scene() as opened:
        yield opened


def test_verification_wants_the_exact_bytes(scene: Scene) -> None:
    good = scene.bot.verify()
    assert good.ok and len(good.body) == 19 and good.elapsed < 1
    assert scene.bot.verify(raw_plus=True).ok
    assert scene.bot.verify(wrong_signature=True).why == "HTTP 403"
    for spoil in (
        lambda echo: b'"' + echo + b'"',
        lambda echo: echo + b"\n",
        lambda echo: b"\xef\xbb\xbf" + echo,
    ):
        scene.robot.break_echo = spoil
        assert "not exactly" in scene.bot.verify().why


def test_verification_is_given_up_after_a_second(scene: Scene) -> None:
    def slow(echo: bytes) -> bytes:
        time.sleep(1.2)
        return echo

    scene.robot.break_echo = slow
    assert "within 1 s" in scene.bot.verify().why
    other = scene.wecom.bot("别的")
    assert other.connect("http://127.0.0.1:9/cb").why == "unreachable"
    assert other.callback_url is None


@pytest.mark.parametrize(
    ("style", "content"),
    [
        (FRONT, "@IT小助手 邮箱登不上了"),
        (END, "邮箱登不上了 @IT小助手"),
        (FULL_WIDTH, "＠IT小助手 邮箱登不上了"),
        (THIN_SPACE, "@IT小助手\u2005邮箱登不上了"),
        (END_FULL_WIDTH, "邮箱登不上了\u2005＠IT小助手"),
    ],
)
def test_a_mention_reaches_the_bot(scene: Scene, style: MentionStyle, content: str) -> None:
    delivery = scene.zhang.says(scene.group, "邮箱登不上了", at=scene.bot, style=style)
    assert delivery.status is Outcome.NO_REPLY
    (payload,) = scene.robot.seen
    assert payload == {
        "msgid": delivery.msgid,
        "aibotid": scene.bot.botid,
        "chatid": scene.group.chatid,
        "chattype": "group",
        "from": {"userid": "zhangsan"},
        "response_url": delivery.response_url,
        "msgtype": "text",
        "text": {"content": content},
    }
    query, body = scene.robot.requests[0]
    assert set(query) == {"msg_signature", "timestamp", "nonce"} and list(json.loads(body)) == ["encrypt"]
    assert query["timestamp"] == str(int(scene.clock.now()))


def test_without_a_mention_nothing_is_delivered(scene: Scene) -> None:
    for text in ["邮箱登不上了", "IT小助手 在吗", "@IT小助手们 在吗", "@ IT小助手 在吗"]:
        delivery = scene.zhang.says(scene.group, text)
        assert delivery.status is Outcome.NOT_DELIVERED and "does not @" in delivery.why
    assert scene.robot.seen == []
    assert len(scene.group.seen(scene.wang)) == 4
    scene.group.expect_silence()
    scene.group.remove(scene.bot)
    assert scene.zhang.says(scene.group, "有人吗", at=scene.bot).why == "no bot in the group"
    with pytest.raises(ValueError, match="不在群"):
        scene.outsider.says(scene.group, "有人吗")


def test_mentioning_people_notifies_them(scene: Scene) -> None:
    scene.zhang.says(scene.group, "帮忙看看", at=[scene.wang, scene.outsider, scene.bot])
    assert scene.robot.seen[0]["text"]["content"] == "@王五 @赵六 @IT小助手 帮忙看看"
    assert [one.why for one in scene.wang.notifications()] == ["mention"]
    assert scene.outsider.notifications() == []


def test_usable_members_only(scene: Scene) -> None:
    scene.bot.usable_by = frozenset({"lisi"})
    assert "usable members" in scene.zhang.says(scene.bot, "你好").why
    assert scene.li.says(scene.bot, "你好").status is Outcome.NO_REPLY


def test_single_chat_kinds_and_the_vendors_dispatch(scene: Scene) -> None:
    scene.zhang.says(scene.bot, "你好")
    scene.zhang.says(scene.bot, "看图", pictures=[picture(), picture()])
    scene.zhang.sends_picture(scene.bot)
    scene.zhang.sends_voice(scene.bot, "打印机卡纸了")
    scene.zhang.sends_file(scene.bot, Attachment(b"log", "日志 1.txt"))
    scene.zhang.sends_unknown(scene.bot, "hologram", {"depth": 3})
    kinds = [payload["msgtype"] for payload in scene.robot.seen]
    assert kinds == ["text", "mixed", "image", "voice", "file", "hologram"]
    assert all(one["chattype"] == "single" and "chatid" not in one for one in scene.robot.seen)
    items = scene.robot.seen[1]["mixed"]["msg_item"]
    assert [item["msgtype"] for item in items] == ["text", "image", "image"]
    assert scene.robot.seen[3]["voice"] == {"content": "打印机卡纸了"}
    assert list(scene.robot.seen[4]["file"]) == ["url"]
    assert vendor_events(scene.robot.seen) == [
        *["message.text", "message.mixed", "message.image", "message.voice", "message.file"]
    ]


def test_pictures_in_groups_only_mixed_or_quoted(scene: Scene) -> None:
    alone = scene.wang.sends_picture(scene.group)
    assert "stand-alone image" in alone.why and scene.robot.seen == []
    scene.zhang.says(scene.group, "这个报错怎么办", at=scene.bot, quoting=alone.message)
    scene.zhang.says(scene.group, "看图", at=scene.bot, pictures=[picture()])
    quote = scene.robot.seen[0]["quote"]
    assert quote["msgtype"] == "image"
    data = httpx.get(quote["image"]["url"], trust_env=False).content
    assert vendor_decrypt(data, scene.bot.aes_key) == TINY_PNG
    assert scene.robot.seen[1]["mixed"]["msg_item"][1]["image"]["url"].startswith(scene.wecom.url)


def test_quotes_of_every_kind(scene: Scene) -> None:
    scene.robot.say = lambda payload: stream("请重启", stream_id=payload["msgid"])
    said = [
        scene.wang.says(scene.group, "连不上"),
        scene.wang.says(scene.group, "看图", pictures=[picture()]),
        scene.wang.sends_voice(scene.group, "喂"),
        scene.wang.sends_file(scene.group, Attachment(b"x", "a.log")),
        scene.wang.sends_video(scene.group, Attachment(b"v", "a.mp4")),
    ]
    for one in said:
        scene.zhang.says(scene.group, "这个", at=scene.bot, quoting=one.message)
    scene.zhang.says(scene.group, "没用", at=scene.bot, quoting=scene.group.last())
    quotes = [payload["quote"] for payload in scene.robot.seen]
    assert [one["msgtype"] for one in quotes] == ["text", "mixed", "voice", "file", "video", "text"]
    assert quotes[0]["text"] == {"content": "连不上"} and quotes[5]["text"] == {"content": "请重启"}


def test_redelivery_keeps_the_msgid_and_signs_afresh(scene: Scene) -> None:
    scene.robot.say = lambda _: stream("好")
    delivery = scene.zhang.says(scene.bot, "你好").again(times=2).again_at_once(2)
    assert [one["msgid"] for one in scene.robot.seen] == [delivery.msgid] * 5
    assert len({query["nonce"] for query, _ in scene.robot.requests}) == 5
    assert len(delivery.bubbles) == 1  # one stream id, one bubble
    scene.bot.policy = Policy(copies=2, at_once=True)
    scene.robot.say = lambda _: stream("好", stream_id=f"n{len(scene.robot.seen)}")
    assert len(scene.zhang.says(scene.bot, "再来").attempts) == 2
    scene.zhang.expect("好", times=3)  # TWO_BUBBLES: a bot that does not de-duplicate is seen doing so


def test_retries_after_failures(scene: Scene) -> None:
    scene.bot.policy = Policy(retries=2, message_seconds=0.3)
    scene.robot.say = lambda _: 500 if len(scene.robot.seen) < 3 else stream("好")
    delivery = scene.zhang.says(scene.bot, "你好")
    assert [one.outcome for one in delivery.attempts] == ["http_error", "http_error", "answered"]
    assert delivery.status is Outcome.ANSWERED and delivery.text == "好"

    def slow(_: object) -> dict[str, Any]:
        time.sleep(0.5)
        return stream("太迟", stream_id="late")

    scene.robot.say = slow
    late = scene.zhang.says(scene.bot, "在吗")
    assert late.status is Outcome.TIMEOUT and len(late.attempts) == 3 and late.elapsed >= 0.3
    scene.zhang.expect_not("太迟")


def test_out_of_order_and_at_once(scene: Scene) -> None:
    with scene.wecom.reordered(scene.bot):
        first = scene.zhang.says(scene.bot, "一")
        scene.zhang.says(scene.bot, "二")
        assert first.status is Outcome.HELD
    assert [one["text"]["content"] for one in scene.robot.seen] == ["二", "一"]
    assert str(first.status) == "no_reply"
    scene.wecom.at_once(lambda: scene.li.says(scene.bot, "三"), lambda: scene.wang.says(scene.bot, "四"))
    assert {one["from"]["userid"] for one in scene.robot.seen[2:]} == {"lisi", "wangwu"}


def test_three_in_progress_per_user(scene: Scene) -> None:
    scene.robot.say = lambda payload: stream("…", finish=False, stream_id=payload["msgid"])
    for text in "一二三":
        assert scene.zhang.says(scene.bot, text).status is Outcome.ANSWERED
    fourth = scene.zhang.says(scene.bot, "四")
    assert fourth.status is Outcome.HELD and len(scene.robot.seen) == 3
    assert scene.li.says(scene.bot, "别人不受影响").status is Outcome.ANSWERED
    scene.robot.say = lambda payload: stream("好", stream_id=payload.get("stream", {"id": "s4"})["id"])
    scene.clock.advance(1)
    scene.wecom.tick()
    assert str(fourth.status) == "answered" and fourth.text == "好"


@pytest.mark.parametrize("how", list(Hostile))
def test_hostile_variants_reach_the_bot_but_show_nothing(scene: Scene, how: Hostile) -> None:
    scene.robot.say = lambda _: stream("我上当了")
    attempt = scene.bot.attacked(how, by=scene.zhang)
    if how is Hostile.STALE:  # correctly signed; only a bot that checks the age can tell
        assert attempt.http_status == 200
    else:
        assert attempt.http_status in (400, 403) and scene.robot.seen == []
    scene.zhang.expect_silence()


def test_replay_sends_the_same_bytes(scene: Scene) -> None:
    delivery = scene.zhang.says(scene.bot, "你好")
    assert delivery.replayed().http_status == 200
    assert scene.robot.requests[0] == scene.robot.requests[1]
