"""The little WeCom as the driver's side: support groups with push webhooks, an on-call group with a pager."""

import itertools
from typing import Any

from tests.kill.evidence import ON_CALL, PASSIVE, PUSH, RESPONSE_URL, Line
from tests.kill.side import ROOMS, Person
from tests.platforms.wecom.courier import Outcome
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.faults import Endpoint, slow_answer
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.shown import Channel, Shown

NAME = "IT小助手"
ENGINEERS = {"zhanggong": "张工", "wangzg": "王主管"}
_WAYS = {Channel.REPLY: PASSIVE, Channel.RESPONSE_URL: RESPONSE_URL, Channel.PUSH: PUSH}
_ACCEPTED = (Outcome.ANSWERED, Outcome.NO_REPLY)


class WeComPost:
    """A callback."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    @property
    def id(self) -> str:
        return self._delivery.msgid

    @property
    def accepted(self) -> bool:
        return any(attempt.outcome in _ACCEPTED for attempt in self._delivery.attempts)

    def again(self) -> None:
        self._delivery.again()

    def again_at_once(self, copies: int) -> None:
        self._delivery.again_at_once(copies)


class OnWeCom:
    """`with LittleWeCom() as wecom: OnWeCom(wecom)`."""

    platform = "wecom"

    def __init__(self, wecom: LittleWeCom, groups: int = ROOMS) -> None:
        self.wecom = wecom
        self.bot = wecom.bot(NAME)
        self.groups = [wecom.group(f"企微支持群{n}", self.bot) for n in range(1, groups + 1)]
        self.pushes = [wecom.push(group, NAME) for group in self.groups]
        self._engineers = {id: wecom.user(id, name) for id, name in ENGINEERS.items()}
        self.oncall = wecom.group(ON_CALL, *self._engineers.values(), self.bot)
        self.pager = wecom.push(self.oncall, "值班铃")
        self._rooms = {group.chatid: group.name for group in [*self.groups, self.oncall]}
        self._numbers = itertools.count(1)

    def settings(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the administrator writes for the channel and for the pager."""
        rooms = {push.group.chatid: {"push_key": push.key} for push in self.pushes}
        secrets = {"token": self.bot.token, "encoding_aes_key": self.bot.aes_key, "bot_id": self.bot.botid}
        channel = {"kind": "wecom", "name": NAME, "api": self.wecom.url, "rooms": rooms, **secrets}
        return channel, {"kind": "wecom_push", "key": self.pager.key, "api": self.wecom.url}

    def newcomer(self, room: int) -> Person:
        number = next(self._numbers)
        user = self.wecom.user(f"w{number:04d}", f"企微员工{number:04d}")
        if not room:
            return Person(self.platform, user.userid, "私聊", user, self.bot)
        group = self.groups[(room - 1) % len(self.groups)].add(user)
        return Person(self.platform, user.userid, group.name, user, group)

    def engineer(self, id: str) -> Person | None:
        user = self._engineers.get(id)
        return Person(self.platform, id, ON_CALL, user, self.oncall) if user else None

    def post(self, person: Person, text: str) -> WeComPost:
        return WeComPost(person.user.says(person.chat, text, at=self.bot))

    def lines(self) -> list[Line]:
        """What was shown in words: a card below an answer is a part of it."""
        shown = self.wecom.recorder.where(lambda one: one.channel in _WAYS and bool(one.text))
        return [self._line(one) for one in shown]

    def _line(self, shown: Shown) -> Line:
        way, room = _WAYS[shown.channel], self._rooms.get(shown.chat, "私聊")
        if isinstance(shown.owner, Exchange):
            return Line(shown.at, self.platform, way, room, (shown.owner.user.userid,), shown.text, shown.owner.msgid)
        return Line(shown.at, self.platform, way, room, shown.mentioned, shown.text)

    def violations(self) -> list[str]:
        """Answers that broke a rule of the protocol."""
        return [f"{one.msgid}: {one.why}" for one in self.wecom.recorder.violations]

    def sent(self) -> int:
        return len(self.wecom.recorder.where(lambda one: one.channel in (Channel.RESPONSE_URL, Channel.PUSH)))

    def slow(self, seconds: float) -> None:
        for endpoint in (Endpoint.PUSH, Endpoint.RESPONSE):
            self.wecom.fail(endpoint, slow_answer(seconds), times=3)

    def heal(self) -> None:
        self.wecom.heal()
