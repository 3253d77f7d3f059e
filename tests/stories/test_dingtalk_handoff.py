"""DingTalk: what the desk is not sure of reaches the engineer on duty, who takes it and closes it by a word."""

import pytest

from app.store.tables import AuditRow, CaseRow
from tests.platforms.dingtalk.record import Channel
from tests.stories.dingtalk_scene import DingTalkScene
from tests.stories.words import NOT_IT, OTHER_IT, QUESTION, TOPIC, UNCLEAR


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_asking_for_a_person_opens_a_case_and_says_who_comes(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    told = dingtalk.support.expect("单号 1")
    assert "张工（分机 8001）" in told.text and "6666" in told.text and told.notified == (dingtalk.lin,)
    dingtalk.expect_pages(1)
    assert dingtalk.house.case().state == "waiting"


def test_the_page_notifies_exactly_the_engineer_on_duty(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    (page,) = dingtalk.expect_pages(1)
    assert page.notified == (dingtalk.zhang,) and dingtalk.zhang.notifications() == [page]
    assert dingtalk.li.notifications() == dingtalk.wang.notifications() == []


def test_the_page_carries_all_that_the_engineer_needs(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    dingtalk.asks("还是不行")
    dingtalk.asks("还是不行")
    (page,) = dingtalk.expect_pages(1)
    guide = dingtalk.house.house.desk.library.guides[TOPIC].title
    for needed in ("【单 1】", "林小雨", "IT支持群", QUESTION, f"像是：{guide}", f"试过：✗ {guide}", "刚刚"):
        assert needed in page.text
    assert "解决请发：@IT小助手 解决 1 原因" in page.text and page.text.endswith("私聊我时不用 @")
    assert "接单请发：@IT小助手 接单 1" in page.text
    assert page.title == "单 1", "手机列表里只看得到标题"


def test_a_page_fits_the_bytes_and_keeps_the_words_to_send_however_much_was_pasted(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("服务器报错，找人看看：" + '错误"日志"\\🔥\n' * 500)
    dingtalk.asks("人工")
    (page,) = dingtalk.expect_pages(1)
    assert page.size <= 20_000 and "…" in page.text
    assert "接单请发：@IT小助手 接单 1" in page.text and "解决请发：@IT小助手 解决 1 原因" in page.text


def test_what_staff_write_notifies_nobody_in_the_page(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工 @li01 @13800000003 @all [点我](http://evil.example)")
    (page,) = dingtalk.expect_pages(1)
    assert page.notified == (dingtalk.zhang,) and page.at == ("zhang01",)
    assert "](" not in page.text


def test_taking_the_case_is_confirmed_and_the_staff_member_hears_it(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.expect_pages(1)
    dingtalk.orders("接单 1")
    assert dingtalk.oncall.expect("单 1 归您了").notified == (dingtalk.zhang,)
    assert dingtalk.support.expect("张工 接了单 1").notified == (dingtalk.lin,)
    assert (dingtalk.house.case().state, dingtalk.house.case().engineer) == ("taken", "zhang")


def test_closing_the_case_tells_the_staff_member_why(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.orders("接单 1")
    dingtalk.orders("解决 1 重装了客户端")
    dingtalk.oncall.expect("单 1 已关闭")
    assert dingtalk.support.expect("已经处理好：重装了客户端").notified == (dingtalk.lin,)
    case = dingtalk.house.case()
    assert (case.state, case.reason, case.engineer) == ("resolved", "重装了客户端", "zhang")
    actions = [(row.actor, row.action) for row in dingtalk.house.rows(AuditRow)]
    assert actions == [("zhang", "take"), ("zhang", "resolve")]


def test_a_day_later_the_staff_member_still_hears_it_by_the_api(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.orders("接单 1")
    dingtalk.support.expect("张工 接了单 1")
    dingtalk.house.advance(minutes=24 * 60)
    dingtalk.orders("解决 1 换了新电脑")
    told = dingtalk.support.expect("已经处理好：换了新电脑")
    assert told.channel is Channel.GROUP_API and "林小雨" in told.text, "这条接口不能 @，名字写在前面"


def test_while_an_engineer_has_the_case_the_desk_is_silent_there(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.orders("接单 1")
    dingtalk.support.expect("接了单 1")
    before = len(dingtalk.answers())
    dingtalk.asks(QUESTION)
    assert len(dingtalk.answers()) == before
    assert QUESTION in dingtalk.house.case().words


def test_everything_works_in_private_too(dingtalk: DingTalkScene) -> None:
    dingtalk.lin.says(dingtalk.robot, "人工")
    assert "6666" in dingtalk.lin.expect("单号 1").text
    (page,) = dingtalk.expect_pages(1)
    assert "私聊" in page.text and "林小雨" in page.text
    dingtalk.zhang.says(dingtalk.robot, "接单 1")
    dingtalk.zhang.expect("单 1 归您了")
    dingtalk.lin.expect("张工 接了单 1")
    dingtalk.zhang.says(dingtalk.robot, "解决 1 密码重置好了")
    dingtalk.zhang.expect("单 1 已关闭")
    dingtalk.lin.expect("已经处理好：密码重置好了")
    assert dingtalk.answers() == []


def test_a_strangers_taking_is_refused_politely(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.asks("接单 1", by=dingtalk.chen)
    assert dingtalk.support.expect("只有值班名册上的工程师能接单").notified == (dingtalk.chen,)
    assert dingtalk.house.case().state == "waiting"


def test_nobody_takes_it_so_the_next_person_is_paged_and_the_staff_member_hears_it(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.expect_pages(1)
    dingtalk.house.advance(minutes=9)
    dingtalk.expect_pages(1)
    dingtalk.house.advance(minutes=1)
    pages = dingtalk.expect_pages(2)
    assert pages[1].notified == (dingtalk.li,)
    assert "第 2 次呼叫" in pages[1].text and "等了：10 分钟" in pages[1].text
    assert dingtalk.support.expect("已经改呼 李工（分机 8002）").notified == (dingtalk.lin,)
    dingtalk.house.advance(minutes=10)
    assert dingtalk.expect_pages(3)[2].notified == (dingtalk.wang,)


def test_taking_stops_the_calls(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.expect_pages(1)
    dingtalk.house.advance(minutes=10)
    dingtalk.expect_pages(2)
    dingtalk.orders("接单 1", by=dingtalk.li)
    dingtalk.house.advance(minutes=120)
    dingtalk.expect_pages(2)
    dingtalk.support.expect("李工 接了单 1")


def test_other_it_is_no_guess_from_the_manual_but_a_case(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(OTHER_IT)
    told = dingtalk.support.expect("不在邮箱手册里")
    assert "出处：" not in told.text and "单号 1" in told.text
    assert OTHER_IT in dingtalk.expect_pages(1)[0].text


def test_what_is_no_it_at_all_gets_one_friendly_line_and_no_case(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(NOT_IT)
    dingtalk.support.expect("不归 IT 管")
    assert len(dingtalk.answers()) == 1
    assert dingtalk.house.rows(CaseRow) == [] and dingtalk.pages() == []


def test_two_unclear_messages_in_a_row_bring_a_person(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(UNCLEAR[0])
    dingtalk.support.expect("还没听准")
    assert dingtalk.house.rows(CaseRow) == []
    dingtalk.asks(UNCLEAR[1])
    dingtalk.support.expect("帮您找人")
    page = dingtalk.expect_pages(1)[0]
    assert UNCLEAR[0] in page.text and UNCLEAR[1] in page.text


def test_a_second_cry_for_help_joins_the_open_case(dingtalk: DingTalkScene) -> None:
    dingtalk.asks("人工")
    dingtalk.asks("人工")
    dingtalk.support.expect("单 1 已经在张工那里")
    dingtalk.expect_pages(1)
    assert len(dingtalk.house.rows(CaseRow)) == 1


def test_the_staff_member_needs_nobody_any_more_and_the_engineer_is_told(dingtalk: DingTalkScene) -> None:
    dingtalk.asks(QUESTION)
    dingtalk.asks("还是不行")
    dingtalk.asks("还是不行")
    dingtalk.expect_pages(1)
    dingtalk.asks("已解决")
    dingtalk.support.expect("解决了就好")
    assert "单 1 不用处理了" in dingtalk.expect_pages(2)[1].text
    dingtalk.house.advance(minutes=60)
    dingtalk.expect_pages(2)
