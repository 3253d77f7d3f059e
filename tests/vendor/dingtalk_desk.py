"""The DingTalk channel with a group and the little DingTalk; no house, no database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from app.channels.base import Sender, SendFailed
from app.channels.dingtalk.card_pager import CardPager
from app.channels.dingtalk.cards import Cards
from app.channels.dingtalk.custom import CustomRobot
from app.channels.dingtalk.openapi import OpenApi
from app.channels.dingtalk.robot import DingTalkRobot
from app.channels.http import make_client
from app.clock import new_id
from app.core.message import Mention, OutboundMessage, Person, ReplyAddress, Room, RoomKind, Way
from tests.platforms.dingtalk.cards import Route, Template
from tests.platforms.dingtalk.clock import FrozenClock
from tests.platforms.dingtalk.little import LittleDingTalk
from tests.platforms.dingtalk.people import User
from tests.platforms.dingtalk.places import Group
from tests.platforms.dingtalk.record import Channel
from tests.platforms.dingtalk.robots import CustomRobot as Pager
from tests.platforms.dingtalk.robots import Robot

ANSWER = "先清空已删除邮件"


@dataclass
class DingTalkDesk:
    """One robot in one group, and a custom robot in another."""

    ding: LittleDingTalk
    robot: Robot
    group: Group
    pager: Pager
    lin: User
    client: httpx.Client

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.ding.clock.now(), UTC)

    def channel(self, api: str = "", *, cards: bool = False) -> DingTalkRobot:
        """A new channel object: it remembers nothing, no token either."""
        host = urlsplit(api or self.ding.url).netloc
        return DingTalkRobot(
            "dingtalk",
            desk_name=self.robot.name,
            app_secret=self.robot.app_secret,
            robot_code=self.robot.robot_code,
            corp_id="",
            path_secret="",
            window=timedelta(hours=1),
            session_hosts=(),
            test_hosts=(host,),
            openapi=self.openapi(api),
            client=self.client,
            cards=self.cards(api) if cards else None,
        )

    def cards(self, api: str = "") -> Cards:
        self.ding.template(Template("t-1.schema", ("title", "text1", "status"), (("button1", "says1"),)))
        self.ding.world.routes["desk"] = Route("https://desk.example.com/", "")
        return Cards(self.openapi(api), "t-1.schema", "desk")

    def card_pager(self, api: str = "") -> CardPager:
        """It calls 张工 in the same group in which 林小雨 asks."""
        return CardPager(self.cards(api), self.group.conversation_id)

    def openapi(self, api: str = "", *, secret: str = "") -> OpenApi:
        robot = self.robot
        secret = secret or robot.app_secret
        return OpenApi(api or self.ding.url, robot.app_key, secret, robot.robot_code, self.client)

    def custom(self, api: str = "") -> CustomRobot:
        return CustomRobot(api or self.ding.url, self.pager.token, self.pager.secret, self.client)

    def line(
        self, *, by: User | None = None, private: bool = False, session: bool = True, api: str = "", words: str = ANSWER
    ) -> OutboundMessage:
        """Something to say to 林小雨, with the sessionWebhook of what she has just written."""
        asker = by or self.lin
        opened = self.ding.world.open_session(self.robot, asker, None if private else self.group)
        url = f"{api or self.ding.url}/robot/sendBySession?session={opened.key}"
        expires = datetime.fromtimestamp(opened.expires_ms / 1000, UTC)
        kind = RoomKind.SINGLE if private else RoomKind.GROUP
        return OutboundMessage(
            new_id(),
            "dingtalk",
            Way.REPLY,
            f"{words} {new_id()}",
            Room(opened.conversation_id, kind, "" if private else self.group.title),
            Person(asker.staff_id or asker.sender_id, asker.nick),
            () if private else (Mention(asker.staff_id or ""),),
            ReplyAddress(url, expires) if session else None,
        )

    def page(self) -> OutboundMessage:
        return OutboundMessage(new_id(), "oncall", Way.PAGE, f"单 1 {new_id()}", mentions=(Mention("zhang01"),))

    def shown(self, message: OutboundMessage) -> list[Channel]:
        """The ways by which these words reached a screen."""
        words = message.markdown.split(" ")[-1]
        return [one.channel for one in self.ding.shown() if one.from_robot and words in one.text]

    def fails(self, sender: Sender, message: OutboundMessage) -> SendFailed:
        """How sending it fails."""
        try:
            sender.send(message, self.now)
        except SendFailed as error:
            return error
        raise AssertionError(f"it was sent:\n{self.ding.transcript()}")


@contextmanager
def open_dingtalk_desk() -> Iterator[DingTalkDesk]:
    with LittleDingTalk(clock=FrozenClock()) as ding, make_client() as client:
        robot, lin = ding.robot("IT小助手"), ding.user("林小雨", "lin88")
        zhang = ding.user("张工", "zhang01")
        group = ding.group("IT支持群", lin, zhang, robot)
        pager = ding.custom_robot("值班铃", ding.group("值班群", zhang), secret="SEC0123456789")
        yield DingTalkDesk(ding, robot, group, pager, lin, client)
