"""The little WeCom: a platform on loopback, peopled and played by tests."""

from __future__ import annotations

import itertools
import random
import string
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

import httpx

from tests.platforms.wecom import push as push_paths
from tests.platforms.wecom.app_callbacks import AppCallbacks
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.clock import Clock, SystemClock
from tests.platforms.wecom.corp_app import AppHost, CorpApp
from tests.platforms.wecom.courier import Courier
from tests.platforms.wecom.crypto import Sealer
from tests.platforms.wecom.desk import Desk
from tests.platforms.wecom.envelope import Wrapper
from tests.platforms.wecom.faults import Endpoint, Fault, FaultBook
from tests.platforms.wecom.gateway import Gateway
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.media import MediaHost
from tests.platforms.wecom.people import User
from tests.platforms.wecom.probes import Probes
from tests.platforms.wecom.push import Push, PushHost
from tests.platforms.wecom.recorder import Recorder
from tests.platforms.wecom.response_url import ResponseUrls
from tests.platforms.wecom.screen import Screen
from tests.platforms.wecom.server import ServerThread
from tests.platforms.wecom.traffic import Traffic
from tests.platforms.wecom.web import WebApp

T = TypeVar("T")
CORPID = "ww0123456789abcdef"


class LittleWeCom:
    """`with LittleWeCom() as wecom:` — a server on 127.0.0.1, its people, groups, bots, pushes and apps."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        auto_poll: bool = False,
        seed: int = 7,
        network: httpx.BaseTransport | None = None,
    ) -> None:
        """`network`: by which callbacks reach the bot; the machine's own unless a test brings one."""
        self.clock: Clock = clock or SystemClock()
        self.recorder = Recorder(self.clock)
        self.users: dict[str, User] = {}
        self._rng = random.Random(seed)
        self._counter = itertools.count(1)
        self._faults = FaultBook()
        self._courier = Courier(network)
        wrapper = Wrapper(self._rng)
        self._screen = Screen(self.recorder, self._new_id)
        self._media = MediaHost(self.clock)
        self._response_urls = ResponseUrls(self._screen, self.clock.now, self._new_id)
        self._pushes = PushHost(self.recorder, self._new_id)
        self._apps = AppHost(self.recorder, self.users, self._new_id)
        self._probes = Probes(self.clock, self.recorder, wrapper, self._courier, self._new_id)
        self._callbacks = AppCallbacks(self.recorder, wrapper, self._courier, self._probes, self._new_id)
        self._traffic = Traffic(self.clock, self.recorder, self._screen, wrapper, self._courier, self._new_id)
        self._desk = Desk(
            self.recorder,
            self._traffic,
            self._media,
            self._response_urls,
            self.bot("（没有机器人）"),
            self._new_id,
        )
        self.gateway = self._build_gateway()
        self._server = ServerThread(WebApp(self.gateway.handle, self.clock.now))
        self.url = self._media.base_url = self._response_urls.base_url = self._server.url
        self._poller = threading.Thread(target=self._poll, daemon=True) if auto_poll else None
        self._stop = threading.Event()

    def _build_gateway(self) -> Gateway:
        return Gateway(
            self.recorder,
            self._faults,
            {
                Endpoint.PUSH: self._pushes.serve,
                Endpoint.TOKEN: self._apps.token,
                Endpoint.SEND: self._apps.send,
                Endpoint.UPDATE_CARD: self._apps.update,
                Endpoint.RESPONSE: self._response_urls.serve,
                Endpoint.MEDIA: self._media.serve,
            },
        )

    def __enter__(self) -> Self:
        self._server.start()
        if self._poller:
            self._poller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._poller:
            self._poller.join()
        self._server.stop()
        self._courier.close()

    def _poll(self) -> None:
        while not self._stop.wait(0.05):
            self.tick()

    def _new_id(self, kind: str) -> str:
        return f"{kind.upper()}-{next(self._counter):06d}-{self._rng.getrandbits(32):08x}"

    def _letters(self, count: int) -> str:
        return "".join(self._rng.choices(string.ascii_letters + string.digits, k=count))

    # -- who and what there is --------------------------------------------------------------------

    def user(self, userid: str, name: str, mobile: str = "") -> User:
        user = User(self._desk, userid, name, mobile)
        self.users[userid] = user
        return user

    def bot(
        self,
        name: str,
        callback_url: str | None = None,
        *,
        token: str | None = None,
        aes_key: str | None = None,
        usable_by: list[User] | None = None,
    ) -> Bot:
        """An AI bot in callback mode (receiveid "")."""
        sealer = Sealer(token or self._letters(24), aes_key or self._letters(43))
        usable = frozenset(user.userid for user in usable_by) if usable_by is not None else None
        return Bot(name, self._new_id("aib"), sealer, self._probes, callback_url, usable)

    def group(self, name: str, *members: User | Bot) -> Group:
        return Group(self.recorder, name, self._new_id("wr") + "Aa").add(*members)

    def push(self, group: Group, name: str = "消息推送") -> Push:
        """A push webhook of a group; the server's administrator is given `push.url`."""
        key = self._new_id("key").lower()
        push = Push(name, key, f"{self.url}{push_paths.PATH}?key={key}", group)
        self._pushes.pushes[key] = push
        return push

    def app(self, name: str = "IT 值班", *, corpid: str = CORPID, agentid: int = 1000002) -> CorpApp:
        """A self-built app; it has no callback address before `connect`."""
        sealer = Sealer(self._letters(24), self._letters(43), corpid)
        app = CorpApp(name, corpid, self._new_id("secret"), agentid, sealer, self._callbacks)
        self._apps.apps.append(app)
        return app

    # -- time, faults, order ----------------------------------------------------------------------

    def tick(self) -> None:
        """Do what is due now: refresh polls, ended streams, waiting messages."""
        self._traffic.tick()

    @property
    def poll_seconds(self) -> float:
        return self._screen.poll_seconds

    @poll_seconds.setter
    def poll_seconds(self, seconds: float) -> None:
        self._screen.poll_seconds = seconds

    def fail(self, endpoint: Endpoint, fault: Fault, times: int = 1) -> None:
        """The next `times` calls to `endpoint` meet this fault."""
        with self.recorder.lock:
            self._faults.order(endpoint, fault, times)

    def heal(self) -> None:
        with self.recorder.lock:
            self._faults.clear()

    @contextmanager
    def reordered(self, bot: Bot, order: list[int] | None = None) -> Iterator[None]:
        """Messages said inside are delivered on leaving, last first or in the given order."""
        bot.holding = True
        try:
            yield
        finally:
            self._traffic.release(bot, order)

    def at_once(self, *calls: Callable[[], T]) -> list[T]:
        """Run story steps at the same moment, each in its own thread."""
        with ThreadPoolExecutor(len(calls)) as pool:
            return [future.result() for future in [pool.submit(call) for call in calls]]

    def assert_clean(self) -> None:
        """No reply broke a rule so far."""
        if self.recorder.violations:
            lines = "\n".join(f"{one.msgid}: {one.why}" for one in self.recorder.violations)
            raise AssertionError(f"机器人的回复违反了协议：\n{lines}")
