"""What became of a case is put on the cards that called for it: once each, in order, and on no others."""

from datetime import timedelta

import pytest

from app.core.delivery import Failure
from app.core.message import Way
from app.flows.tidy import tidy
from tests.flows.stage import PAGER, Stage
from tests.people import LI, WANG, XIAOLIN, ZHANG


@pytest.fixture
def carded(stage: Stage) -> Stage:
    stage.desk.cards = frozenset({PAGER})
    return stage


def written(stage: Stage) -> list[tuple[int, str]]:
    """Which page's card, by its place among the pages, was given which line."""
    stage.waits(1)
    pages = [row.key for row in stage.outbox(Way.PAGE)]
    return [(pages.index(sent.card), sent.markdown) for sent in stage.pager.sent if sent.way is Way.CARD]


def test_every_card_of_the_case_says_who_has_it_and_then_how_it_ended(carded: Stage) -> None:
    carded.asks_for_a_person(XIAOLIN)
    carded.waits(11)
    carded.hears(LI, "接单 1")
    taken = "✓ 李工 09:11 接了单 1"
    assert written(carded) == [(0, taken), (1, taken)]
    carded.hears(LI, "解决 1 重装了客户端")
    over = "✓ 单 1 09:12 结束：重装了客户端"
    assert written(carded)[2:] == [(0, over), (1, over)]
    carded.hears(ZHANG, "重开 1")
    assert written(carded)[4:] == [(0, "✓ 张工 09:13 接了单 1"), (1, "✓ 张工 09:13 接了单 1")]


def test_a_change_does_not_meet_a_tap_that_is_still_being_answered(carded: Stage) -> None:
    carded.asks_for_a_person(XIAOLIN)
    carded.works()
    carded.hears(ZHANG, "接单 1")
    carded.works()
    (row,) = carded.outbox(Way.CARD)
    assert row.state == "due" and row.due_at == carded.now + timedelta(seconds=3)


def test_of_a_colleague_who_accepts_the_card_says_so(carded: Stage) -> None:
    carded.asks_for_a_person(XIAOLIN)
    carded.works()
    carded.hears(ZHANG, "接单 1")
    carded.hears(ZHANG, "转交 1 王主管")
    carded.works()
    carded.hears(WANG, "接单 1")
    lines = [line for _, line in written(carded)]
    assert lines[0] == "✓ 张工 09:00 接了单 1" and set(lines[1:]) == {"✓ 王主管 09:00 接了单 1"}


def test_other_cases_other_pagers_and_pages_that_never_left_are_let_alone(carded: Stage) -> None:
    carded.pager.fails(Failure.PERMANENT)
    carded.asks_for_a_person(XIAOLIN)
    carded.works()
    carded.hears(ZHANG, "接单 1")
    assert carded.outbox(Way.CARD) == []
    carded.desk.cards = frozenset()
    carded.hears(ZHANG, "解决 1 好了")
    assert carded.outbox(Way.CARD) == []


def test_a_card_that_can_be_changed_once_says_what_became_of_its_case_first(stage: Stage) -> None:
    """WeCom's: to the very person, by the code that came with the page; what comes later is said in words."""
    stage.pager.changeable = timedelta(hours=72)
    stage.asks_for_a_person(XIAOLIN)
    stage.waits(11)
    first, second = stage.outbox(Way.PAGE)
    stage.hears(LI, "接单 1")
    taken = "✓ 李工 09:11 接了单 1"
    assert written(stage) == [(0, taken), (1, taken)]
    changes = [sent for sent in stage.pager.sent if sent.way is Way.CARD]
    assert [one.reply_address and one.reply_address.url for one in changes] == [
        f"code:{page.key}" for page in (first, second)
    ]
    assert [one.mentions[0].user_id for one in changes] == [ZHANG.id, LI.id]
    stage.hears(LI, "解决 1 重装了客户端")
    assert len(written(stage)) == 2
    assert {row.sealed_reply for row in stage.outbox()} == {""}


def test_a_card_whose_code_is_over_is_let_alone_and_the_code_is_erased(stage: Stage) -> None:
    stage.pager.changeable = timedelta(minutes=5)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    (page,) = stage.outbox(Way.PAGE)
    assert page.sealed_reply and "code" not in page.sealed_reply
    stage.clock.set(stage.now + timedelta(minutes=6))
    stage.hears(LI, "接单 1")
    assert written(stage) == []
    tidy(stage.desk)
    assert stage.outbox(Way.PAGE)[0].sealed_reply == ""


def test_a_change_that_fails_for_good_pages_nobody_and_opens_nothing(carded: Stage) -> None:
    carded.asks_for_a_person(XIAOLIN)
    carded.works()
    carded.pager.fails(Failure.PERMANENT)
    carded.hears(ZHANG, "接单 1")
    carded.waits(1)
    assert [row.state for row in carded.outbox(Way.CARD)] == ["failed"]
    assert len(carded.outbox(Way.PAGE)) == 1 and len(carded.cases()) == 1
