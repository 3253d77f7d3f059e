"""A self-built app with the little WeCom: its pager and its door; no house, no database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from app.channels.base import Sender, SendFailed
from app.channels.http import make_client
from app.channels.wecom.app_door import AppDoor
from app.channels.wecom.app_pager import AppPager
from app.channels.wecom.corp_app import CorpApp as Api
from app.clock import new_id
from app.core.message import Button, Mention, OutboundMessage, Person, Room, RoomKind, Way
from tests.platforms.wecom.answering import Scene, open_scene
from tests.platforms.wecom.corp_app import CorpApp
from tests.platforms.wecom.shown import Shown

TAKE = Button("接单", "接单 12")


@dataclass
class AppDesk:
    """The channel objects are new ones for every call: they remember nothing, no token either."""

    scene: Scene
    app: CorpApp
    client: httpx.Client

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.scene.clock.now(), UTC)

    def api(self, **more: str) -> Api:
        known = {"api": self.scene.wecom.url, "corp_id": self.app.corpid, "secret": self.app.secret} | more
        return Api(known["api"], known["corp_id"], self.app.agentid, known["secret"], self.client)

    def pager(self, *, hears_taps: bool = False) -> AppPager:
        return AppPager(self.api(), hears_taps=hears_taps)

    def door(self) -> AppDoor:
        return AppDoor(
            "app",
            desk_name="IT小助手",
            corp_id=self.app.corpid,
            token=self.app.sealer.token,
            encoding_aes_key=self.app.sealer.aes_key,
            app=self.api(),
        )

    def page(self, words: str = "", *, to: str = "lisi", buttons: tuple[Button, ...] = ()) -> OutboundMessage:
        text = words or f"【单 12】王五（群里）\n原话：{new_id()}\n像是：邮箱满了"
        return OutboundMessage(
            new_id(), "oncall", Way.PAGE, text, mentions=(Mention(to),), title="单 12", buttons=buttons
        )

    def line(self, words: str = "", *, buttons: tuple[Button, ...] = ()) -> OutboundMessage:
        """Something said later to 李四 in the 1:1 chat."""
        room, text = Room("lisi", RoomKind.SINGLE), words or f"单 12：归您了 {new_id()}"
        return OutboundMessage(new_id(), "app", Way.ROOM, text, room, Person("lisi"), buttons=buttons)

    def shown(self, message: OutboundMessage) -> list[Shown]:
        """Every bubble of 李四's with the last word of it."""
        return [one for one in self.scene.li.inbox() if message.markdown.split("：")[1][:16] in one.words]

    def fails(self, sender: Sender, message: OutboundMessage) -> SendFailed:
        """How sending it fails."""
        try:
            sender.send(message, self.now)
        except SendFailed as error:
            return error
        raise AssertionError(f"it was sent:\n{self.scene.li.transcript()}")


@contextmanager
def open_app_desk() -> Iterator[AppDesk]:
    with open_scene() as scene, make_client() as client:
        yield AppDesk(scene, scene.wecom.app(), client)
