"""WeCom: an engineer is paged in the app's 1:1 chat, taps or writes, and the staff member sees who comes."""

from collections.abc import Iterator

import pytest

from app.store.tables import AuditRow, InboundRow
from tests.platforms.wecom.courier import Outcome
from tests.platforms.wecom.faults import Endpoint, errcode, lost_answer
from tests.platforms.wecom.shown import Channel
from tests.stories.house import eventually
from tests.stories.wecom_app_scene import WeComAppScene, open_wecom_app
from tests.stories.words import QUESTION
from tests.stories.workshop import Workshop


@pytest.fixture
def scene(workshop: Workshop) -> Iterator[WeComAppScene]:
    with open_wecom_app(workshop) as opened:
        yield opened


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_the_engineer_is_paged_directly_taps_and_the_staff_member_sees_it(scene: WeComAppScene) -> None:
    scene.asks(QUESTION)
    scene.asks("人工")
    page = scene.page(scene.zhang)
    assert page.card is not None and "【单 1】linxy" in page.words and "接单请发" in page.words
    assert scene.pages(scene.li) == [] and all(one.channel is not Channel.PUSH for one in scene.oncall.seen())
    tap = scene.zhang.taps(scene.app, page, "接单")
    assert tap.status is Outcome.ANSWERED and len(tap.attempts) == 1
    assert page.card_for("zhanggong") == {**page.card_for("zhanggong"), "replace_text": "已发送：接单 1"}  # type: ignore[dict-item]
    scene.zhang.expect("单 1 归您了", within=5, times=1)
    told = scene.support.expect("张工 接了单 1", within=5, times=1)
    assert told.mentioned == ("linxy",)
    assert (scene.house.case().state, scene.house.case().engineer) == ("taken", "zhang")
    assert [(row.actor, row.action) for row in scene.house.rows(AuditRow)] == [("zhang", "take")]


def test_who_asks_for_more_can_still_take_the_case(scene: WeComAppScene) -> None:
    """“详情” is said in a message of its own; the card stays as it is."""
    scene.asks("人工")
    page = scene.page(scene.zhang)
    before = len(scene.zhang.inbox())
    assert scene.zhang.taps(scene.app, page, "详情").status is Outcome.NO_REPLY
    eventually("详情", lambda: len(scene.zhang.inbox()) == before + 1)
    assert "单 1" in scene.zhang.last().text and scene.house.case().state == "waiting"
    scene.zhang.taps(scene.app, page, "接单")
    scene.zhang.expect("单 1 归您了", within=5, times=1)


def test_a_tap_that_is_delivered_twice_is_one_message(scene: WeComAppScene) -> None:
    """The platform had not heard our answer; the button is dead already, and nobody is told twice."""
    scene.asks("人工")
    tap = scene.zhang.taps(scene.app, scene.page(scene.zhang), "接单")
    before = len(scene.house.rows(InboundRow))
    assert tap.again().status is Outcome.ANSWERED
    scene.house.settle()
    assert len(scene.house.rows(InboundRow)) == before
    scene.zhang.expect("单 1 归您了", within=5, times=1)
    scene.support.expect("张工 接了单 1", within=5, times=1)


def test_the_engineer_may_write_the_words_instead(scene: WeComAppScene) -> None:
    """Answered in the callback's own response; what has buttons, or is said later in 1:1, goes by message/send."""
    assert scene.lin.writes(scene.app, "人工").status is Outcome.NO_REPLY
    assert scene.lin.expect("单号 1", within=5, times=1).channel is Channel.APP
    page = scene.page(scene.zhang)
    scene.zhang.writes(scene.app, "接单 1")
    assert scene.zhang.expect("单 1 归您了", times=1).channel is Channel.REPLY
    assert scene.lin.expect("张工 接了单 1", within=5, times=1).channel is Channel.APP
    scene.zhang.writes(scene.app, "解决 1 重装了客户端")
    scene.zhang.expect("单 1 已关闭", times=1)
    scene.lin.expect("已经处理好：重装了客户端", within=5, times=1)
    scene.zhang.taps(scene.app, page, "接单")
    scene.zhang.expect("单 1 早已关闭", within=5, times=1)


def test_who_taps_second_is_told_who_was_first(scene: WeComAppScene) -> None:
    scene.asks("人工")
    scene.page(scene.zhang)
    scene.house.advance(minutes=10)
    second = scene.page(scene.li)
    assert "第 2 次呼叫" in second.words
    scene.zhang.taps(scene.app, scene.pages(scene.zhang)[0], "接单")
    eventually("张工接单", lambda: scene.house.case().state == "taken")
    scene.li.taps(scene.app, second, "接单")
    scene.li.expect("单 1 已经由张工接了", within=5, times=1)
    assert scene.house.case().engineer == "zhang"


def test_the_colleagues_cards_say_who_has_the_case(scene: WeComAppScene) -> None:
    """李工 has not looked at his yet: nothing on it can be tapped any more, and nobody is told twice."""
    scene.asks("人工")
    scene.page(scene.zhang)
    scene.house.advance(minutes=10)
    page = scene.page(scene.li)
    scene.zhang.taps(scene.app, scene.pages(scene.zhang)[0], "接单")
    eventually("张工接单", lambda: scene.house.case().state == "taken")
    scene.house.advance(seconds=4)
    scene.house.settle()
    for engineer, shown in ((scene.li, page), (scene.zhang, scene.pages(scene.zhang)[0])):
        card = shown.card_for(engineer.userid)
        assert card and "button_list" not in card and "张工" in card["replace_text"], card
    scene.zhang.writes(scene.app, "解决 1 重启了")
    scene.house.advance(seconds=4)
    scene.house.settle()
    assert "接了单 1" in (page.card_for(scene.li.userid) or {})["replace_text"]


def test_a_stranger_to_the_roster_cannot_take_a_case_in_the_app(scene: WeComAppScene) -> None:
    scene.asks("人工")
    scene.lin.writes(scene.app, "接单 1")
    scene.lin.expect("只有值班名册上的工程师能接单", times=1)
    assert scene.house.case().state == "waiting"


def test_what_the_app_refuses_for_good_rings_in_the_on_call_group(scene: WeComAppScene) -> None:
    """The step keeps its wait, and the log says which address the administrator has to add."""
    scene.wecom.fail(Endpoint.SEND, errcode(60020))
    scene.asks("人工")
    page = scene.oncall.expect("【单 1】", within=5, times=1)
    assert page.mentioned == ("zhanggong",) and scene.pages(scene.zhang) == []
    assert "60020" in scene.house.said("page")[0].error
    assert scene.house.case().step == 1


def test_a_card_of_which_nobody_knows_whether_it_rang_is_not_rung_again(scene: WeComAppScene) -> None:
    """The next step is due at once instead."""
    scene.wecom.fail(Endpoint.SEND, lost_answer())
    scene.asks("人工")
    scene.page(scene.zhang)
    scene.house.outcome(scene.house.said("page")[0].id, "unknown")
    assert "第 2 次呼叫" in scene.page(scene.li).words
    assert len(scene.pages(scene.zhang)) == 1


def test_without_a_callback_address_the_page_is_text_with_the_words_to_send(workshop: Workshop) -> None:
    with open_wecom_app(workshop, callback=False) as scene:
        scene.asks("人工")
        page = scene.page(scene.zhang)
        assert page.kind == "text" and "接单请发：@IT小助手 接单 1\n" in page.text
        scene.zhang.says(scene.bot, "接单 1")
        scene.support.expect("张工 接了单 1", within=5, times=1)


def test_what_is_no_text_is_answered_with_a_request_for_words(scene: WeComAppScene) -> None:
    """A place, a link, a voice message; and an event that says nothing gets an empty answer."""
    callbacks = scene.app.callbacks
    assert callbacks.send(scene.app, scene.lin, "voice", {"MediaId": "m1", "Format": "amr"}).status is Outcome.ANSWERED
    entered = callbacks.send(scene.app, scene.lin, "event", {"Event": "enter_agent", "EventKey": ""})
    assert entered.status is Outcome.NO_REPLY
    assert len(scene.lin.inbox()) == 1
