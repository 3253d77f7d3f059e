"""A company on WeCom that also has a self-built app: engineers are paged in their 1:1 chat with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.settings import WeComApp, WeComAppPager, WeComBot, WeComPush, WeComRoom
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.corp_app import CorpApp
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.people import User
from tests.platforms.wecom.shown import Channel, Shown
from tests.stories.house import RunningHouse, eventually, running
from tests.stories.wecom_scene import NAME
from tests.stories.workshop import Workshop


@dataclass
class WeComAppScene:
    """Staff ask in the support group; 张工 has the app, and the on-call group is the second way."""

    wecom: LittleWeCom
    house: RunningHouse
    bot: Bot
    app: CorpApp
    support: Group
    oncall: Group
    lin: User
    zhang: User
    li: User

    def asks(self, text: str) -> None:
        self.lin.says(self.support, text, at=self.bot)

    def pages(self, engineer: User) -> list[Shown]:
        """What rang on the engineer's phone."""
        return [one.message for one in engineer.notifications() if one.message.channel is Channel.APP]

    def page(self, engineer: User, count: int = 1) -> Shown:
        """Wait for the engineer's `count`-th direct page."""
        eventually(f"{engineer.name} 的第 {count} 次呼叫", lambda: len(self.pages(engineer)) >= count)
        self.house.settle()
        assert len(self.pages(engineer)) == count, engineer.transcript()
        return self.pages(engineer)[-1]


@contextmanager
def open_wecom_app(workshop: Workshop, *, callback: bool = True) -> Iterator[WeComAppScene]:
    """`callback`: the app has an address, so that cards can be tapped and people can write to it."""
    with LittleWeCom(workshop.clock) as wecom:
        bot, app = wecom.bot(NAME), wecom.app("IT 值班")
        lin = wecom.user("linxy", "林小雨", "13900000001")
        zhang, li = wecom.user("zhanggong", "张工", "13800000001"), wecom.user("ligong", "李工", "13800000002")
        wecom.user("wangzg", "王主管", "13800000003")
        support = wecom.group("IT支持群", lin, zhang, bot)
        oncall = wecom.group("值班群", zhang, li, bot)
        room, bell = wecom.push(support, NAME), wecom.push(oncall, "值班铃")
        who = {"corp_id": app.corpid, "agent_id": app.agentid, "secret": app.secret, "api": wecom.url}
        sealed = {"name": NAME, "token": app.sealer.token, "encoding_aes_key": app.sealer.aes_key}
        rooms = {support.chatid: WeComRoom.model_validate({"push_key": room.key})}
        ai = {"name": NAME, "token": bot.token, "encoding_aes_key": bot.aes_key, "api": wecom.url, "rooms": rooms}
        door = {"app": WeComApp.model_validate({"kind": "wecom_app", **who, **sealed})} if callback else {}
        settings = workshop.settings(
            channels={"wecom": WeComBot.model_validate({"kind": "wecom", **ai}), **door},
            pagers={
                "direct": WeComAppPager.model_validate({"kind": "wecom_app", **who}),
                "oncall": WeComPush.model_validate({"kind": "wecom_push", "key": bell.key, "api": wecom.url}),
            },
            test_hosts=(urlsplit(wecom.url).netloc,),
        )
        with running(settings, workshop.clock, workshop.log, workshop.library) as house:
            # The platform waits one second; on a busy machine the admin has to press «save» again.
            assert any(bot.connect(f"{house.url}/webhooks/wecom").ok for _ in range(3))
            assert not callback or any(app.connect(f"{house.url}/webhooks/app").ok for _ in range(3))
            yield WeComAppScene(wecom, house, bot, app, support, oncall, lin, zhang, li)
        wecom.assert_clean()
        workshop.expect_no_secret(app.secret, app.sealer.token, app.sealer.aes_key, *app.tokens)
