"""WeCom: a question reaches the desk, and the manual's answer is back in the same chat."""

import pytest

from app.store.tables import ConversationRow, InboundRow
from tests.platforms.wecom.attachments import Attachment
from tests.platforms.wecom.mention import END, END_FULL_WIDTH, FRONT, FULL_WIDTH, THIN_SPACE, MentionStyle
from tests.platforms.wecom.shown import Channel
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import OTHER_QUESTION, QUESTION


def test_the_url_is_verified_when_the_administrator_saves_it(wecom: WeComScene) -> None:
    assert wecom.bot.verify().ok
    assert wecom.bot.verify(raw_plus=True).ok
    assert wecom.bot.verify(wrong_signature=True).http_status == 403


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_a_question_in_the_group_is_answered_from_the_manual_in_the_same_response(wecom: WeComScene) -> None:
    delivery = wecom.asks(QUESTION)
    answer = wecom.support.expect(wecom.house.answer, times=1)
    assert delivery.reply is not None and answer.channel is Channel.REPLY and answer.finished
    assert "1. " in answer.text and "出处：" in answer.text and "“人工”" in answer.text
    assert f"@{wecom.bot.name}" in answer.text, "群里的人要先 @ 才找得到它"
    assert [row.state for row in wecom.house.said("reply")] == ["sent"]


def test_a_question_in_private_is_answered_there_and_nowhere_else(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.bot, QUESTION)
    answer = wecom.lin.expect(wecom.house.answer, times=1)
    assert "1. " in answer.text and "出处：" in answer.text
    assert "群里要先" not in answer.text
    wecom.support.expect_silence()
    wecom.chen.expect_silence()


def test_the_answer_to_one_person_is_not_the_conversation_of_another(wecom: WeComScene) -> None:
    wecom.asks(QUESTION)
    wecom.asks("还是不行", by=wecom.chen)
    wecom.support.expect_not("单 1")
    assert len(wecom.house.rows(ConversationRow)) == 2


def test_a_redelivery_shows_the_same_answer_once_and_stores_nothing(wecom: WeComScene) -> None:
    delivery = wecom.asks(QUESTION)
    before = wecom.house.counts()
    delivery.again(2)
    delivery.again_at_once(3)
    assert [one.kind for one in delivery.bubbles] == ["stream", "template_card"]
    assert set(delivery.bubble.history) == {delivery.bubble.text} and len(delivery.bubble.history) == 6
    assert wecom.house.counts() == before
    wecom.house.advance(minutes=1)
    wecom.house.settle()
    assert wecom.support.answers() == delivery.bubbles


def test_two_first_deliveries_at_once_are_one_question(wecom: WeComScene) -> None:
    wecom.bot.policy.copies, wecom.bot.policy.at_once = 2, True
    delivery = wecom.asks(QUESTION)
    assert [one.kind for one in delivery.bubbles] == ["stream", "template_card"]
    assert len(set(delivery.bubble.history)) == 1
    assert wecom.house.counts()["InboundRow"] == wecom.house.counts()["OutboxRow"] == 1


def test_recorded_bytes_sent_again_by_somebody_else_change_nothing(wecom: WeComScene) -> None:
    delivery = wecom.asks("人工")
    before = wecom.house.counts()
    assert delivery.replayed().http_status == 200
    assert wecom.house.counts() == before and before["CaseRow"] == 1


@pytest.mark.parametrize("style", [FRONT, END, FULL_WIDTH, THIN_SPACE, END_FULL_WIDTH])
def test_however_the_client_writes_the_mention_the_question_is_the_same(wecom: WeComScene, style: MentionStyle) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=wecom.bot, style=style)
    wecom.support.expect(wecom.house.answer, times=1)
    assert [row.text for row in wecom.house.rows(InboundRow)] == [QUESTION]


def test_mentioning_a_colleague_as_well_does_not_spoil_the_question(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.support, QUESTION, at=[wecom.chen, wecom.bot])
    wecom.support.expect(wecom.house.answer, times=1)


def test_what_does_not_mention_the_desk_does_not_reach_it(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.support, QUESTION)
    wecom.support.expect_silence()
    assert wecom.house.rows(InboundRow) == []


def test_an_empty_mention_gets_a_line_that_says_what_to_do(wecom: WeComScene) -> None:
    wecom.asks("")
    wecom.support.expect("我在。", times=1)


def test_whoever_opens_the_private_chat_is_welcomed(wecom: WeComScene) -> None:
    delivery = wecom.lin.enters(wecom.bot)
    assert delivery.reply is not None and delivery.reply.kind == "text"
    wecom.lin.expect(f"我是{wecom.bot.name}", times=1)


def test_a_spoken_question_is_answered_like_a_written_one(wecom: WeComScene) -> None:
    wecom.lin.sends_voice(wecom.bot, OTHER_QUESTION)
    wecom.lin.expect("出处：", times=1)


@pytest.mark.parametrize("kind", ["file", "video", "unknown"])
def test_what_the_desk_cannot_open_gets_a_polite_line(wecom: WeComScene, kind: str) -> None:
    if kind == "file":
        wecom.lin.sends_file(wecom.bot, Attachment(filename="日志.zip"))
    elif kind == "video":
        wecom.lin.sends_video(wecom.bot, Attachment(filename="录屏.mp4"))
    else:
        wecom.lin.sends_unknown(wecom.bot, "hologram", {"depth": 3})
    wecom.lin.expect("打不开，请改发文字", times=1)
    assert wecom.house.counts()["CaseRow"] == 0
