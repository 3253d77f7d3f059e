"""An engineer who speaks to somebody in the group has the case from then on, whether there was one or not."""

from datetime import timedelta

from app.core.message import Person, Way
from tests.flows.stage import Stage
from tests.people import LI, XIAOLIN, ZHANG, ZHAO

FULL = "邮箱满了，收不了信"
DOWN = ("Outlook 连接失败，连不上服务器", "我这边 foxmail 也连不上服务器了", "是不是邮件服务器挂了，登不进去")
PEOPLE = (XIAOLIN, ZHAO, Person("sun", "小孙"))


def test_who_is_being_guided_becomes_his_and_nobody_is_called(stage: Stage) -> None:
    """The case has what was said; the desk keeps silent towards that person, not towards others."""
    assert stage.hears(XIAOLIN, FULL).action == "answer"
    assert stage.hears(ZHANG, "@小林 我来看").action == "ignore"
    stage.works()
    case = stage.case(1)
    assert (case.state, case.engineer, case.guesses, case.words) == ("taken", "zhang", ["quota.full"], [FULL])
    assert stage.paged == []
    assert stage.hears(XIAOLIN, "哦好，麻烦了").action == "ignore"
    assert stage.hears(ZHAO, FULL).action == "answer"


def test_he_says_that_it_is_solved_without_a_number(stage: Stage) -> None:
    """It is the only one in his hands; afterwards the conversation starts fresh."""
    stage.hears(XIAOLIN, FULL)
    stage.hears(ZHANG, "@小林 我来看")
    stage.hears(ZHANG, "解决 清了已删除")
    assert stage.case(1).state == "resolved"
    assert stage.hears(XIAOLIN, FULL).action == "answer"


def test_a_mere_word_to_somebody_opens_nothing(stage: Stage) -> None:
    """Who is not being guided, or was long ago, has nothing that could be taken over."""
    assert stage.hears(ZHANG, "@小林 中午一起吃饭吗").action == "ignore"
    stage.hears(XIAOLIN, FULL)
    stage.clock.set(stage.now + timedelta(minutes=31))
    assert stage.hears(ZHANG, "@小林 上午那个后来怎么样").action == "ignore"
    assert stage.cases() == []


def test_a_colleague_s_case_is_not_taken_by_speaking(stage: Stage) -> None:
    """李工 may talk with 小林, too; the case stays 张工's."""
    stage.hears(XIAOLIN, FULL)
    stage.hears(ZHANG, "@小林 我来看")
    assert stage.hears(LI, "@小林 你先把附件清一清").action == "ignore"
    assert [case.engineer for case in stage.cases()] == ["zhang"]


def test_naming_its_people_takes_an_incident_and_everybody_is_told(stage: Stage) -> None:
    """“@小林 @赵姐 机房在重启” is as good as 接单."""
    for person, words in zip(PEOPLE, DOWN, strict=True):
        stage.hears(person, words)
    stage.works()
    assert stage.hears(ZHANG, "@小林 @赵姐 @小孙 机房在重启，我来跟").action == "ignore"
    stage.works()
    assert (stage.case(1).state, stage.case(1).engineer) == ("taken", "zhang")
    assert any("张工" in m.markdown and "接手" in m.markdown for m in stage.group.sent if m.way is Way.ROOM)


def test_in_an_incident_his_work_takes_it_and_his_own_trouble_does_not(stage: Stage) -> None:
    """Nobody is told that somebody has it before somebody says so."""
    for person, words in zip(PEOPLE, DOWN, strict=True):
        stage.hears(person, words)
    stage.works()
    stage.hears(ZHANG, "我这边也连不上服务器了")
    assert stage.case(1).state == "waiting"
    assert stage.hears(ZHANG, "邮件服务器在重启，大家等十分钟").action == "ignore"
    assert (stage.case(1).state, stage.case(1).engineer) == ("taken", "zhang")


def test_an_engineer_without_a_mention_is_staff_like_any_other(stage: Stage) -> None:
    """His own mailbox can be full."""
    assert stage.hears(ZHANG, FULL).action == "answer"
