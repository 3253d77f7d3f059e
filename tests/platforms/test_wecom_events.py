"""Entering the chat, cards and their buttons, feedback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.platforms.wecom.answering import Scene, open_scene, stream
from tests.platforms.wecom.cards import CardError, check_card, soft_excesses
from tests.platforms.wecom.courier import Outcome
from tests.platforms.wecom.oracle import vendor_events

Json = dict[str, Any]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with open_scene() as opened:
        yield opened


def buttons(task_id: str = "T-1", title: str = "邮箱登不上") -> Json:
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "button_list": [{"text": "解决了", "key": "yes"}, {"text": "没解决", "key": "no"}],
        "task_id": task_id,
    }


def vote(task_id: str = "V-1") -> Json:
    return {
        "card_type": "vote_interaction",
        "main_title": {"title": "哪里坏了"},
        "checkbox": {"question_key": "q", "option_list": [{"id": "a", "text": "网络"}]},
        "submit_button": {"text": "提交", "key": "submit"},
        "task_id": task_id,
    }


def card_reply(card: Json) -> Json:
    return {"msgtype": "template_card", "template_card": card}


def test_the_first_entry_of_a_day_is_welcomed(scene: Scene) -> None:
    scene.robot.say = lambda _: {"msgtype": "text", "text": {"content": "您好，我是 IT 小助手"}}
    assert scene.zhang.enters(scene.bot).status is Outcome.ANSWERED
    (payload,) = scene.robot.seen
    assert payload["event"] == {"eventtype": "enter_chat"} and "msgid" in payload
    assert not {"chattype", "chatid", "response_url"} & set(payload)
    assert scene.zhang.enters(scene.bot).why == "not the first entry of the day"
    scene.zhang.expect("您好", times=1)
    assert scene.li.inbox() == []
    scene.clock.advance(24 * 3600)
    scene.robot.say = lambda _: stream("不行")
    assert "cannot answer a enter_chat" in (scene.zhang.enters(scene.bot).violation or "")


def test_a_card_is_pressed_and_replaced(scene: Scene) -> None:
    scene.robot.say = lambda _: card_reply(buttons())
    card = scene.zhang.says(scene.group, "邮箱", at=scene.bot).bubble
    assert scene.group.expect("没解决") is card
    scene.robot.say = lambda _: {
        "response_type": "update_template_card",
        "template_card": buttons(title="已解决"),
        "userids": ["lisi"],
    }
    pressed = scene.li.presses(card, "yes")
    assert pressed.status is Outcome.ANSWERED
    event = scene.robot.seen[-1]
    assert event["event"] == {
        "eventtype": "template_card_event",
        "template_card_event": {"card_type": "button_interaction", "event_key": "yes", "task_id": "T-1"},
    }
    assert event["chatid"] == scene.group.chatid and event["response_url"] == pressed.response_url
    titles = [(card.card_for(one) or {})["main_title"]["title"] for one in ("lisi", "wangwu")]
    assert titles == ["已解决", "邮箱登不上"]
    assert vendor_events([event]) == ["event.template_card_event"]
    with pytest.raises(ValueError, match="no key"):
        scene.li.presses(card, "maybe")
    with pytest.raises(ValueError, match="no card"):
        scene.outsider.presses(card, "yes")


def test_card_updates_are_checked(scene: Scene) -> None:
    scene.robot.say = lambda _: card_reply(vote())
    card = scene.zhang.says(scene.bot, "投票").bubble
    scene.robot.say = lambda _: {
        "response_type": "update_template_card",
        "template_card": vote("other"),
    }
    pressed = scene.zhang.presses(card, "submit", {"q": ["a"]})
    assert "task_id 'other'" in (pressed.violation or "")
    event = scene.robot.seen[-1]["event"]["template_card_event"]
    assert event["selected_items"] == {"selected_item": [{"question_key": "q", "option_ids": {"option_id": ["a"]}}]}
    scene.robot.say = lambda _: stream("不行")
    assert "cannot answer" in (scene.zhang.presses(card, "submit").violation or "")


def test_card_events_are_never_repeated(scene: Scene) -> None:
    scene.bot.policy.retries = 3
    scene.robot.say = lambda _: card_reply(buttons())
    card = scene.zhang.says(scene.bot, "邮箱").bubble
    scene.robot.say = lambda _: 500
    assert len(scene.zhang.presses(card, "yes").attempts) == 1
    assert scene.bot.policy.card_seconds == 5
    scene.bot.policy.card_seconds = 0.2
    scene.robot.say = lambda _: time.sleep(0.4)
    assert scene.zhang.presses(card, "yes").status is Outcome.TIMEOUT


def test_one_card_per_message_and_fresh_task_ids(scene: Scene) -> None:
    with_card = {**stream("看卡片", finish=False), "msgtype": "stream_with_template_card"}
    scene.robot.say = lambda _: {**with_card, "template_card": buttons()}
    delivery = scene.zhang.says(scene.bot, "邮箱")
    assert [one.kind for one in delivery.bubbles] == ["stream", "template_card"]
    assert len(delivery.again().bubbles) == 2  # the same card again is the same card
    scene.robot.say = lambda _: {**with_card, "template_card": buttons("T-2")}
    assert "a second card" in (delivery.follow().violation or "")
    scene.robot.say = lambda _: card_reply(buttons())
    assert "used before" in (scene.li.says(scene.bot, "邮箱").violation or "")


def test_feedback(scene: Scene) -> None:
    scene.robot.say = lambda _: stream("重启试试", feedback={"id": "f9"})
    bubble = scene.zhang.says(scene.group, "卡", at=scene.bot).bubble
    scene.robot.say = lambda _: None
    assert scene.li.rates(bubble, 2, "没用", [3]).status is Outcome.NO_REPLY
    event = scene.robot.seen[-1]
    assert event["event"]["feedback_event"] == {
        "id": "f9",
        "type": 2,
        "content": "没用",
        "inaccurate_reason_list": [3],
    }
    assert "response_url" not in event and event["from"] == {"userid": "lisi"}
    assert scene.li.rates(bubble, 1).payload["event"]["feedback_event"] == {"id": "f9", "type": 1}
    scene.robot.say = lambda _: stream("谢谢", stream_id="s2")
    assert "an empty answer" in (scene.zhang.rates(bubble, 3).violation or "")
    with pytest.raises(ValueError, match="feedback"):
        scene.zhang.rates(scene.group.seen()[0], 1)


NOTICE: Json = {"card_type": "text_notice", "main_title": {"title": "通知"}, "card_action": {"type": 1}}


@pytest.mark.parametrize(
    ("card", "why"),
    [
        ({**NOTICE, "card_action": None}, "card_action"),
        ({**NOTICE, "main_title": {}}, "sub_title_text"),
        ({**NOTICE, "action_menu": {"action_list": [{"text": "关", "key": "k"}]}}, "task_id"),
        ({**NOTICE, "card_type": "news_notice"}, "card_image"),
        ({**NOTICE, "horizontal_content_list": [{}] * 7}, "at most 6"),
        (buttons("空格 不行"), "task_id"),
        ({**buttons(), "button_list": [{"text": "是", "key": "k"}] * 2}, "used twice"),
        ({**buttons(), "button_list": [{"text": "是", "key": "k" * 1025}]}, "1024"),
        ({**buttons(), "button_list": [{"key": "k"}]}, "needs text"),
        ({**vote(), "checkbox": {"question_key": "q", "option_list": []}}, "1 to 20"),
        ("card", "not an object"),
        ({**buttons(), "button_list": ["是"]}, "wrong type"),
        ({**vote(), "card_type": []}, "wrong type"),
    ],
)
def test_cards_that_break_a_rule(card: Any, why: str) -> None:
    with pytest.raises(CardError, match=why):
        check_card(card)


def test_soft_lengths_are_only_reported() -> None:
    long = {**buttons(title="长" * 27), "sub_title_text": "长" * 113}
    assert check_card(long) is long
    assert soft_excesses(long) == ["main_title.title > 26", "sub_title_text > 112"]
    assert soft_excesses(buttons()) == []
