"""The WeCom channel with a group, its push webhook and the little WeCom; no house, no database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from app.channels.base import SendFailed
from app.channels.http import make_client
from app.channels.wecom.bot import WeComBot
from app.channels.wecom.push import PushWebhook
from app.clock import new_id
from app.core.message import Mention, OutboundMessage, Person, ReplyAddress, Room, RoomKind, Way
from tests.platforms.wecom.answering import Scene, open_scene
from tests.platforms.wecom.push import Push
from tests.platforms.wecom.shown import Shown

ANSWER = "先清空已删除邮件"


@dataclass
class WeComDesk:
    """Two channels over the same group: one may push into it, the other has only the reply address."""

    scene: Scene
    push: Push
    sender: PushWebhook
    bot: WeComBot
    bot_without_push: WeComBot
    client: httpx.Client

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.scene.clock.now(), UTC)

    def line(self, way: Way = Way.REPLY, *, attempt: int = 1, address: bool = True) -> OutboundMessage:
        """Something to say to 张三; with `address`, in answer to something that she has just asked."""
        group = self.scene.group
        url = self.scene.zhang.says(group, "邮箱满了", at=self.scene.bot).response_url if address else ""
        return OutboundMessage(
            new_id(),
            "wecom",
            way,
            f"{ANSWER} {new_id()}",
            Room(group.chatid, RoomKind.GROUP, group.name),
            Person("zhangsan"),
            (Mention("zhangsan"),),
            ReplyAddress(url, self.now + timedelta(hours=1)) if url else None,
            attempt=attempt,
        )

    def page(self, *, attempt: int = 1) -> OutboundMessage:
        return replace(self.line(Way.PAGE, attempt=attempt, address=False), room=None, person=None)

    def shown(self, message: OutboundMessage) -> list[Shown]:
        """Every bubble with these words."""
        return [one for one in self.scene.group.answers() if message.markdown in one.words]

    def fails(self, sender: WeComBot | PushWebhook, message: OutboundMessage) -> SendFailed:
        """How sending it fails."""
        try:
            sender.send(message, self.now)
        except SendFailed as error:
            return error
        raise AssertionError(f"it was sent:\n{self.scene.group.transcript()}")


@contextmanager
def open_wecom_desk(api: str = "") -> Iterator[WeComDesk]:
    """`api`: where to call instead of the little WeCom itself; reply addresses stay its own."""
    with open_scene() as scene, make_client() as client:
        push = scene.wecom.push(scene.group)
        sender = PushWebhook(api or scene.wecom.url, push.key, client)
        yield WeComDesk(
            scene,
            push,
            sender,
            channel(scene, {scene.group.chatid: sender}, client),
            channel(scene, {}, client),
            client,
        )


def channel(scene: Scene, pushes: dict[str, PushWebhook], client: httpx.Client, *test_hosts: str) -> WeComBot:
    """A new channel object: it remembers nothing."""
    return WeComBot(
        "wecom",
        desk_name=scene.bot.name,
        token=scene.bot.token,
        encoding_aes_key=scene.bot.aes_key,
        bot_id=scene.bot.botid,
        pushes=pushes,
        media_hosts=(),
        reply_hosts=(),
        test_hosts=test_hosts or (urlsplit(scene.wecom.url).netloc,),
        client=client,
    )
