"""DingTalk: an engineer is paged in the 1:1 chat with the robot, or by DING; he taps or writes; staff see who comes."""

from datetime import timedelta

from app.core.roster import Policies
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.people import User
from tests.platforms.dingtalk.record import Channel, Shown
from tests.platforms.dingtalk.wire import Endpoint
from tests.stories.dingtalk_scene import DingTalkScene, open_dingtalk
from tests.stories.house import eventually
from tests.stories.workshop import Workshop


def rings(scene: DingTalkScene, engineer: User, channel: Channel, count: int = 1) -> Shown:
    """Wait until the engineer's phone has rung so often in this way."""

    def heard() -> list[Shown]:
        pages = [one for one in engineer.notifications() if one.channel is channel]
        return [one for one in pages if "【单" in one.text]

    eventually(f"{engineer.nick} 第 {count} 次被呼", lambda: len(heard()) >= count)
    scene.house.settle()
    assert len(heard()) == count, scene.ding.transcript()
    return heard()[-1]


def test_the_engineer_taps_what_rang_in_the_chat_with_the_robot(workshop: Workshop) -> None:
    with open_dingtalk(workshop, first=["direct"]) as scene:
        scene.asks("人工")
        page = rings(scene, scene.zhang, Channel.OTO_API)
        assert page.title == "单 1" and "林小雨" in page.text and "接单请发" in page.text
        assert scene.li.notifications() == [] and scene.pages() == []
        scene.zhang.taps(page, "接单")
        scene.zhang.expect("单 1 归您了", within=5)
        scene.lin.expect_notified("张工 接了单 1", within=5)
        assert (scene.house.case().state, scene.house.case().engineer) == ("taken", "zhang")


def test_a_button_tapped_twice_takes_the_case_once(workshop: Workshop) -> None:
    """Each tap is a message of its own here; the second is told what it already is."""
    with open_dingtalk(workshop, first=["direct"]) as scene:
        scene.asks("人工")
        page = rings(scene, scene.zhang, Channel.OTO_API)
        for _ in range(2):
            scene.zhang.taps(page, "接单")
        scene.house.settle()
        told = [one for one in scene.support.seen() if "张工 接了单 1" in one.text]
        assert len(told) == 1 and scene.house.case().engineer == "zhang"


def test_a_ding_rings_and_the_words_are_written_in_the_group(workshop: Workshop) -> None:
    with open_dingtalk(workshop, first=["app"]) as scene:
        scene.asks("人工")
        page = rings(scene, scene.zhang, Channel.DING_APP)
        assert page.text.startswith("【单 1】林小雨") and scene.pages() == []
        scene.orders("接单 1")
        scene.lin.expect_notified("张工 接了单 1", within=5)


def test_a_later_step_rings_louder(workshop: Workshop) -> None:
    """The roster's plan names the pagers of a step: first a message, then a message and a DING to the next person."""
    with open_dingtalk(workshop, first=["direct", "app"]) as scene:
        desk = scene.house.house.desk
        steps = [{"by": ["direct"], "wait": 10}, {"by": ["direct", "app"], "wait": 10}]
        policies = Policies.model_validate({"normal": {"steps": steps}})
        desk.roster = desk.roster.model_copy(update={"policies": policies})
        scene.asks("人工")
        rings(scene, scene.zhang, Channel.OTO_API)
        scene.house.advance(minutes=10)
        page = rings(scene, scene.li, Channel.OTO_API)
        rings(scene, scene.li, Channel.DING_APP)
        assert [one for one in scene.zhang.notifications() if one.channel is Channel.DING_APP] == []
        scene.li.taps(page, "接单")
        scene.lin.expect_notified("李工 接了单 1", within=5)


def test_a_telephone_call_that_is_not_paid_for_becomes_a_direct_page(workshop: Workshop) -> None:
    """Refused for good: it goes by the pager that stands next, and the step keeps its wait."""
    with open_dingtalk(workshop, first=["phone", "direct"]) as scene:
        scene.asks("人工")
        page = rings(scene, scene.zhang, Channel.OTO_API)
        assert page.msgtype == "sampleActionCard3", "the buttons came along"
        assert "ding.serverquota.insufficient" in scene.house.said("page")[0].error
        assert scene.house.case().step == 1


def test_a_throttled_page_rings_by_the_other_pager(workshop: Workshop) -> None:
    """The platform takes the call and lists him among those who got nothing: he is called in the group instead."""
    with open_dingtalk(workshop, first=["direct"]) as scene:
        scene.zhang.flow_controlled = True
        scene.asks("人工")
        eventually("在群里呼他", lambda: [page.notified for page in scene.pages()] == [(scene.zhang,)])
        assert scene.house.said("page")[0].state == "dropped"
        assert "flowControlled" in scene.house.said("page")[0].error


def test_a_ding_of_which_nobody_knows_whether_it_rang_calls_the_next_person(workshop: Workshop) -> None:
    with open_dingtalk(workshop, first=["app"]) as scene:
        scene.ding.faults.next(Endpoint.DING, Fault.lost_answer())
        scene.asks("人工")
        rings(scene, scene.li, Channel.DING_APP)
        rings(scene, scene.zhang, Channel.DING_APP)
        first, second = scene.house.said("page")
        assert (first.state, second.state) == ("unknown", "sent")
        assert second.created_at - first.created_at < timedelta(minutes=1)
