"""WeCom: what the desk is not sure of reaches the engineer on duty, who takes it and closes it by a word."""

import pytest

from app.store.tables import AuditRow, CaseRow
from tests.platforms.wecom.faults import Endpoint, rate_limited
from tests.platforms.wecom.shown import Channel
from tests.stories.house import running
from tests.stories.wecom_scene import WeComScene, open_wecom
from tests.stories.words import NOT_IT, OTHER_IT, QUESTION, TOPIC, UNCLEAR
from tests.stories.workshop import Workshop


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_asking_for_a_person_opens_a_case_and_says_who_comes(wecom: WeComScene) -> None:
    wecom.asks("人工")
    told = wecom.support.expect("单号 1", times=1)
    assert "张工（分机 8001）" in told.text and "6666" in told.text
    wecom.expect_pages(1)
    assert wecom.house.case().state == "waiting"


def test_the_page_notifies_exactly_the_engineer_on_duty(wecom: WeComScene) -> None:
    wecom.asks("人工")
    (page,) = wecom.expect_pages(1)
    assert page.mentioned == ("zhanggong",) and page.unresolved == ()
    assert [one.message for one in wecom.zhang.notifications()] == [page]
    assert wecom.li.notifications() == wecom.wang.notifications() == wecom.lin.notifications() == []


def test_the_page_carries_all_that_the_engineer_needs(wecom: WeComScene) -> None:
    wecom.asks(QUESTION)
    wecom.asks("还是不行")
    wecom.asks("还是不行")
    (page,) = wecom.expect_pages(1)
    guide = wecom.house.house.desk.library.guides[TOPIC].title
    for needed in ("【单 1】", "linxy", "群里", QUESTION, f"像是：{guide}", f"试过：✗ {guide}", "刚刚"):
        assert needed in page.text
    assert "解决请发：@IT小助手 解决 1 原因" in page.text and page.text.endswith("私聊我时不用 @")
    assert "接单请发：@IT小助手 接单 1\n" in page.text


def test_a_page_fits_the_bytes_and_keeps_the_words_to_send_however_much_was_pasted(wecom: WeComScene) -> None:
    wecom.asks("服务器报错，找人看看：" + "错误日志🔥" * 800)
    wecom.asks("人工")
    (page,) = wecom.expect_pages(1)
    assert page.size <= 2048 and "…" in page.text
    assert "接单请发：@IT小助手 接单 1\n" in page.text and "解决请发：@IT小助手 解决 1 原因" in page.text


def test_what_staff_write_notifies_nobody_in_the_page(wecom: WeComScene) -> None:
    wecom.asks("人工 <@ligong> @all @李工 [点我](http://evil.example)")
    (page,) = wecom.expect_pages(1)
    assert page.mentioned == ("zhanggong",)
    assert "](" not in page.text


def test_taking_the_case_is_confirmed_and_the_staff_member_hears_it(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.orders("接单 1")
    wecom.oncall.expect("单 1 归您了", times=1)
    told = wecom.support.expect("张工 接了单 1", within=5, times=1)
    assert told.mentioned == ("linxy",)
    assert [one.message for one in wecom.lin.notifications()] == [told]
    assert (wecom.house.case().state, wecom.house.case().engineer) == ("taken", "zhang")


def test_closing_the_case_tells_the_staff_member_why(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.orders("接单 1")
    wecom.orders("解决 1 重装了客户端")
    wecom.oncall.expect("单 1 已关闭", times=1)
    wecom.support.expect("已经处理好：重装了客户端", within=5, times=1)
    case = wecom.house.case()
    assert (case.state, case.reason, case.engineer) == ("resolved", "重装了客户端", "zhang")
    assert [(row.actor, row.action) for row in wecom.house.rows(AuditRow)] == [("zhang", "take"), ("zhang", "resolve")]


def test_while_an_engineer_has_the_case_the_desk_is_silent_there(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.orders("接单 1")
    before = len(wecom.support.answers())
    assert wecom.asks(QUESTION).http_status == 200
    wecom.support.expect("接了单 1", within=5)
    wecom.house.settle()
    assert len(wecom.support.answers()) == before + 1
    assert QUESTION in wecom.house.case().words


def test_everything_works_in_private_too(wecom: WeComScene) -> None:
    wecom.lin.says(wecom.bot, "人工")
    told = wecom.lin.expect("单号 1", times=1)
    assert "6666" in told.text and "请留意电话" in told.text
    (page,) = wecom.expect_pages(1)
    assert "私聊" in page.text
    wecom.zhang.says(wecom.bot, "接单 1")
    wecom.zhang.expect("单 1 归您了", times=1)
    wecom.lin.expect("张工 接了单 1", within=5, times=1)
    wecom.zhang.says(wecom.bot, "解决 1 密码重置好了")
    wecom.zhang.expect("单 1 已关闭", times=1)
    assert wecom.house.case().state == "resolved"


def test_a_strangers_taking_is_refused_politely(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.asks("接单 1", by=wecom.chen)
    wecom.support.expect("只有值班名册上的工程师能接单", times=1)
    assert wecom.house.case().state == "waiting"


def test_nobody_takes_it_so_the_next_person_is_paged_and_the_staff_member_hears_it(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.house.advance(minutes=9)
    wecom.expect_pages(1)
    wecom.house.advance(minutes=1)
    pages = wecom.expect_pages(2)
    assert pages[1].mentioned == ("ligong",) and "第 2 次呼叫" in pages[1].text and "等了：10 分钟" in pages[1].text
    told = wecom.support.expect("已经改呼 李工（分机 8002）", within=5, times=1)
    assert told.mentioned == ("linxy",)
    wecom.house.advance(minutes=10)
    assert wecom.expect_pages(3)[2].mentioned == ("wangzg",)


def test_taking_stops_the_calls(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.house.advance(minutes=10)
    wecom.expect_pages(2)
    wecom.orders("接单 1", by=wecom.li)
    wecom.house.advance(minutes=120)
    wecom.expect_pages(2)
    wecom.support.expect("李工 接了单 1", times=1)


def test_other_it_is_no_guess_from_the_manual_but_a_case(wecom: WeComScene) -> None:
    wecom.asks(OTHER_IT)
    told = wecom.support.expect("不在邮箱手册里", times=1)
    assert "出处：" not in told.text and "单号 1" in told.text
    assert OTHER_IT in wecom.expect_pages(1)[0].text


def test_what_is_no_it_at_all_gets_one_friendly_line_and_no_case(wecom: WeComScene) -> None:
    wecom.asks(NOT_IT)
    wecom.support.expect("不归 IT 管", times=1)
    wecom.house.settle()
    assert wecom.house.rows(CaseRow) == [] and wecom.pages() == []


def test_two_unclear_messages_in_a_row_bring_a_person(wecom: WeComScene) -> None:
    wecom.asks(UNCLEAR[0])
    wecom.support.expect("还没听准", times=1)
    assert wecom.house.rows(CaseRow) == []
    wecom.asks(UNCLEAR[1])
    wecom.support.expect("帮您找人", times=1)
    page = wecom.expect_pages(1)[0]
    assert UNCLEAR[0] in page.text and UNCLEAR[1] in page.text


def test_a_second_cry_for_help_joins_the_open_case(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.asks("人工")
    wecom.support.expect("单 1 已经在张工那里", times=1)
    wecom.expect_pages(1)
    assert len(wecom.house.rows(CaseRow)) == 1


def test_the_staff_member_needs_nobody_any_more_and_the_engineer_is_told(wecom: WeComScene) -> None:
    wecom.asks(QUESTION)
    wecom.asks("还是不行")
    wecom.asks("还是不行")
    wecom.expect_pages(1)
    wecom.asks("已解决")
    wecom.support.expect("解决了就好", times=1)
    pages = wecom.expect_pages(2)
    assert "单 1 不用处理了" in pages[1].text
    wecom.house.advance(minutes=60)
    wecom.expect_pages(2)


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_of_two_who_take_it_at_the_same_moment_one_gets_it(wecom: WeComScene) -> None:
    wecom.asks("人工")
    wecom.expect_pages(1)
    wecom.wecom.at_once(lambda: wecom.orders("接单 1"), lambda: wecom.orders("接单 1", by=wecom.li))
    wecom.oncall.expect("单 1 归您了", times=1)
    wecom.oncall.expect("单 1 已经由", times=1)
    wecom.house.settle()
    wecom.support.expect("接了单 1", times=1)


def test_a_restart_loses_no_call(wecom: WeComScene) -> None:
    wecom.wecom.fail(Endpoint.PUSH, rate_limited())
    wecom.asks("人工")
    wecom.house.failed_once(wecom.house.said("page")[0].id)
    before = wecom.house.house
    before.close()
    wecom.house.clock.advance(63)
    with running(before.settings, wecom.house.clock, wecom.house.log, wecom.house.house.desk.library) as wecom.house:
        wecom.expect_pages(1)


def test_a_group_without_a_push_webhook_hears_that_the_rest_comes_by_telephone(workshop: Workshop) -> None:
    with open_wecom(workshop, push_into_support=False) as scene:
        scene.asks("人工")
        told = scene.support.expect("单号 1", times=1)
        assert "请留意电话" in told.text and "6666" in told.text
        scene.orders("接单 1")
        assert scene.support.expect("张工 接了单 1", within=5, times=1).channel is Channel.RESPONSE_URL
        scene.orders("解决 1 好了")
        scene.house.settle()
        assert [row.state for row in scene.house.said("room")] == ["sent", "failed"]
        assert scene.house.case().state == "resolved"
