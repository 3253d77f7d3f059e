"""Engineers take and close cases by words; nobody else does."""

import pytest

from tests.flows.stage import Stage
from tests.people import LI, PASSER_BY, XIAOLIN, ZHANG, ZHAO


@pytest.mark.parametrize("words", ["接单 1", "解决 1 好了", "结单1"])
def test_only_an_engineer_may(stage: Stage, words: str) -> None:
    """A passer-by is told so, and the case stays as it was."""
    stage.asks_for_a_person(XIAOLIN)
    assert "只有值班名册上的工程师" in stage.hears(PASSER_BY, words).reply
    assert (stage.case(1).state, stage.case(1).engineer) == ("waiting", "")


@pytest.mark.parametrize("words", ["解压 7 个文件都打不开", "接收 10 封邮件就卡住"])
def test_staff_who_write_nearly_a_command_are_asking_something(stage: Stage, words: str) -> None:
    """解压 is one letter from 解决, and still a question."""
    assert stage.hears(XIAOLIN, words).action != "command"


def test_taking_is_confirmed_and_told_to_the_person(stage: Stage) -> None:
    """Who comes, and how to close it."""
    stage.asks_for_a_person(XIAOLIN)
    assert "解决 1 原因" in stage.hears(ZHANG, "接单 1").reply
    stage.works()
    assert any("张工 接了单 1" in line for line in stage.said)
    assert (stage.case(1).state, stage.case(1).engineer, stage.case(1).taken_at) == ("taken", "zhang", stage.now)


def test_a_colleague_cannot_take_what_is_taken(stage: Stage) -> None:
    """First come; the owner asking again is told it is theirs."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(ZHANG, "接单 1")
    assert "已经由张工接了" in stage.hears(LI, "接单 1").reply
    assert "归您了" in stage.hears(ZHANG, "接单 1").reply
    assert stage.case(1).engineer == "zhang"


def test_resolving_is_told_with_its_reason(stage: Stage) -> None:
    """The person reads what it was."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(ZHANG, "接单 1")
    assert "单 1 已关闭" in stage.hears(ZHANG, "解决 1 清理了大附件").reply
    stage.works()
    assert any("清理了大附件" in line for line in stage.said)
    assert (stage.case(1).state, stage.case(1).closed_at) == ("resolved", stage.now)


def test_a_case_can_be_resolved_without_being_taken(stage: Stage) -> None:
    """It is then whose word closed it; without a reason that is said."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(LI, "解决 1")
    assert (stage.case(1).engineer, stage.case(1).reason) == ("li", "未填写原因")


@pytest.mark.parametrize("words", ["接单 1", "解决 1 晚了"])
def test_what_is_closed_stays_as_it_was(stage: Stage, words: str) -> None:
    """小林 had said that it works; a late engineer changes nothing."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(XIAOLIN, "已解决")
    before = stage.case(1).model_dump()
    assert "早已关闭" in stage.hears(LI, words).reply
    assert stage.case(1).model_dump() == before


@pytest.mark.parametrize("words", ["接单 99", "解决 99 好了", "接单 999999999"])
def test_a_number_that_does_not_exist_is_named(stage: Stage, words: str) -> None:
    """The engineer sees the slip."""
    assert stage.hears(ZHANG, words).reply == f"没有单 {words.split()[1]}。"


def test_without_a_number_the_only_case_is_meant(stage: Stage) -> None:
    """接单 takes the one that waits, 解决 closes the one that is taken."""
    stage.asks_for_a_person(XIAOLIN)
    stage.hears(ZHANG, "接单")
    assert stage.case(1).state == "taken"
    stage.hears(ZHANG, "解决")
    assert stage.case(1).state == "resolved"


def test_without_a_number_and_with_several_cases_the_desk_asks_which(stage: Stage) -> None:
    """And names them; with none it says so."""
    assert stage.hears(ZHANG, "接单").reply == "现在没有未关的单。"
    stage.asks_for_a_person(XIAOLIN)
    stage.asks_for_a_person(ZHAO)
    assert "1、2" in stage.hears(ZHANG, "接单").reply
    assert {case.state for case in stage.cases()} == {"waiting"}


def test_the_open_cases_are_listed_with_their_state(stage: Stage) -> None:
    """Who has which, and the first words of each."""
    assert stage.hears(LI, "待办").reply == "现在没有未关的单。"
    stage.asks_for_a_person(XIAOLIN)
    stage.asks_for_a_person(ZHAO)
    stage.hears(ZHANG, "接单 2")
    listed = stage.hears(LI, "待办").reply
    assert "1（等人接）人工" in listed and "2（张工 在处理）" in listed


def test_an_engineers_own_cases_are_listed_alone(stage: Stage) -> None:
    """What others have is not mine."""
    stage.asks_for_a_person(XIAOLIN)
    stage.asks_for_a_person(ZHAO)
    stage.hears(ZHANG, "接单 2")
    assert "- 2（" in stage.hears(ZHANG, "我的单").reply and "- 1（" not in stage.hears(ZHANG, "我的单").reply
    assert "- " not in stage.hears(LI, "我的单").reply


def test_the_order_of_call_is_told(stage: Stage) -> None:
    """Who is on duty, then who follows."""
    assert "张工（分机 8001） → 李工（分机 8002） → 王主管" in stage.hears(LI, "值班").reply


def test_an_engineer_is_known_by_the_platforms_id(stage: Stage) -> None:
    """The name alone makes nobody an engineer."""
    stage.asks_for_a_person(XIAOLIN)
    impostor = type(ZHANG)("somebody", "张工")
    stage.hears(impostor, "接单 1")
    assert stage.case(1).engineer == ""


def test_an_engineer_with_a_problem_of_their_own_is_answered(stage: Stage) -> None:
    """As long as they have no case in this group."""
    assert stage.hears(ZHANG, "邮箱容量已达上限，收不到邮件").action == "answer"
