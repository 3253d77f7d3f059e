"""A company on WeCom: a support group with the bot, an on-call group with the bot and a pager, people in both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.settings import Settings, WeComPush, WeComRoom
from app.settings import WeComBot as BotSettings
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.courier import Outcome
from tests.platforms.wecom.delivery import Delivery
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.people import User
from tests.platforms.wecom.push import Push
from tests.platforms.wecom.shown import Channel, Shown
from tests.stories.house import RunningHouse, eventually, running
from tests.stories.workshop import Workshop

NAME = "IT小助手"


@dataclass
class WeComScene:
    """Who and what a WeCom story plays with."""

    wecom: LittleWeCom
    house: RunningHouse
    bot: Bot
    support: Group
    oncall: Group
    pager: Push
    lin: User
    chen: User
    zhang: User
    li: User
    wang: User

    def asks(self, text: str, *, by: User | None = None) -> Delivery:
        """A staff member @s the desk in the support group."""
        return (by or self.lin).says(self.support, text, at=self.bot)

    def asks_a_slow_house(self, text: str, *, clock_runs: float = 0) -> Delivery:
        """The database is held up for longer than the platform waits: it hangs up, then the house goes on."""
        received, policy = self.house.counts()["InboundRow"], self.bot.policy
        patience, policy.message_seconds = policy.message_seconds, 0.3
        with self.house.house.desk.database.transaction():
            delivery = self.asks(text)
            self.house.clock.advance(clock_runs)
        policy.message_seconds = patience
        assert delivery.status is Outcome.TIMEOUT and delivery.bubbles == []
        eventually("消息收下", lambda: self.house.counts()["InboundRow"] == received + 1)
        return delivery

    def orders(self, text: str, *, by: User | None = None) -> Delivery:
        """An engineer @s the desk in the on-call group."""
        return (by or self.zhang).says(self.oncall, text, at=self.bot)

    def pages(self) -> list[Shown]:
        return [one for one in self.oncall.seen() if one.channel is Channel.PUSH]

    def expect_pages(self, count: int) -> list[Shown]:
        eventually(f"{count} 次呼叫", lambda: len(self.pages()) == count)
        self.house.settle()
        assert len(self.pages()) == count, self.oncall.transcript()
        return self.pages()


def settings_of(wecom: LittleWeCom, bot: Bot, support: Push, pager: Push, workshop: Workshop) -> Settings:
    """What the company's administrator writes into zhiban.yaml."""
    channel = BotSettings.model_validate(
        {
            "kind": "wecom",
            "name": NAME,
            "token": bot.token,
            "encoding_aes_key": bot.aes_key,
            "bot_id": bot.botid,
            "api": wecom.url,
            "rooms": {support.group.chatid: WeComRoom.model_validate({"push_key": support.key})},
        }
    )
    duty = WeComPush.model_validate({"kind": "wecom_push", "key": pager.key, "api": wecom.url})
    return workshop.settings(
        channels={"wecom": channel}, pagers={"oncall": duty}, test_hosts=(urlsplit(wecom.url).netloc,)
    )


@contextmanager
def open_wecom(workshop: Workshop, *, push_into_support: bool = True) -> Iterator[WeComScene]:
    """Everything set up and connected; nobody has said anything yet."""
    with LittleWeCom(workshop.clock) as wecom:
        bot = wecom.bot(NAME)
        lin, chen = wecom.user("linxy", "林小雨", "13900000001"), wecom.user("chenchen", "陈晨", "13900000002")
        zhang, li = wecom.user("zhanggong", "张工", "13800000001"), wecom.user("ligong", "李工", "13800000002")
        wang = wecom.user("wangzg", "王主管", "13800000003")
        support = wecom.group("IT支持群", lin, chen, zhang, bot)
        oncall = wecom.group("值班群", zhang, li, wang, bot)
        room, pager = wecom.push(support, NAME), wecom.push(oncall, "值班铃")
        settings = settings_of(wecom, bot, room, pager, workshop)
        if not push_into_support:
            settings = settings.model_copy(update={"channels": {"wecom": _without_rooms(settings)}})
        with running(settings, workshop.clock, workshop.log, workshop.library) as house:
            # The platform waits one second; on a busy machine the admin has to press «save» again.
            assert any(bot.connect(f"{house.url}/webhooks/wecom").ok for _ in range(3))
            yield WeComScene(wecom, house, bot, support, oncall, pager, lin, chen, zhang, li, wang)
        wecom.assert_clean()
        workshop.expect_no_secret(bot.token, bot.aes_key, room.key, pager.key)
        workshop.expect_no_match("response_code=RC-|/media/m0")


def _without_rooms(settings: Settings) -> BotSettings:
    channel = settings.channels["wecom"]
    assert isinstance(channel, BotSettings)
    return channel.model_copy(update={"rooms": {}})
