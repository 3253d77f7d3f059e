"""The little DingTalk: one object that holds the platform, its people and its HTTP server."""

from collections.abc import Sequence
from types import TracebackType

import httpx

from .cards import Card, Template
from .clock import Clock, SystemClock
from .faults import Faults
from .files import Files
from .hostile import Hostile
from .limits import Limits
from .people import User
from .places import Group
from .rates import Quota
from .record import Shown
from .robots import CustomRobot, Robot
from .server import ServerThread
from .wire import Endpoint
from .world import Served, World


class LittleDingTalk:
    """Use as a context manager; people and groups can be created at any time."""

    def __init__(
        self, *, clock: Clock | None = None, limits: Limits | None = None, corp_id: str = "dingcorp0001"
    ) -> None:
        self.world = World(clock or SystemClock(), limits or Limits(), corp_id)
        self._server: ServerThread | None = None

    def __enter__(self) -> "LittleDingTalk":
        self._server = ServerThread(self.world)
        self.world.base_url = self._server.url
        self._server.start()
        # Callbacks may go to a self-signed https host; proxies and stale connections must not interfere.
        self.world.courier.http = httpx.Client(
            trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.world.courier.http is not None:
            self.world.courier.http.close()
        if self._server is not None:
            self._server.stop()
        if kind is None and self.world.crashes:
            raise AssertionError("the little DingTalk itself crashed:\n" + "\n".join(self.world.crashes))

    @property
    def url(self) -> str:
        """Base of api.dingtalk.com and oapi.dingtalk.com alike."""
        return self.world.base_url

    @property
    def limits(self) -> Limits:
        return self.world.limits

    @property
    def faults(self) -> Faults:
        return self.world.faults

    @property
    def quota(self) -> Quota:
        return self.world.quota

    @property
    def files(self) -> Files:
        return self.world.files

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def ding_packs(self) -> dict[int, int]:
        """Paid DINGs left by remindType: 2 SMS, 3 phone."""
        return self.world.ding_packs

    def user(
        self,
        nick: str,
        staff_id: str | None = None,
        *,
        mobile: str = "",
        union_id: str | None = None,
        external: bool = False,
        admin: bool = False,
    ) -> User:
        ids = self.world.ids
        staff = None if external else staff_id or f"user{ids.number():04d}"
        user = User(
            self.world,
            nick,
            staff,
            mobile or f"138{ids.number():08d}",
            union_id or ids.union(),
            ids.encrypted(),
            admin,
        )
        with self.world.lock:
            self.world.users.append(user)
        return user

    def robot(
        self,
        name: str,
        *,
        callback_url: str = "",
        app_key: str | None = None,
        app_secret: str | None = None,
        robot_code: str | None = None,
    ) -> Robot:
        ids = self.world.ids
        key = app_key or ids.app_key()
        secret = app_secret or ids.token()
        robot = Robot(self.world, name, key, secret, robot_code or key, ids.encrypted(), callback_url)
        with self.world.lock:
            self.world.robots[robot.robot_code] = robot
        return robot

    def group(self, title: str, *entities: User | Robot, internal: bool = True) -> Group:
        group = Group(self.world, title, self.world.ids.conversation(), internal=internal)
        group.add(*entities)
        with self.world.lock:
            self.world.groups[group.conversation_id] = group
        return group

    def custom_robot(
        self,
        name: str,
        group: Group,
        *,
        secret: str = "",
        keywords: Sequence[str] = (),
        ips: Sequence[str] = (),
    ) -> CustomRobot:
        token = self.world.ids.token()
        robot = CustomRobot(self.world, name, token, group, secret, tuple(keywords), tuple(ips))
        group.custom_robots.append(robot)
        with self.world.lock:
            self.world.customs[token] = robot
        return robot

    def template(self, template: Template) -> Template:
        """The administrator builds a card template in the console."""
        with self.world.lock:
            self.world.templates[template.id] = template
        return template

    def card(self, shown: Shown) -> Card:
        """The card behind what was shown, with its present face."""
        return self.world.cards[shown.msg_id]

    def hostile(self, robot: Robot, sender: User, group: Group | None = None) -> Hostile:
        return Hostile(self.world, robot, sender, group)

    def shown(self) -> list[Shown]:
        """Everything on any screen, people's own messages included."""
        return self.world.recorder.all()

    def calls(self, endpoint: Endpoint | None = None) -> list[Served]:
        """The calls served so far, refused and cut ones included."""
        with self.world.lock:
            return [one for one in self.world.served if endpoint in (None, one.endpoint)]

    def transcript(self) -> str:
        return "\n".join(shown.line() for shown in self.shown())

    def expire_tokens(self) -> None:
        with self.world.lock:
            self.world.tokens.expire()
