"""Makes the channels and pagers that the settings name. Entries of one app share its access token."""

from datetime import datetime, timedelta

import httpx

from app.channels.base import Channel, Sender
from app.channels.dingtalk.card_pager import CardPager
from app.channels.dingtalk.cards import Cards
from app.channels.dingtalk.custom import CustomRobot
from app.channels.dingtalk.direct import Ding, Direct, Remind
from app.channels.dingtalk.openapi import OpenApi
from app.channels.dingtalk.robot import DingTalkRobot
from app.channels.http import make_outside_client
from app.channels.wecom.app_door import AppDoor
from app.channels.wecom.app_pager import AppPager
from app.channels.wecom.bot import WeComBot
from app.channels.wecom.corp_app import CorpApp
from app.channels.wecom.push import PushWebhook
from app.settings import (
    DingTalkBot,
    DingTalkCardPager,
    DingTalkCustom,
    DingTalkDing,
    DingTalkDirect,
    DingTalkRobotApp,
    Pager,
    Settings,
    WeComApp,
    WeComAppPager,
    WeComCorpApp,
    WeComPush,
)
from app.settings import WeComBot as WeComSettings


class Wiring:
    """`client` is for addresses of the settings; a door's own, for those of messages. `network`: as in `main.build`."""

    def __init__(self, settings: Settings, client: httpx.Client, network: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._client = client
        self._outside = make_outside_client(settings.test_hosts, network)
        self._corp_apps: dict[tuple[str, ...], CorpApp] = {}
        self._robots: dict[tuple[str, ...], OpenApi] = {}

    def channels(self) -> dict[str, Channel]:
        """The configured doors by name."""
        made: dict[str, Channel] = {}
        for name, config in self._settings.channels.items():
            match config:
                case WeComSettings():
                    made[name] = self._wecom(name, config)
                case WeComApp():
                    made[name] = self._wecom_app(name, config)
                case DingTalkBot():
                    made[name] = self._dingtalk(name, config)
        return made

    def pagers(self) -> dict[str, Sender]:
        """The configured pagers by name, in the order in which they are tried."""
        return {name: self._pager(config) for name, config in self._settings.pagers.items()}

    def register_cards(self, address: str, now: datetime) -> list[str]:
        """Have taps on cards sent to our doors, which the platforms reach at `address`; the doors' names.

        Raises SendFailed.
        """
        doors = {
            name: door
            for name, door in self._settings.channels.items()
            if isinstance(door, DingTalkBot) and door.cards is not None
        }
        for name, door in doors.items():
            assert door.cards is not None, "the others were left out"
            url = "/".join(filter(None, (address.rstrip("/"), "webhooks", name, door.path_secret.get_secret_value())))
            self._robot(door).register_callback(door.cards.route, url, door.cards.secret.get_secret_value(), now)
        return list(doors)

    def with_cards(self) -> frozenset[str]:
        """The channels and pagers that speak with interactive cards."""
        doors = {
            name
            for name, door in self._settings.channels.items()
            if isinstance(door, DingTalkBot) and door.cards and door.cards.answers
        }
        pagers = {name for name, pager in self._settings.pagers.items() if isinstance(pager, DingTalkCardPager)}
        return frozenset(doors | pagers)

    def _pager(self, config: Pager) -> Sender:
        match config:
            case WeComPush():
                return PushWebhook(config.api, config.key.get_secret_value(), self._client)
            case WeComAppPager():
                return AppPager(self._corp_app(config), hears_taps=self._hears(config))
            case DingTalkCustom():
                token, secret = config.access_token.get_secret_value(), config.secret.get_secret_value()
                return CustomRobot(config.api, token, secret, self._client)
            case DingTalkCardPager():
                cards = self._cards(config)
                assert cards is not None, "the settings were checked"
                return CardPager(cards, config.conversation)
            case DingTalkDirect():
                return Direct(self._robot(config), hears_taps=self._hears(config))
            case DingTalkDing():
                return Ding(self._robot(config), Remind[config.remind.upper()])

    def _hears(self, config: WeComCorpApp | DingTalkRobotApp) -> bool:
        """Whether what is said to this app, or tapped on its cards, comes in by one of the doors."""
        doors = self._settings.channels.values()
        return any(door.app == config.app for door in doors if isinstance(door, WeComApp | DingTalkBot))

    def _corp_app(self, config: WeComCorpApp) -> CorpApp:
        if config.app not in self._corp_apps:
            secret = config.secret.get_secret_value()
            self._corp_apps[config.app] = CorpApp(config.api, config.corp_id, config.agent_id, secret, self._client)
        return self._corp_apps[config.app]

    def _robot(self, config: DingTalkRobotApp) -> OpenApi:
        if config.app not in self._robots:
            secret, robot_code = config.app_secret.get_secret_value(), config.robot_code or config.app_key
            self._robots[config.app] = OpenApi(config.api, config.app_key, secret, robot_code, self._client)
        return self._robots[config.app]

    def _cards(self, config: DingTalkRobotApp) -> Cards | None:
        cards = self._settings.cards_of(config)
        return Cards(self._robot(config), cards.template, cards.route) if cards else None

    def _wecom(self, name: str, config: WeComSettings) -> WeComBot:
        return WeComBot(
            name,
            desk_name=config.name,
            token=config.token.get_secret_value(),
            encoding_aes_key=config.encoding_aes_key.get_secret_value(),
            bot_id=config.bot_id,
            pushes={
                room: PushWebhook(config.api, entry.push_key.get_secret_value(), self._client)
                for room, entry in config.rooms.items()
            },
            media_hosts=config.media_hosts,
            reply_hosts=(httpx.URL(config.api).host,),
            test_hosts=self._settings.test_hosts,
            client=self._outside,
        )

    def _wecom_app(self, name: str, config: WeComApp) -> AppDoor:
        return AppDoor(
            name,
            desk_name=config.name,
            corp_id=config.corp_id,
            token=config.token.get_secret_value(),
            encoding_aes_key=config.encoding_aes_key.get_secret_value(),
            app=self._corp_app(config),
        )

    def _dingtalk(self, name: str, config: DingTalkBot) -> DingTalkRobot:
        return DingTalkRobot(
            name,
            desk_name=config.name,
            app_secret=config.app_secret.get_secret_value(),
            robot_code=config.robot_code or config.app_key,
            corp_id=config.corp_id,
            path_secret=config.path_secret.get_secret_value(),
            window=timedelta(seconds=config.clock_window_s),
            session_hosts=config.session_hosts,
            test_hosts=self._settings.test_hosts,
            openapi=self._robot(config),
            group_buttons=config.group_buttons,
            cards=self._cards(config) if config.cards and config.cards.answers else None,
            card_secret=config.cards.secret.get_secret_value() if config.cards else "",
            client=self._outside,
        )
