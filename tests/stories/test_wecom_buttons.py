"""WeCom: buttons below an answer, and what a tap does, to the dialog and to the card."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.conversation import FORGET_AFTER
from app.store.conversations import state_of
from app.store.tables import ConversationRow, InboundRow
from tests.platforms.wecom.cards import soft_excesses
from tests.platforms.wecom.courier import Outcome
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.oracle import vendor_events
from tests.platforms.wecom.shown import Channel, Shown
from tests.stories.wecom_scene import WeComScene
from tests.stories.words import QUESTION, TOPIC

UNSURE = "Foxmail 的账户"


def card_of(delivery: Delivery) -> Shown:
    """The card below the answer; what it says fits on every screen."""
    card = delivery.bubbles[-1]
    assert card.card is not None and soft_excesses(card.card) == [], delivery
    return card


def buttons(card: Shown) -> dict[str, str]:
    assert card.card is not None
    return {one["text"]: one["key"] for one in card.card["button_list"]}


def given(wecom: WeComScene, person: str = "linxy") -> int:
    """How many steps this person has got."""
    row = next(row for row in wecom.house.rows(ConversationRow) if row.person == person)
    return len(state_of(row).given)


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_a_tap_goes_on_and_the_card_shows_what_was_chosen(wecom: WeComScene) -> None:
    card = card_of(wecom.asks(QUESTION))
    assert buttons(card) == {"已解决": "已解决", "下一步": "下一步", "转人工": "人工"}
    tap = wecom.lin.presses(card, "下一步")
    assert tap.status is Outcome.ANSWERED and tap.reply and tap.reply.userids is None
    assert buttons(card) == {"✓ 下一步": "下一步"}
    step = wecom.house.house.desk.library.guide(TOPIC).steps[2]
    answer = wecom.support.expect(step.title, within=5)
    assert answer.channel is Channel.RESPONSE_URL and answer.quotes is card
    assert vendor_events([tap.payload]) == ["event.template_card_event"]


def test_in_private_a_tap_works_like_in_a_group(wecom: WeComScene) -> None:
    card = card_of(wecom.lin.says(wecom.bot, QUESTION))
    wecom.lin.presses(card, "下一步")
    step = wecom.house.house.desk.library.guide(TOPIC).steps[2]
    assert wecom.lin.expect(step.title, within=5).kind == "markdown", "太长的话写不进卡片"
    wecom.support.expect_silence()


def test_in_private_a_short_answer_to_a_tap_brings_its_own_buttons(wecom: WeComScene) -> None:
    """A reply address takes one call: words and buttons go on one card, which is replaced as a whole later."""
    card = card_of(wecom.lin.says(wecom.bot, QUESTION))
    wecom.lin.presses(card, "人工")
    case = wecom.lin.expect("单号 1", within=5)
    assert case.kind == "template_card" and buttons(case) == {"问进度": "进度", "已解决": "已解决"}
    wecom.house.settle()
    wecom.lin.presses(case, "已解决")
    assert buttons(case) == {"✓ 已解决": "已解决"} and "单号 1" in case.words
    wecom.lin.expect("单 1 关了", within=5)


def test_the_same_tap_twice_says_nothing_new(wecom: WeComScene) -> None:
    card = card_of(wecom.asks(QUESTION))
    wecom.lin.presses(card, "下一步")
    wecom.house.settle()
    before, shown = wecom.house.counts(), len(wecom.support.answers())
    again = wecom.lin.presses(card, "下一步")
    assert again.status is Outcome.ANSWERED and buttons(card) == {"✓ 下一步": "下一步"}
    again.again(2)
    wecom.house.settle()
    assert wecom.house.counts() == before and len(wecom.support.answers()) == shown


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_two_taps_on_one_card_at_the_same_moment_are_decided_once(wecom: WeComScene) -> None:
    card = card_of(wecom.asks(QUESTION))
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(wecom.lin.presses, card, key) for key in ("下一步", "人工", "下一步", "人工")]
        assert {job.result().status for job in jobs} == {Outcome.ANSWERED}
    wecom.house.settle()
    decided, late = sorted(wecom.house.rows(InboundRow)[1:], key=lambda row: row.action == "stale")
    assert decided.action in ("next_step", "handoff") and late.action == "stale"
    assert next(iter(buttons(card))) == {"下一步": "✓ 下一步", "人工": "✓ 转人工"}[decided.text]


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_somebody_elses_tap_moves_nobody_and_tells_him_what_to_do(wecom: WeComScene) -> None:
    card = card_of(wecom.asks(QUESTION))
    before = given(wecom)
    with ThreadPoolExecutor(2) as pool:
        his, hers = pool.submit(wecom.chen.presses, card, "人工"), pool.submit(wecom.lin.presses, card, "下一步")
        his.result(), hers.result()
    wecom.support.expect("那张卡片是别人的", within=5)
    wecom.house.settle()
    assert given(wecom) > before and wecom.house.counts()["CaseRow"] == 0
    assert buttons(card) == {"✓ 下一步": "下一步"}


def test_an_old_card_changes_nothing_but_gets_a_line(wecom: WeComScene) -> None:
    old = card_of(wecom.asks(QUESTION))
    card_of(wecom.asks("下一步"))
    before = given(wecom)
    assert wecom.lin.presses(old, "人工").status is Outcome.ANSWERED
    wecom.support.expect("那张卡片过去了", within=5)
    assert given(wecom) == before and wecom.house.counts()["CaseRow"] == 0
    assert buttons(old) == {"已失效": "人工"}


def test_a_card_of_yesterday_is_old(wecom: WeComScene) -> None:
    old = card_of(wecom.asks(QUESTION))
    wecom.house.advance(minutes=FORGET_AFTER.total_seconds() / 60 + 1)
    wecom.lin.presses(old, "已解决")
    wecom.support.expect("那张卡片过去了", within=5)


def test_a_choice_is_a_tap(wecom: WeComScene) -> None:
    card = card_of(wecom.asks(UNSURE))
    assert list(buttons(card).values())[:2] == ["1", "2"] and list(buttons(card).values())[-2:] == ["都不是", "人工"]
    wecom.lin.presses(card, "2")
    wecom.support.expect("出处：", within=5)


def test_a_tap_that_the_platform_hung_up_on_is_answered_all_the_same(wecom: WeComScene) -> None:
    """Five seconds, one request, no repeat: what it caused does not depend on that."""
    card = card_of(wecom.asks(QUESTION))
    policy = wecom.bot.policy
    patience, policy.card_seconds = policy.card_seconds, 0.3
    with wecom.house.house.desk.database.transaction():
        assert wecom.lin.presses(card, "下一步").status is Outcome.TIMEOUT
    policy.card_seconds = patience
    step = wecom.house.house.desk.library.guide(TOPIC).steps[2]
    wecom.support.expect(step.title, within=5)
    assert "下一步" in buttons(card), "卡片没来得及换"
    wecom.lin.presses(card, "下一步")
    assert buttons(card) == {"✓ 下一步": "下一步"}
    wecom.house.settle()
    assert [row.action for row in wecom.house.rows(InboundRow)] == ["answer", "next_step"]
