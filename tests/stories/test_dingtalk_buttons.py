"""DingTalk: buttons that write words in the name of whoever taps them."""

import pytest

from app.channels.dingtalk.robot import MARGIN
from app.store.tables import InboundRow
from tests.platforms.dingtalk.buttons import buttons, words_of
from tests.platforms.dingtalk.record import Channel
from tests.stories.dingtalk_scene import NAME, DingTalkScene, open_dingtalk
from tests.stories.words import QUESTION, TOPIC
from tests.stories.workshop import Workshop


def test_a_tap_in_the_group_reaches_the_desk_as_the_persons_words(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    card = dingtalk.support.expect(dingtalk.house.answer)
    assert card.msgtype == "actionCard" and card.notified == (dingtalk.lin,)
    said = {title: words_of(address) for title, address in buttons(card).items()}
    assert said == {"已解决": f"@{NAME} 已解决", "下一步": f"@{NAME} 下一步", "转人工": f"@{NAME} 人工"}
    dingtalk.lin.taps(card, "下一步")
    step = dingtalk.house.house.desk.library.guide(TOPIC).steps[2]
    dingtalk.support.expect(step.title)
    assert [row.text for row in dingtalk.house.rows(InboundRow)] == [QUESTION, "下一步"]


def test_in_private_the_words_stand_alone(dingtalk: DingTalkScene) -> None:
    dingtalk.lin.says(dingtalk.robot, QUESTION)
    card = dingtalk.lin.expect(dingtalk.house.answer)
    assert words_of(buttons(card)["转人工"]) == "人工"
    dingtalk.lin.taps(card, "转人工")
    case = dingtalk.lin.expect("单号 1")
    dingtalk.lin.taps(case, "已解决")
    dingtalk.lin.expect("单 1 关了")


def test_tapped_twice_at_once_it_goes_one_step_further(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    card = dingtalk.support.expect(dingtalk.house.answer)
    dingtalk.lin.taps(card, "下一步")
    dingtalk.lin.taps(card, "下一步")
    assert len(dingtalk.answers()) == 2
    assert [row.action for row in dingtalk.house.rows(InboundRow)] == ["answer", "next_step", "ignore"]


def test_somebody_elses_tap_is_his_own_word(dingtalk: DingTalkScene) -> None:
    """He is called nobody's colleague: the card's owner is where he was."""
    dingtalk.asks(QUESTION)
    card = dingtalk.support.expect(dingtalk.house.answer)
    dingtalk.chen.taps(card, "转人工")
    dingtalk.support.expect("单号 1")
    dingtalk.lin.taps(card, "下一步")
    dingtalk.support.expect(dingtalk.house.house.desk.library.guide(TOPIC).steps[2].title)


def test_a_choice_is_a_tap(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("Foxmail 的账户")
    card = dingtalk.support.expect("都不是")
    dingtalk.lin.taps(card, next(title for title in buttons(card) if title.startswith("2. ")))
    dingtalk.support.expect("出处：")


@pytest.mark.parametrize("group", [True, False], ids=["group", "private"])
def test_by_the_api_the_card_is_of_the_template_for_so_many_buttons(dingtalk: DingTalkScene, group: bool) -> None:
    dingtalk.ding.limits.session_seconds = int(MARGIN.total_seconds())
    place = dingtalk.support if group else dingtalk.robot
    dingtalk.lin.says(place, QUESTION, at=dingtalk.robot if group else ())
    card = (dingtalk.support if group else dingtalk.lin).expect(dingtalk.house.answer)
    assert (card.channel, card.msgtype) == (Channel.GROUP_API if group else Channel.OTO_API, "sampleActionCard3")
    dingtalk.lin.taps(card, "下一步")
    step = dingtalk.house.house.desk.library.guide(TOPIC).steps[2]
    (dingtalk.support if group else dingtalk.lin).expect(step.title)


def test_where_a_tap_in_a_group_reaches_nobody_the_company_turns_them_off_there(workshop: Workshop) -> None:
    with open_dingtalk(workshop, group_buttons=False) as dingtalk:
        dingtalk.asks(QUESTION)
        assert dingtalk.support.expect(dingtalk.house.answer).msgtype == "markdown"
        dingtalk.lin.says(dingtalk.robot, QUESTION)
        assert dingtalk.lin.expect(dingtalk.house.answer).msgtype == "actionCard"
