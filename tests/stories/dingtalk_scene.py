"""A company on DingTalk: a support group with the robot, an on-call group with the robot and a custom robot."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.main import register_cards
from app.settings import DingTalkBot, DingTalkCardPager, DingTalkCustom, DingTalkDing, DingTalkDirect, Pager
from tests.platforms.dingtalk.cards import Template
from tests.platforms.dingtalk.delivery import Delivery
from tests.platforms.dingtalk.hostile import Hostile
from tests.platforms.dingtalk.little import LittleDingTalk
from tests.platforms.dingtalk.people import User
from tests.platforms.dingtalk.places import Group
from tests.platforms.dingtalk.record import Channel, Shown
from tests.platforms.dingtalk.robots import CustomRobot, Robot
from tests.stories.house import RunningHouse, eventually, running
from tests.stories.workshop import Workshop

NAME, ONCALL = "IT小助手", "值班群"
PATH_SECRET = "duanluyoumijuan"


@dataclass
class DingTalkScene:
    """Who and what a DingTalk story plays with."""

    ding: LittleDingTalk
    house: RunningHouse
    robot: Robot
    support: Group
    oncall: Group
    pager: CustomRobot
    lin: User
    chen: User
    zhang: User
    li: User
    wang: User

    def cards(self, count: int = 1) -> list[Shown]:
        """Wait for so many interactive cards in the on-call group."""
        eventually(f"{count} 张卡片", lambda: len(self.oncall.seen(Channel.CARD)) >= count)
        self.house.settle()
        assert len(self.oncall.seen(Channel.CARD)) == count, self.oncall.transcript()
        return self.oncall.seen(Channel.CARD)

    def asks(self, text: str, *, by: User | None = None) -> Delivery:
        """A staff member @s the desk in the support group."""
        return self._accepted((by or self.lin).says(self.support, text, at=self.robot))

    def orders(self, text: str, *, by: User | None = None) -> Delivery:
        """An engineer @s the desk in the on-call group."""
        return self._accepted((by or self.zhang).says(self.oncall, text, at=self.robot))

    def _accepted(self, delivery: Delivery) -> Delivery:
        assert delivery.accepted and delivery.reply_type == "empty", delivery
        return delivery

    def attacker(self) -> Hostile:
        """Somebody who pretends to be the platform, in 陈晨's name."""
        return self.ding.hostile(self.robot, self.chen, self.support)

    def pages(self) -> list[Shown]:
        return self.oncall.seen(Channel.CUSTOM)

    def expect_pages(self, count: int) -> list[Shown]:
        eventually(f"{count} 次呼叫", lambda: len(self.pages()) == count)
        self.house.settle()
        assert len(self.pages()) == count, self.oncall.transcript()
        return self.pages()

    def answers(self) -> list[Shown]:
        """What the desk has said in the support group, once it has nothing more to say."""
        self.house.settle()
        return self.support.seen()


def channel_of(ding: LittleDingTalk, robot: Robot, **more: Any) -> DingTalkBot:
    """What the company's administrator writes into zhiban.yaml for the robot."""
    return DingTalkBot.model_validate(
        {
            "kind": "dingtalk",
            "name": NAME,
            "app_key": robot.app_key,
            "app_secret": robot.app_secret,
            "robot_code": robot.robot_code,
            "corp_id": ding.world.corp_id,
            "path_secret": PATH_SECRET,
            "api": ding.url,
            **more,
        }
    )


TEMPLATE, CARD_SECRET = "0a1b2c3d-zhiban.schema", "kapianhuidiaoqianmingmiyao"
CARDS = {"template": TEMPLATE, "route": "zhiban", "secret": CARD_SECRET}


def build_template(ding: LittleDingTalk) -> Template:
    """What the guide has the administrator build in the console."""
    texts = ("title", "text1", "text2", "text3", "text4", "status")
    return ding.template(Template(TEMPLATE, texts, tuple((f"button{n}", f"says{n}") for n in range(1, 6))))


def pagers_of(ding: LittleDingTalk, robot: Robot, *kinds: str) -> dict[str, Pager]:
    """Pagers by the robot: a `card` in the on-call group; for one person `direct`, or a DING: `app`, `sms`, `phone`."""
    who = {"app_key": robot.app_key, "app_secret": robot.app_secret, "robot_code": robot.robot_code, "api": ding.url}
    made: dict[str, Pager] = {}
    for kind in kinds:
        if kind == "card":
            group = next(one for one in ding.world.groups.values() if one.title == ONCALL)
            conversation = {"conversation": group.conversation_id}
            made[kind] = DingTalkCardPager.model_validate({"kind": "dingtalk_card", **who, **conversation})
        elif kind == "direct":
            made[kind] = DingTalkDirect.model_validate({"kind": "dingtalk_direct", **who})
        else:
            made[kind] = DingTalkDing.model_validate({"kind": "dingtalk_ding", "remind": kind, **who})
    return made


@contextmanager
def open_dingtalk(workshop: Workshop, *, first: Sequence[str] = (), **more: Any) -> Iterator[DingTalkScene]:
    """Everything set up and published; nobody has said anything yet. `first`: pagers before the on-call group's."""
    with LittleDingTalk(clock=workshop.clock) as ding:
        robot = ding.robot(NAME)
        lin, chen = ding.user("林小雨", "lin88"), ding.user("陈晨", "chen66")
        zhang, li = ding.user("张工", "zhang01", mobile="13800000001"), ding.user("李工", "li01", mobile="13800000002")
        wang = ding.user("王主管", "wang01", mobile="13800000003")
        support = ding.group("IT支持群", lin, chen, zhang, robot)
        oncall = ding.group(ONCALL, zhang, li, wang, robot)
        pager = ding.custom_robot("值班铃", oncall, secret="SEC0123456789abcdef0123456789abcdef")
        duty = DingTalkCustom.model_validate(
            {"kind": "dingtalk_custom", "access_token": pager.token, "secret": pager.secret, "api": ding.url}
        )
        settings = workshop.settings(
            channels={"dingtalk": channel_of(ding, robot, **more)},
            pagers={**pagers_of(ding, robot, *first), "oncall": duty},
            test_hosts=(urlsplit(ding.url).netloc,),
        )
        build_template(ding)
        with running(settings, workshop.clock, workshop.log, workshop.library) as house:
            robot.callback_url = f"{house.url}/webhooks/dingtalk/{PATH_SECRET}"
            if "cards" in more:
                assert register_cards(settings, house.url) == ["dingtalk"]
            yield DingTalkScene(ding, house, robot, support, oncall, pager, lin, chen, zhang, li, wang)
        workshop.expect_no_secret(
            robot.app_secret, pager.token, pager.secret, PATH_SECRET, CARD_SECRET, *ding.world.sessions
        )
