"""DingTalk: a question reaches the desk, and the manual's answer is back in the same chat."""

from tests.platforms.dingtalk.record import Channel
from tests.stories.dingtalk_scene import DingTalkScene
from tests.stories.words import QUESTION


def test_a_question_in_the_group_is_answered_from_the_manual_and_the_asker_is_notified(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    answer = dingtalk.support.expect(dingtalk.house.answer)
    assert answer.channel is Channel.SESSION and answer.notified == (dingtalk.lin,)
    assert "1. " in answer.text and "出处：" in answer.text and "“人工”" in answer.text
    assert len(dingtalk.answers()) == 1
