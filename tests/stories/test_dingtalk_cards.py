"""DingTalk: pages and answers as interactive cards; a tap comes in signed, and the card changes for everybody."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.store.tables import InboundRow
from tests.platforms.dingtalk.card_taps import payload, push, signed
from tests.platforms.dingtalk.cards import Card
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.record import Channel, Shown
from tests.platforms.dingtalk.wire import Endpoint
from tests.stories.dingtalk_scene import CARD_SECRET, CARDS, DingTalkScene, open_dingtalk
from tests.stories.house import eventually
from tests.stories.words import QUESTION, TOPIC
from tests.stories.workshop import Workshop

BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
PAGES: dict[str, Any] = {"first": ["card"], "cards": {**CARDS, "answers": False}}


def page(scene: DingTalkScene) -> tuple[Shown, Card]:
    (shown,) = scene.cards()
    return shown, scene.ding.card(shown)


def sends(scene: DingTalkScene, body: dict[str, Any], headers: dict[str, str]) -> tuple[int | None, bytes]:
    """Somebody posts this to the robot's address."""
    courier = scene.ding.world.courier
    sent = courier.post_to(scene.robot.callback_url, json.dumps(body).encode(), headers, within=2)
    return sent.status, sent.response


@BOTH
def test_the_engineer_taps_and_the_card_says_for_everybody_who_has_it(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        shown, card = page(scene)
        assert shown.notified == (scene.zhang,) and shown.title == "单 1" and scene.pages() == []
        assert "林小雨" in card.text and "接单请发" in card.text
        assert card.buttons == {"接单": "接单 1", "详情": "详情 1", "转交": "转交 1"}
        tap = scene.zhang.taps(shown, "接单")
        assert tap.accepted and not tap.error
        assert card.text.endswith("\n✓ 张工 10:00 接了单 1") and card.buttons == {}
        scene.zhang.expect("单 1 归您了", within=5)
        scene.lin.expect_notified("张工 接了单 1", within=5)
        assert (scene.house.case().state, scene.house.case().engineer) == ("taken", "zhang")
        scene.house.advance(seconds=4)
        scene.house.settle()
        assert [row.state for row in scene.house.said("card")] == ["sent"]
        assert [face["status"] for face in card.faces] == ["", *["✓ 张工 10:00 接了单 1"] * 2]


@BOTH
def test_two_who_tap_at_once_are_decided_once(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        shown, card = page(scene)
        with ThreadPoolExecutor(max_workers=2) as pool:
            taps = [pool.submit(who.taps, shown, "接单") for who in (scene.zhang, scene.li)]
            assert all(tap.result().accepted for tap in taps)
        scene.house.settle()
        winner = {"zhang": scene.zhang, "li": scene.li}[scene.house.case().engineer]
        loser = scene.li if winner is scene.zhang else scene.zhang
        winner.expect("单 1 归您了", within=5)
        loser.expect(f"单 1 已经由{winner.nick}接了", within=5)
        assert f"{winner.nick} 10:00 接了单 1" in card.text
        assert len([one for one in scene.support.seen() if "接了单 1" in one.text]) == 1


def test_a_tap_that_is_sent_three_times_is_one(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        shown, card = page(scene)
        raw_before = len(scene.house.rows(InboundRow))
        tap = scene.zhang.taps(shown, "接单")
        again = [push(scene.ding.world, card, tap.raw) for _ in range(2)]
        assert [one.status for one in again] == [200, 200]
        assert "张工 10:00 接了单 1" in again[1].response.decode()
        scene.house.settle()
        assert len(scene.house.rows(InboundRow)) == raw_before + 1
        assert len([one for one in scene.zhang.inbox() if "归您了" in one.text]) == 1
        assert card.buttons == {}


def test_where_the_answer_to_the_tap_comes_too_late_the_card_changes_all_the_same(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.ding.limits.card_seconds = 0.0
        scene.asks("人工")
        shown, card = page(scene)
        assert scene.zhang.taps(shown, "接单").late and card.buttons
        scene.house.advance(seconds=4)
        eventually("卡片写明谁接了", lambda: "张工 10:00 接了单 1" in card.text)
        assert card.buttons == {}


def test_taken_by_words_and_closed_by_words_the_card_follows(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        _, card = page(scene)
        scene.orders("接单 1")
        eventually("接单", lambda: scene.house.case().state == "taken")
        scene.house.advance(seconds=4)
        eventually("卡片写明谁接了", lambda: "张工 10:00 接了单 1" in card.text)
        assert card.buttons == {}
        scene.orders("解决 1 重装了客户端")
        eventually("关单", lambda: scene.house.case().state == "resolved")
        scene.house.advance(seconds=4)
        eventually("卡片写明结束", lambda: "结束：重装了客户端" in card.text)


def test_the_staff_member_needs_nobody_any_more(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        _, card = page(scene)
        scene.asks("已解决")
        scene.house.settle()
        scene.house.advance(seconds=4)
        eventually("卡片写明结束", lambda: "单 1 10:00 结束" in card.text)
        assert card.buttons == {}


def test_details_go_to_whoever_asked_and_leave_the_card_as_it_is(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        shown, card = page(scene)
        scene.zhang.taps(shown, "详情")
        scene.zhang.expect("单 1", within=5)
        scene.zhang.taps(shown, "转交")
        scene.zhang.expect("李工", within=5)
        assert "接单" in card.buttons and len(card.faces) == 1 and scene.house.case().state == "waiting"


def test_who_is_not_on_the_roster_takes_nothing(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.oncall.add(scene.chen)
        scene.asks("人工")
        shown, card = page(scene)
        scene.chen.taps(shown, "接单")
        scene.chen.expect("只有值班名册上的工程师", within=5)
        assert card.buttons and scene.house.case().state == "waiting"


@pytest.mark.parametrize("code", ["param.templateUnpublished", "Forbidden.AccessDenied.AccessTokenPermissionDenied"])
def test_a_card_that_is_refused_rings_by_the_next_pager(workshop: Workshop, code: str) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.ding.faults.next(Endpoint.CARD_CREATE, Fault.of(code))
        scene.asks("人工")
        (rung,) = scene.expect_pages(1)
        assert rung.notified == (scene.zhang,) and scene.oncall.seen(Channel.CARD) == []
        assert code in scene.house.said("page")[0].error and scene.house.case().step == 1


def test_a_card_that_was_delivered_nowhere_rings_by_the_next_pager(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.oncall.robots.clear()
        scene.asks("人工")
        assert scene.expect_pages(1)[0].notified == (scene.zhang,)


def test_a_card_of_which_nobody_knows_whether_it_rang_calls_the_next_person(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.ding.faults.next(Endpoint.CARD_CREATE, Fault.lost_answer())
        scene.asks("人工")
        first, second = scene.cards(2)
        assert (first.notified, second.notified) == ((scene.zhang,), (scene.li,))
        assert [row.state for row in scene.house.said("page")] == ["unknown", "sent"]
        scene.li.taps(second, "接单")
        scene.house.advance(seconds=4)
        eventually("两张卡片都写明", lambda: all("李工" in scene.ding.card(one).text for one in (first, second)))


def test_a_change_whose_answer_is_lost_is_made_again(workshop: Workshop) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        _, card = page(scene)
        scene.ding.faults.next(Endpoint.CARD_UPDATE, Fault.lost_answer())
        scene.orders("接单 1")
        eventually("接单", lambda: scene.house.case().state == "taken")
        scene.house.advance(seconds=4)
        eventually("第一次", lambda: len(card.faces) == 2)
        eventually("等着重试", lambda: scene.house.said("card")[0].error)
        scene.house.advance(seconds=2)
        eventually("又一次", lambda: len(card.faces) == 3)
        assert card.faces[1] == card.faces[2]


@pytest.mark.parametrize(
    ("secret", "shift", "changed"),
    [("nichaibudaozhegemiyao", 0, {}), (CARD_SECRET, -400, {}), (CARD_SECRET, 0, {"corpId": "dingother"})],
    ids=["forged", "stale", "another company"],
)
def test_a_tap_that_the_platform_did_not_send_changes_nothing(
    workshop: Workshop, secret: str, shift: float, changed: dict[str, str]
) -> None:
    with open_dingtalk(workshop, **PAGES) as scene:
        scene.asks("人工")
        _, card = page(scene)
        before = len(scene.house.rows(InboundRow))
        body = payload(scene.ding.world, card, scene.zhang, "接单") | changed
        assert sends(scene, body, signed(scene.ding.world, secret, shift)) == (403, b"")
        assert len(scene.house.rows(InboundRow)) == before and scene.house.case().state == "waiting"


def test_without_cards_in_the_settings_a_tap_is_refused_however_it_is_signed(dingtalk: DingTalkScene) -> None:
    body = {"outTrackId": "x", "userId": "zhang01"}
    assert sends(dingtalk, body, signed(dingtalk.ding.world, CARD_SECRET))[0] == 403


@BOTH
@pytest.mark.parametrize("tells_space", [True, False], ids=["space", "documented-fields-only"])
def test_an_answer_in_the_group_is_a_card_and_a_tap_goes_on(workshop: Workshop, tells_space: bool) -> None:
    with open_dingtalk(workshop, cards=CARDS) as scene:
        scene.ding.world.tells_space = tells_space
        scene.asks(QUESTION)
        shown = scene.support.expect(scene.house.answer)
        card = scene.ding.card(shown)
        assert shown.channel is Channel.CARD and shown.notified == (scene.lin,)
        assert card.buttons == {"已解决": "已解决", "下一步": "下一步", "转人工": "人工"}
        scene.lin.taps(shown, "下一步")
        assert card.text.endswith("✓ 下一步") and card.buttons == {}
        step = scene.house.house.desk.library.guide(TOPIC).steps[2]
        following = scene.support.expect(step.title, after=shown)
        assert following.channel is Channel.CARD
        scene.lin.taps(following, "转人工")
        scene.support.expect("单号 1")
        assert [row.room for row in scene.house.rows(InboundRow)] == [scene.support.conversation_id] * 3


def test_a_card_is_the_askers_alone(workshop: Workshop) -> None:
    with open_dingtalk(workshop, cards=CARDS) as scene:
        scene.asks(QUESTION)
        shown = scene.support.expect(scene.house.answer)
        tap = scene.chen.taps(shown, "转人工")
        assert tap.reply == {}
        scene.support.expect("那张卡片是别人的")
        assert "下一步" in scene.ding.card(shown).buttons and scene.house.said("page") == []


def test_where_a_card_is_refused_the_answer_is_said_as_before(workshop: Workshop) -> None:
    """An unpublished template costs nobody his answer; the log says what the administrator has to do."""
    with open_dingtalk(workshop, cards=CARDS) as scene:
        scene.ding.world.templates[CARDS["template"]].published = False
        scene.asks(QUESTION)
        shown = scene.support.expect(scene.house.answer)
        assert (shown.channel, shown.msgtype) == (Channel.SESSION, "actionCard")
        scene.house.log.expect("param.templateUnpublished")


def test_in_private_the_buttons_are_as_before(workshop: Workshop) -> None:
    with open_dingtalk(workshop, cards=CARDS) as scene:
        scene.lin.says(scene.robot, QUESTION)
        assert scene.lin.expect(scene.house.answer).msgtype == "actionCard"
