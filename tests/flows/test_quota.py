"""Before the month's allowance is used up, somebody knows."""

from app.flows.quota import Used, used
from tests.flows.duty import PEOPLE, china, go_to, pages, with_roster
from tests.flows.stage import CHANNEL, Stage
from tests.people import XIAOLIN


def test_near_the_end_of_the_allowance_the_admin_is_told_once_a_day(stage: Stage) -> None:
    """Four of five calls: the page, and three lines said later."""
    with_roster(stage, people=[{**person, "dingtalk": person["id"]} for person in PEOPLE])
    stage.group.platform = stage.pager.platform = "dingtalk"
    stage.desk.dingtalk_quota = (4, 1_000)
    stage.asks_for_a_person(XIAOLIN)
    go_to(stage, china(1, 6, "15:01"))
    assert pages(stage, "额度是 4 次") == ["王主管"] and "钉钉接口调用" in stage.pager.sent[-1].markdown


def test_what_is_counted(stage: Stage) -> None:
    """One message in and its answer; one page. Nothing of last month, nothing where DingTalk is not used."""
    with_roster(stage)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    with stage.desk.database.transaction() as session:
        assert used(session, stage.desk, stage.now) == []
        stage.group.platform = stage.pager.platform = "dingtalk"
        assert used(session, stage.desk, stage.now) == [Used("钉钉接口调用", 1, 0), Used("钉钉消息推送", 2, 0)]
        later = used(session, stage.desk, china(2, 1, "08:00"))
        assert [one.number for one in later] == [0, 0]


def test_answers_on_cards_are_calls_as_well(stage: Stage) -> None:
    with_roster(stage)
    stage.group.platform = stage.pager.platform = "dingtalk"
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.desk.cards = frozenset({CHANNEL})
    with stage.desk.database.transaction() as session:
        assert used(session, stage.desk, stage.now)[0].number == 2


def test_near_is_four_fifths_of_a_limit_that_is_set() -> None:
    """0 means that nobody watches it."""
    assert [Used("x", number, 10).is_near for number in (7, 8, 11)] == [False, True, True]
    assert not Used("x", 100, 0).is_near
