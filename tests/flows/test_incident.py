"""Three people with one fault are one incident: one page, one line a room, and everybody is told when it is over."""

from datetime import timedelta

from app.core.message import Person, Room, RoomKind, Way
from tests.flows.stage import Stage
from tests.people import GROUP, LI, XIAOLIN, ZHANG, ZHAO

DOWN = ("Outlook 连接失败，连不上服务器", "我这边 foxmail 也连不上服务器了", "是不是邮件服务器挂了，登不进去")
THIRD = Person("sun", "小孙")
FOURTH = Person("qian", "老钱")
PRIVATE = Room("zhang", RoomKind.SINGLE)
SALES = Room("sales", RoomKind.GROUP, "销售群")


def _breaks_down(stage: Stage) -> list[bool]:
    told = []
    for person, words in zip((XIAOLIN, ZHAO, THIRD), DOWN, strict=True):
        told.append(stage.hears(person, words).incident)
        stage.clock.set(stage.now + timedelta(minutes=1))
    stage.works()
    return told


def test_the_third_person_makes_it_an_incident_and_the_engineer_is_called_once(stage: Stage) -> None:
    """With how many, who and in what words."""
    assert _breaks_down(stage) == [False, False, True]
    assert stage.paged == ["张工"]
    page = stage.pager.sent[0].markdown
    for part in ("大面积故障 单 1", "3 人", "小林", "赵姐", "小孙", "foxmail", "接单 1", "通报 1"):
        assert part in page.replace("＠", "@")


def test_those_who_came_first_are_told_in_one_line(stage: Stage) -> None:
    """The third gets it as his answer."""
    _breaks_down(stage)
    lines = [m for m in stage.group.sent if m.way is Way.ROOM]
    assert len(lines) == 1 and "3 人遇到" in lines[0].markdown
    assert sorted(mention.user_id for mention in lines[0].mentions) == sorted([XIAOLIN.id, ZHAO.id])
    assert "大面积故障" in stage.said[-1] or "大面积故障" in stage.said[-2]


def test_whoever_comes_later_joins_and_nobody_is_called_again(stage: Stage) -> None:
    """The line tells how many, and who has it since when."""
    _breaks_down(stage)
    late = stage.hears(FOURTH, DOWN[0])
    assert late.incident and "4 人" in late.reply
    stage.hears(ZHANG, "接单 1", room=PRIVATE)
    later = stage.hears(Person("wu"), DOWN[1])
    assert "5 人" in later.reply and "张工 09:03 接手" in later.reply
    stage.works()
    assert stage.paged == ["张工"]


def test_when_it_is_over_everybody_who_reported_it_is_told(stage: Stage) -> None:
    """In every room where somebody did, once."""
    stage.hears(FOURTH, DOWN[0], room=SALES)
    _breaks_down(stage)
    stage.hears(ZHANG, "接单 1", room=PRIVATE)
    stage.works()
    before = len(stage.group.sent)
    stage.hears(ZHANG, "解决 1 交换机已重启", room=PRIVATE)
    stage.works()
    over = [m for m in stage.group.sent[before:] if "已恢复" in m.markdown]
    assert sorted(m.room.id for m in over if m.room) == sorted([GROUP.id, SALES.id])
    assert all("交换机已重启" in m.markdown for m in over)
    assert {x.user_id for m in over for x in m.mentions} == {XIAOLIN.id, ZHAO.id, THIRD.id, FOURTH.id}
    assert not stage.hears(XIAOLIN, DOWN[0]).incident


def test_who_is_called_for_already_becomes_a_part_and_is_closed_with_it(stage: Stage) -> None:
    """小林 had asked for a person before: the engineer is not called a second time for the same fault."""
    stage.hears(XIAOLIN, DOWN[0])
    stage.hears(XIAOLIN, "人工")
    stage.works()
    assert stage.paged == ["张工"]
    stage.hears(ZHAO, DOWN[1])
    stage.hears(THIRD, DOWN[2])
    stage.waits(45)
    assert stage.case(1).part_of == 2
    assert not any("【单 1】" in m.markdown for m in stage.pager.sent[1:])
    stage.hears(ZHANG, "解决 2 好了", room=PRIVATE)
    assert [case.state for case in stage.cases()] == ["resolved", "resolved"]


def test_five_people_with_five_faults_are_none(stage: Stage) -> None:
    """A busy morning is no outage."""
    words = ("邮箱密码忘了", "PDF 附件打不开", "邮箱空间满了", "正常邮件进了垃圾箱", "Outlook 连接失败，连不上服务器")
    told = [stage.hears(Person(f"p{n}"), text).incident for n, text in enumerate(words)]
    assert told == [False] * 5


def test_the_same_fault_hours_apart_is_none(stage: Stage) -> None:
    """Nor is one person who says it three times."""
    for person in (XIAOLIN, ZHAO, THIRD):
        assert not stage.hears(person, DOWN[0]).incident
        stage.waits(30)
    for words in DOWN:
        assert not stage.hears(FOURTH, words).incident


def test_who_has_reported_it_may_ask_how_it_goes_and_say_that_it_works(stage: Stage) -> None:
    """进度 gets the line of the incident; who says that it works is counted out."""
    _breaks_down(stage)
    assert "3 人" in stage.hears(ZHAO, "进度").reply
    assert stage.hears(ZHAO, "好了，能登了").action == "resolved"
    assert "3 人" in stage.hears(FOURTH, DOWN[0]).reply


def test_an_engineer_declares_one_tells_news_and_closes_it(stage: Stage) -> None:
    """Before three have met it; who met it in the last hour is told."""
    stage.hears(XIAOLIN, DOWN[0])
    opened = stage.hears(ZHANG, "宣布故障 邮箱服务器连不上了", room=PRIVATE).reply
    assert "故障单 1" in opened
    assert stage.hears(ZHAO, DOWN[1]).incident
    assert "告诉 2 个人" in stage.hears(LI, "通报 1 预计十一点恢复", room=PRIVATE).reply
    stage.works()
    assert any("预计十一点恢复" in text for text in stage.said)
    stage.hears(LI, "接单 1", room=PRIVATE)
    assert "预计十一点恢复" in stage.hears(THIRD, DOWN[2]).reply


def test_a_case_is_merged_and_split_again(stage: Stage) -> None:
    """It waits for the incident; split off, it is called out again on its own."""
    stage.hears(XIAOLIN, "会议室投影仪坏了")
    stage.works()
    stage.hears(ZHANG, "宣布故障 邮箱服务器连不上了", room=PRIVATE)
    assert stage.hears(ZHANG, "并入 1 2", room=PRIVATE).reply == "单 1 已并入故障单 2。"
    stage.works()
    calls = len(stage.pager.sent)
    stage.waits(12)
    assert not any("【单 1】" in m.markdown for m in stage.pager.sent[calls:])
    assert stage.hears(ZHANG, "拆出 1", room=PRIVATE).reply.startswith("单 1 已从故障单 2 里拆出")
    stage.works()
    assert "【单 1】" in stage.pager.sent[-1].markdown


def test_words_about_incidents_that_do_not_fit_are_answered(stage: Stage) -> None:
    """Each says what to write instead."""
    for text, part in (
        ("宣布故障", "请说是什么故障"),
        ("通报 9 好了", "没有这张"),
        ("并入 1 9", "没有这张"),
        ("拆出 7", "只能拆出"),
    ):
        assert part in stage.hears(ZHANG, text, room=PRIVATE).reply
