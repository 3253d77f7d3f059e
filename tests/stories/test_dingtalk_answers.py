"""DingTalk: a question reaches the desk, and the manual's answer is back in the same chat."""

import pytest

from app.store.tables import ConversationRow, InboundRow
from tests.platforms.dingtalk.drafts import Quirks
from tests.platforms.dingtalk.media import Media
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.robots import Redelivery
from tests.stories.dingtalk_scene import DingTalkScene
from tests.stories.words import OTHER_QUESTION, QUESTION


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_a_question_in_the_group_is_answered_from_the_manual_and_the_asker_is_notified(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    answer = dingtalk.support.expect(dingtalk.house.answer)
    assert answer.channel is Channel.SESSION and answer.notified == (dingtalk.lin,)
    assert "1. " in answer.text and "出处：" in answer.text and "“人工”" in answer.text
    assert len(dingtalk.answers()) == 1


def test_a_question_in_private_is_answered_there_and_nowhere_else(dingtalk: DingTalkScene) -> None:
    dingtalk.lin.says(dingtalk.robot, QUESTION)
    answer = dingtalk.lin.expect(dingtalk.house.answer)
    assert answer.channel is Channel.SESSION and "群里要先" not in answer.text
    assert dingtalk.answers() == [] and dingtalk.chen.inbox() == []


def test_in_private_without_a_usable_session_the_answer_comes_by_the_api(dingtalk: DingTalkScene) -> None:
    dingtalk.ding.world.session_in_one_to_one = False
    dingtalk.lin.says(dingtalk.robot, QUESTION)
    assert dingtalk.lin.expect(dingtalk.house.answer).channel is Channel.OTO_API


def test_two_people_in_one_group_have_two_conversations(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    dingtalk.asks(OTHER_QUESTION, by=dingtalk.chen)
    dingtalk.answers()
    assert len(dingtalk.house.rows(ConversationRow)) == 2
    assert [one.notified for one in dingtalk.answers()] == [(dingtalk.lin,), (dingtalk.chen,)]


def test_a_redelivery_shows_one_answer_and_stores_nothing(dingtalk: DingTalkScene) -> None:
    delivery = dingtalk.asks(QUESTION)
    dingtalk.support.expect(dingtalk.house.answer)
    before = dingtalk.house.counts()
    assert all(one.accepted for one in [*delivery.again(2), *delivery.again(3, concurrently=True)])
    assert len(dingtalk.answers()) == 1
    assert dingtalk.house.counts() == before


def test_two_first_deliveries_at_once_are_one_question(dingtalk: DingTalkScene) -> None:
    dingtalk.robot.redelivery = Redelivery(times=2, concurrent=True)
    dingtalk.asks(QUESTION)
    dingtalk.support.expect(dingtalk.house.answer)
    assert len(dingtalk.answers()) == 1
    assert dingtalk.house.counts()["InboundRow"] == dingtalk.house.counts()["OutboxRow"] == 1


def test_a_redelivery_a_minute_later_is_still_known(dingtalk: DingTalkScene) -> None:
    delivery = dingtalk.asks("人工")
    dingtalk.expect_pages(1)
    dingtalk.house.advance(seconds=60)
    assert delivery.again()[0].accepted
    dingtalk.expect_pages(1)
    assert dingtalk.house.counts()["CaseRow"] == 1


QUIRKS = {
    "mention at the start": Quirks(),
    "no leading space": Quirks(leading_space=False),
    "text at the top": Quirks(top_level_content=True),
    "numbers as strings": Quirks(numbers_as_strings=True),
    "no robot code": Quirks(without=("robotCode",)),
    "no corp": Quirks(without=("chatbotCorpId", "senderCorpId")),
    "thread id": Quirks(open_thread_id=True),
    "control character": Quirks(extra={"senderNick": "林\x07小雨"}),
}


@pytest.mark.parametrize("quirks", QUIRKS.values(), ids=QUIRKS)
def test_however_the_client_writes_it_the_question_is_the_same(dingtalk: DingTalkScene, quirks: Quirks) -> None:
    dingtalk.lin.says(dingtalk.support, QUESTION, at=dingtalk.robot, quirks=quirks)
    assert dingtalk.support.expect(dingtalk.house.answer).notified == (dingtalk.lin,)
    assert [row.text for row in dingtalk.house.rows(InboundRow)] == [QUESTION]


def test_a_mention_at_the_end_is_as_good(dingtalk: DingTalkScene) -> None:
    dingtalk.lin.says(dingtalk.support, QUESTION, at=dingtalk.robot, mention="end")
    dingtalk.support.expect(dingtalk.house.answer)


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "removed"])
def test_mentioning_a_colleague_as_well_does_not_spoil_the_question(dingtalk: DingTalkScene, keep: bool) -> None:
    quirks = Quirks(keep_other_mentions=keep)
    dingtalk.lin.says(dingtalk.support, QUESTION, at=[dingtalk.chen, dingtalk.robot], quirks=quirks)
    assert dingtalk.support.expect(dingtalk.house.answer).notified == (dingtalk.lin,)


def test_the_answer_reaches_somebody_from_outside_though_nobody_can_mention_him(dingtalk: DingTalkScene) -> None:
    visitor = dingtalk.ding.user("外包小周", external=True)
    dingtalk.support.add(visitor)
    dingtalk.asks(QUESTION, by=visitor)
    dingtalk.support.expect(dingtalk.house.answer)


def test_an_empty_mention_gets_a_line_that_says_what_to_do(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("")
    dingtalk.support.expect("我在。")


def test_a_spoken_question_is_answered_like_a_written_one(dingtalk: DingTalkScene) -> None:
    dingtalk.lin.sends_audio(dingtalk.robot, Media(b"amr", "voice.amr"), recognition=OTHER_QUESTION)
    dingtalk.lin.expect("出处：")


@pytest.mark.parametrize("kind", ["file", "video", "unknown"])
def test_what_the_desk_cannot_open_gets_a_polite_line(dingtalk: DingTalkScene, kind: str) -> None:
    lin, robot, thing = dingtalk.lin, dingtalk.robot, Media(b"PK", "日志.zip")
    if kind == "file":
        delivery = lin.sends_file(robot, thing)
    elif kind == "video":
        delivery = lin.sends_video(robot, thing)
    else:
        delivery = lin.sends_unknown(robot)
    assert delivery.accepted
    lin.expect("打不开，请改发文字")
    assert dingtalk.house.counts()["CaseRow"] == 0
