"""A case that somebody took: it may not lie still, it can be handed on, and until the other takes it, it is his."""

from tests.flows.duty import NORMAL, OFFICE, china, go_to, pages, with_roster
from tests.flows.stage import Stage
from tests.people import LI, WANG, XIAOLIN, ZHANG

ACK = {"normal": {**NORMAL, "ack_minutes": 60}}


def _taken(stage: Stage, **more: object) -> Stage:
    with_roster(stage, **more)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.hears(ZHANG, "接单 1")
    stage.works()
    return stage


def test_what_lies_still_is_called_out_again_after_a_reminder(stage: Stage) -> None:
    """An hour of nothing, half an hour more; then the first step again, and 小林 knows."""
    _taken(stage, policies=ACK)
    stage.waits(61)
    assert pages(stage, "没有动静") == ["张工"] and stage.case(1).state == "taken"
    stage.waits(30)
    assert (stage.case(1).state, stage.case(1).engineer) == ("waiting", "")
    assert stage.paged[-1] == "张工" and "在张工那里一直没有动静" in stage.said[-1]


def test_a_sign_of_life_starts_the_hour_anew(stage: Stage) -> None:
    """在弄, or a word to the person in the group."""
    _taken(stage, policies=ACK)
    stage.waits(50)
    assert "记着您在弄" in stage.hears(ZHANG, "在弄 1").reply
    stage.waits(50)
    stage.hears(ZHANG, "@小林 我看一下服务器")
    stage.waits(50)
    assert pages(stage, "没有动静") == [] and stage.case(1).state == "taken"


def test_the_night_does_not_count(stage: Stage) -> None:
    """Taken at half past five; the reminder comes in the morning."""
    with_roster(stage, policies={"normal": {**NORMAL, "ack_minutes": 60, "hours": OFFICE}})
    go_to(stage, china(1, 7, "17:30"))
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.hears(ZHANG, "接单 1")
    go_to(stage, china(1, 8, "08:59"))
    assert pages(stage, "没有动静") == []
    go_to(stage, china(1, 8, "09:01"))
    assert pages(stage, "没有动静") == ["张工"]


def test_a_case_is_handed_on_and_stays_until_it_is_accepted(stage: Stage) -> None:
    """李工 is called with the whole page; 张工 has it until then."""
    _taken(stage)
    assert "已请李工接手单 1" in stage.hears(ZHANG, "转交 1 李工").reply
    stage.works()
    assert pages(stage, "想把单 1 转交给您") == ["李工"] and stage.case(1).engineer == "zhang"
    assert "归您了" in stage.hears(LI, "接单 1").reply
    stage.works()
    assert stage.case(1).engineer == "li" and any("由李工接着处理" in line for line in stage.said)
    assert pages(stage, "由李工接过去了") == ["张工"]


def test_an_offer_that_nobody_accepts_falls_back(stage: Stage) -> None:
    """After ten minutes 张工 knows that it is still his."""
    _taken(stage)
    stage.hears(ZHANG, "转交 1 李工")
    stage.waits(11)
    assert pages(stage, "没有接单 1") == ["张工"] and (stage.case(1).engineer, stage.case(1).offered) == ("zhang", "")
    assert "已经由张工接了" in stage.hears(LI, "接单 1").reply


def test_an_offer_can_be_taken_back(stage: Stage) -> None:
    """Then the other comes too late."""
    _taken(stage)
    stage.hears(ZHANG, "转交 1 李工")
    assert "还是您的" in stage.hears(ZHANG, "收回 1").reply
    assert "已经由张工接了" in stage.hears(LI, "接单 1").reply


def test_one_that_nobody_has_is_sent_to_a_colleague_at_once(stage: Stage) -> None:
    """The manager passes a waiting case on."""
    with_roster(stage)
    stage.asks_for_a_person(XIAOLIN)
    assert "已改呼李工" in stage.hears(WANG, "转交 1 李工").reply
    stage.works()
    assert stage.paged[-1] == "李工" and stage.case(1).state == "waiting"


def test_who_is_meant_is_asked_back(stage: Stage) -> None:
    """Nobody of that name; two of that name; oneself."""
    _taken(stage)
    assert "请写上给谁" in stage.hears(ZHANG, "转交 1 孙工").reply
    assert "请写上给谁" in stage.hears(ZHANG, "转交 1").reply
    assert "哪一位" in stage.hears(ZHANG, "转交 1 工").reply
    assert "已请王主管" in stage.hears(ZHANG, "转交 1 主管").reply


def test_what_a_colleague_has_is_not_changed_by_others(stage: Stage) -> None:
    """But by a manager, and by whoever was asked to help."""
    _taken(stage)
    for words in ("转交 1 赵工", "解决 1 好了", "在弄 1"):
        assert "在张工手上" in stage.hears(LI, words).reply
    assert "已请李工来帮忙" in stage.hears(ZHANG, "加人 1 李工").reply
    stage.works()
    assert pages(stage, "请您一起看单 1") == ["李工"]
    assert "已关闭" in stage.hears(LI, "解决 1 换了网线").reply
    assert stage.case(1).state == "resolved"


def test_a_case_that_was_closed_too_early_is_opened_again(stage: Stage) -> None:
    """Whoever says so has it, and the person knows."""
    _taken(stage)
    stage.hears(ZHANG, "解决 1 好了")
    assert "归您了" in stage.hears(LI, "重开 1").reply
    stage.works()
    assert (stage.case(1).state, stage.case(1).engineer) == ("taken", "li") and "重新打开" in stage.said[-1]
    assert "不用重开" in stage.hears(LI, "重开 1").reply and "没有单 9" in stage.hears(LI, "重开 9").reply


def test_a_second_open_case_of_one_person_is_not_made(stage: Stage) -> None:
    """小林 has asked again since: the old one stays closed."""
    _taken(stage)
    stage.hears(ZHANG, "解决 1 好了")
    stage.asks_for_a_person(XIAOLIN)
    assert "另有没关的单" in stage.hears(LI, "重开 1").reply


def test_everything_about_a_case_in_one_text(stage: Stage) -> None:
    """The page, similar ones that were solved, and what happened."""
    _taken(stage)
    stage.hears(ZHANG, "转交 1 李工")
    text = stage.hears(LI, "详情 1").reply
    assert "【单 1】小林" in text and "张工 接单" in text and "张工 转交给 李工" in text
