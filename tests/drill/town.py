"""Both little platforms in this process: support groups, on-call groups, staff who come and go, and the log."""

import itertools
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from tests.drill import duty
from tests.drill.clock import WorldClock
from tests.drill.duty import DINGTALK, NAME, ON_CALL, PEOPLE, WECOM
from tests.drill.evidence import Shown
from tests.kill.on_dingtalk import PATH_SECRET, DingTalkPost
from tests.kill.on_wecom import WeComPost
from tests.platforms.dingtalk.limits import Limits
from tests.platforms.dingtalk.little import LittleDingTalk
from tests.platforms.dingtalk.record import Channel as DingTalkChannel
from tests.platforms.dingtalk.record import Shown as DingTalkShown
from tests.platforms.wecom.exchange import Exchange
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.shown import Channel
from tests.platforms.wecom.shown import Shown as WeComShown

GROUPS = 6  # support groups of a platform: each takes so many lines a minute only
PATIENT = 600.0  # real seconds that a platform waits for an answer: a busy machine is no fault of the day
WECOM_DOOR, DINGTALK_DOOR = "http://desk.drill/webhooks/wecom", f"http://desk.drill/webhooks/dingtalk/{PATH_SECRET}"


@dataclass(eq=False)
class Person:
    """Somebody who writes; `name` is what a page calls him."""

    platform: str
    name: str
    user: Any
    chat: Any


Post = WeComPost | DingTalkPost


class Town:
    """`with Town(clock, door) as town:` — `door` carries what people write to the desk."""

    def __init__(self, clock: WorldClock, door: httpx.BaseTransport) -> None:
        self._stack = ExitStack()
        limits = Limits(api_per_month=10**9, webhook_per_month=10**9, push_seconds=PATIENT, patience_seconds=PATIENT)
        self.wecom = LittleWeCom(clock, network=door)
        self.ding = LittleDingTalk(clock=clock, limits=limits)
        self._door = door
        self._numbers = itertools.count(1)
        self._read = {WECOM: 0, DINGTALK: 0}
        self.shown: list[Shown] = []

    def __enter__(self) -> Self:
        self._stack.enter_context(self.wecom)
        self._stack.enter_context(self.ding)
        # Nothing goes over sockets here, but the platforms themselves are whole.
        self.ding.world.courier.http = httpx.Client(transport=self._door)
        self._people_wecom()
        self._people_dingtalk()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _people_wecom(self) -> None:
        wecom = self.wecom
        self.bot = wecom.bot(NAME, WECOM_DOOR)
        self.bot.policy.message_seconds = PATIENT
        self.bot.policy.retries = 0
        self._groups: dict[str, list[Any]] = {
            WECOM: [wecom.group(f"企微支持群{n}", self.bot) for n in range(1, GROUPS + 1)]
        }
        self._pushes = [wecom.push(group, NAME) for group in self._groups[WECOM]]
        engineers = [wecom.user(one.on(WECOM), one.name, one.mobile) for one in PEOPLE]
        oncall = wecom.group(ON_CALL, *engineers, self.bot)
        self._pager = wecom.push(oncall, "值班铃")
        self._engineers = {
            (WECOM, one.id): Person(WECOM, one.name, user, oncall) for one, user in zip(PEOPLE, engineers, strict=True)
        }
        self._rooms = {group.chatid: group.name for group in [*self._groups[WECOM], oncall]}
        self._keys = {push.key: push.group.name for push in [*self._pushes, self._pager]}

    def _people_dingtalk(self) -> None:
        ding = self.ding
        self.robot = ding.robot(NAME, callback_url=DINGTALK_DOOR)
        self._groups[DINGTALK] = [ding.group(f"钉钉支持群{n}", self.robot) for n in range(1, GROUPS + 1)]
        engineers = [ding.user(one.name, one.on(DINGTALK), mobile=one.mobile) for one in PEOPLE]
        oncall = ding.group(ON_CALL, *engineers, self.robot)
        self._custom = ding.custom_robot("值班铃", oncall, secret="SEC0123456789abcdef0123456789abcdef")
        self._engineers |= {
            (DINGTALK, one.id): Person(DINGTALK, one.name, user, oncall)
            for one, user in zip(PEOPLE, engineers, strict=True)
        }

    def settings(self, *, dingtalk_first: bool) -> dict[str, Any]:
        """What the administrator writes for channels, pagers and the little platforms."""
        wecom, ding, bot, robot = self.wecom.url, self.ding.url, self.bot, self.robot
        secrets = {"token": bot.token, "encoding_aes_key": bot.aes_key, "bot_id": bot.botid}
        rooms = {push.group.chatid: {"push_key": push.key} for push in self._pushes}
        app = {"app_key": robot.app_key, "app_secret": robot.app_secret, "robot_code": robot.robot_code}
        webhook = {"access_token": self._custom.token, "secret": self._custom.secret}
        pagers = [
            ("wecom_oncall", {"kind": "wecom_push", "key": self._pager.key, "api": wecom}),
            ("dingtalk_oncall", {"kind": "dingtalk_custom", "api": ding, **webhook}),
        ]
        return {
            "channels": {
                WECOM: {"kind": WECOM, "name": NAME, "api": wecom, "rooms": rooms, **secrets},
                DINGTALK: {"kind": DINGTALK, "name": NAME, "api": ding, "path_secret": PATH_SECRET, **app},
            },
            "pagers": dict(reversed(pagers) if dingtalk_first else pagers),
            "test_hosts": [urlsplit(url).netloc for url in (wecom, ding)],
        }

    # -- people -------------------------------------------------------------------------------------

    def newcomer(self, platform: str, room: int) -> Person:
        """Somebody who has never written; `room` counts the groups from 1, 0 is in private."""
        number = next(self._numbers)
        group = self._groups[platform][room - 1] if room else None
        user: Any
        if platform == WECOM:
            user = self.wecom.user(f"w{number:05d}", f"企微员工{number:05d}")
            person = Person(platform, user.userid, user, group or self.bot)
        else:
            user = self.ding.user(f"钉员{number:05d}", f"d{number:05d}")
            person = Person(platform, user.nick, user, group or self.robot)
        if group:
            group.add(user)
        return person

    def engineer(self, platform: str, id: str) -> Person | None:
        """Who was notified under that id in the on-call group; he writes where the roster knows him."""
        found = duty.colleague(platform, id)
        return self._engineers[found.writes_on(platform), found.id] if found else None

    def post(self, person: Person, text: str) -> Post:
        """Write to the desk, and deliver that once."""
        if person.platform == WECOM:
            return WeComPost(person.user.says(person.chat, text, at=self.bot))
        return DingTalkPost(person.user.says(person.chat, text, at=self.robot if person.chat is not self.robot else ()))

    @property
    def repeats(self) -> list[tuple[float, str]]:
        """When a pager was called with a page that had been shown already, which its platform counts all the same."""
        return [(at, DINGTALK) for at in self._custom.repeats]

    # -- the log --------------------------------------------------------------------------------------

    def room_of_key(self, key: str) -> str:
        """The group behind a push webhook's key."""
        return self._keys.get(key, "")

    def read_log(self, *, answered: bool = True) -> list[Shown]:
        """What the desk has shown since the last time. Not `answered`: it does not know."""
        wecom, ding = self.wecom.recorder.shown, self.ding.world.recorder._shown
        new = [self._wecom_line(one, answered) for one in wecom[self._read[WECOM] :] if one.channel is not Channel.USER]
        new += [self._ding_line(one, answered) for one in ding[self._read[DINGTALK] :] if one.from_robot]
        self._read = {WECOM: len(wecom), DINGTALK: len(ding)}
        self.shown += new
        return new

    def _wecom_line(self, one: WeComShown, answered: bool) -> Shown:
        room = self._rooms.get(one.chat, "私聊")
        asker = one.owner.user.userid if isinstance(one.owner, Exchange) else ""
        persons = (asker,) if asker else one.mentioned
        return Shown(one.at, WECOM, room, persons, one.text, answered, one.channel is Channel.PUSH)

    def _ding_line(self, one: DingTalkShown, answered: bool) -> Shown:
        room, on_call = (one.group.title, one.group.title == ON_CALL) if one.group else ("私聊", False)
        told = tuple((user.staff_id or "") if on_call else user.nick for user in one.notified)
        return Shown(one.time, DINGTALK, room, told, one.text, answered, one.channel is DingTalkChannel.CUSTOM)
