"""The little DingTalk as the driver's side: support groups with the robot, an on-call group with a custom robot."""

import itertools
from typing import Any

from tests.kill.evidence import CUSTOM, ON_CALL, OPENAPI, SESSION, Line
from tests.kill.side import ROOMS, Person
from tests.platforms.dingtalk.delivery import Delivery
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.limits import Limits
from tests.platforms.dingtalk.little import LittleDingTalk
from tests.platforms.dingtalk.record import Channel, Shown
from tests.platforms.dingtalk.wire import Endpoint

NAME = "IT小助手"
PATH_SECRET = "anhao"
ENGINEERS = {"li01": "李工"}
_WAYS = {
    Channel.SESSION: SESSION,
    Channel.CUSTOM: CUSTOM,
    Channel.GROUP_API: OPENAPI,
    Channel.OTO_API: OPENAPI,
}


def limits() -> Limits:
    """The platform's own, without the quota of a month: a month passes in minutes here."""
    return Limits(api_per_month=10**6, webhook_per_month=10**6)


class DingTalkPost:
    """A push to the robot's callback URL."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._attempts = [delivery]

    @property
    def id(self) -> str:
        return self._delivery.msg_id

    @property
    def accepted(self) -> bool:
        return any(attempt.accepted for attempt in self._attempts)

    def again(self) -> None:
        self._attempts += self._delivery.again()

    def again_at_once(self, copies: int) -> None:
        self._attempts += self._delivery.again(copies, concurrently=True)


class OnDingTalk:
    """`with LittleDingTalk(limits=limits()) as ding: OnDingTalk(ding)`."""

    platform = "dingtalk"

    def __init__(self, ding: LittleDingTalk, groups: int = ROOMS) -> None:
        self.ding = ding
        self.robot = ding.robot(NAME)
        self.groups = [ding.group(f"钉钉支持群{n}", self.robot) for n in range(1, groups + 1)]
        self._engineers = {id: ding.user(name, id) for id, name in ENGINEERS.items()}
        self.oncall = ding.group(ON_CALL, *self._engineers.values(), self.robot)
        self.pager = ding.custom_robot("值班铃", self.oncall, secret="SEC0123456789abcdef0123456789abcdef")
        self._numbers = itertools.count(1)

    def settings(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the administrator writes for the channel and for the pager."""
        robot, api = self.robot, self.ding.url
        channel = {"kind": "dingtalk", "name": NAME, "app_key": robot.app_key, "app_secret": robot.app_secret}
        channel |= {"robot_code": robot.robot_code, "path_secret": PATH_SECRET, "api": api}
        return channel, {
            "kind": "dingtalk_custom",
            "access_token": self.pager.token,
            "secret": self.pager.secret,
            "api": api,
        }

    def newcomer(self, room: int) -> Person:
        number = next(self._numbers)
        user = self.ding.user(f"钉钉员工{number:04d}", f"d{number:04d}")
        if not room:
            return Person(self.platform, f"d{number:04d}", "私聊", user, self.robot)
        group = self.groups[(room - 1) % len(self.groups)]
        group.add(user)
        return Person(self.platform, f"d{number:04d}", group.title, user, group)

    def engineer(self, id: str) -> Person | None:
        user = self._engineers.get(id)
        return Person(self.platform, id, ON_CALL, user, self.oncall) if user else None

    def post(self, person: Person, text: str) -> DingTalkPost:
        at = self.robot if person.chat is not self.robot else ()
        return DingTalkPost(person.user.says(person.chat, text, at=at))

    def lines(self) -> list[Line]:
        return [self._line(shown) for shown in self.ding.shown() if shown.channel in _WAYS]

    def _line(self, shown: Shown) -> Line:
        room = shown.group.title if shown.group else "私聊"
        persons = shown.at if shown.group else tuple(user.staff_id or "" for user in shown.audience)
        return Line(shown.time, self.platform, _WAYS[shown.channel], room, persons, shown.text)

    def sent(self) -> int:
        return sum(1 for shown in self.ding.shown() if shown.channel in _WAYS)

    def slow(self, seconds: float) -> None:
        for endpoint in (Endpoint.SESSION, Endpoint.CUSTOM, Endpoint.GROUP_SEND):
            self.ding.faults.next(endpoint, Fault.slow(seconds), times=3)

    def heal(self) -> None:
        self.ding.faults.clear()
