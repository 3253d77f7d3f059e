"""A company that uses both platforms: staff ask on one, the engineer answers from the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from app.settings import DingTalkCustom
from tests.platforms.dingtalk import people as ding_people
from tests.platforms.dingtalk import places as ding_places
from tests.platforms.dingtalk.little import LittleDingTalk
from tests.platforms.dingtalk.robots import Robot
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.people import User
from tests.stories.dingtalk_scene import PATH_SECRET, channel_of
from tests.stories.house import RunningHouse, running
from tests.stories.wecom_scene import NAME, settings_of
from tests.stories.workshop import Workshop


@dataclass
class TwoPlatforms:
    house: RunningHouse
    lin: User
    bot: Bot
    support: Group
    zhang: ding_people.User
    robot: Robot
    oncall: ding_places.Group


@pytest.fixture
def both(workshop: Workshop) -> Iterator[TwoPlatforms]:
    """Staff on WeCom; the on-call group, its robot and its pager on DingTalk."""
    with LittleWeCom(workshop.clock) as wecom, LittleDingTalk(clock=workshop.clock) as ding:
        bot, lin = wecom.bot(NAME), wecom.user("linxy", "林小雨")
        support = wecom.group("IT支持群", lin, bot)
        robot, zhang = ding.robot(NAME), ding.user("张工", "zhang01")
        oncall = ding.group("值班群", zhang, robot)
        custom = ding.custom_robot("值班铃", oncall, secret="SEC0123456789abcdef")
        pager = DingTalkCustom.model_validate(
            {"kind": "dingtalk_custom", "access_token": custom.token, "secret": custom.secret, "api": ding.url}
        )
        one = settings_of(wecom, bot, wecom.push(support), wecom.push(support), workshop)
        settings = workshop.settings(
            channels={**one.channels, "dingtalk": channel_of(ding, robot)},
            pagers={"oncall": pager},
            test_hosts=(urlsplit(wecom.url).netloc, urlsplit(ding.url).netloc),
        )
        with running(settings, workshop.clock, workshop.log, workshop.library) as house:
            assert bot.connect(f"{house.url}/webhooks/wecom").ok
            robot.callback_url = f"{house.url}/webhooks/dingtalk/{PATH_SECRET}"
            yield TwoPlatforms(house, lin, bot, support, zhang, robot, oncall)


def test_a_case_from_wecom_is_taken_and_closed_from_dingtalk(both: TwoPlatforms) -> None:
    both.lin.says(both.support, "人工", at=both.bot)
    page = both.oncall.expect("【单 1】")
    assert page.notified == (both.zhang,)
    both.zhang.says(both.oncall, "接单 1", at=both.robot)
    both.oncall.expect("单 1 归您了")
    both.support.expect("张工 接了单 1", within=5, times=1)
    both.zhang.says(both.oncall, "解决 1 网线松了", at=both.robot)
    both.support.expect("已经处理好：网线松了", within=5, times=1)
