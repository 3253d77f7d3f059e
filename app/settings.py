"""Settings from a file and the environment into one frozen value. Refuses what it does not understand.

The file is YAML. Each key can be set by the environment instead: `ZHIBAN_DATABASE_URL`, or with two underscores for
a key inside another: `ZHIBAN_CHANNELS__WECOM__TOKEN`. `NAME_FILE` reads the value from a mounted secret.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from app.documents import Document, Fault, Invalid, explain, parse

PREFIX = "ZHIBAN_"
_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_NOT_OURS = re.compile(r"ZHIBAN_(SERVICE_|PORT)")  # Kubernetes adds these for a service named zhiban


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OfWeCom(_Strict):
    platform: ClassVar[str] = "wecom"


class _OfDingTalk(_Strict):
    platform: ClassVar[str] = "dingtalk"


class WeComRoom(_Strict):
    """A WeCom group into which lines can be said later: its push webhook's key."""

    push_key: SecretStr


class _WeComCallback(_OfWeCom):
    """What people call it, and what WeCom seals its callbacks with."""

    name: str = Field("IT小助手", min_length=1)
    token: SecretStr
    encoding_aes_key: SecretStr

    @field_validator("encoding_aes_key")
    @classmethod
    def _forty_three(cls, key: SecretStr) -> SecretStr:
        if not _AES_KEY.fullmatch(key.get_secret_value()):
            raise ValueError("EncodingAESKey 应是 43 个字母或数字")
        return key


class WeComBot(_WeComCallback):
    """A WeCom AI bot in callback mode."""

    kind: Literal["wecom"]
    bot_id: str = ""
    rooms: dict[str, WeComRoom] = {}
    api: str = "https://qyapi.weixin.qq.com"
    media_hosts: tuple[str, ...] = ("*.myqcloud.com", "*.qpic.cn", "*.weixin.qq.com")


class WeComCorpApp(_OfWeCom):
    """What a self-built WeCom app sends with."""

    corp_id: str = Field(min_length=1)
    agent_id: int = Field(ge=1)
    secret: SecretStr
    api: str = "https://qyapi.weixin.qq.com"

    @property
    def app(self) -> tuple[str, ...]:
        """Equal where two entries speak for one app."""
        return ("wecom", self.api, self.corp_id, str(self.agent_id))


class WeComApp(_WeComCallback, WeComCorpApp):
    """A self-built WeCom app with a callback address: people write to it in 1:1 and tap the buttons of its cards."""

    kind: Literal["wecom_app"]


class DingTalkRobotApp(_OfDingTalk):
    """What a DingTalk enterprise robot sends with."""

    app_key: str = Field(min_length=1)
    app_secret: SecretStr
    robot_code: str = ""
    api: str = "https://api.dingtalk.com"

    @property
    def app(self) -> tuple[str, ...]:
        """Equal where two entries speak for one robot."""
        return ("dingtalk", self.api, self.app_key, self.robot_code or self.app_key)


class DingTalkCards(_Strict):
    """A template of interactive cards, and the callback that was registered for taps on them."""

    template: str = Field(min_length=1)
    route: str = Field("zhiban", min_length=1)  # the callback's route key; any name, once a company
    secret: SecretStr = Field(min_length=16)  # ours, not the platform's
    answers: bool = True  # off: only pages are cards


class DingTalkBot(DingTalkRobotApp):
    """A DingTalk enterprise robot in HTTP mode."""

    kind: Literal["dingtalk"]
    name: str = Field("IT小助手", min_length=1)
    corp_id: str = ""
    path_secret: SecretStr = SecretStr("")
    clock_window_s: int = Field(300, ge=10, le=3600)
    cards: DingTalkCards | None = None
    group_buttons: bool = True  # off where a tap in a group does not reach the desk
    session_hosts: tuple[str, ...] = (
        "oapi.dingtalk.com",
        "api.dingtalk.com",
        "oapi.dingtalk.io",
        "api.dingtalk.io",
    )


class WeComPush(_OfWeCom):
    """A WeCom group push webhook: pages the on-call group with a real mention."""

    kind: Literal["wecom_push"]
    key: SecretStr
    api: str = "https://qyapi.weixin.qq.com"


class DingTalkCustom(_OfDingTalk):
    """A DingTalk custom robot: pages the on-call group with a real mention."""

    kind: Literal["dingtalk_custom"]
    access_token: SecretStr
    secret: SecretStr = SecretStr("")
    api: str = "https://oapi.dingtalk.com"


class WeComAppPager(WeComCorpApp):
    """A self-built WeCom app: pages the engineer directly, in 1:1."""

    kind: Literal["wecom_app"]


class DingTalkDirect(DingTalkRobotApp):
    """A DingTalk enterprise robot: pages the engineer directly, in 1:1."""

    kind: Literal["dingtalk_direct"]


class DingTalkCardPager(DingTalkRobotApp):
    """A DingTalk enterprise robot: pages the on-call group with an interactive card."""

    kind: Literal["dingtalk_card"]
    conversation: str = Field(min_length=1)


class DingTalkDing(DingTalkRobotApp):
    """A DING by the enterprise robot: in the app, by SMS or by telephone."""

    kind: Literal["dingtalk_ding"]
    remind: Literal["app", "sms", "phone"] = "app"


Channel = Annotated[WeComBot | WeComApp | DingTalkBot, Field(discriminator="kind")]
Pager = Annotated[
    WeComPush | WeComAppPager | DingTalkCustom | DingTalkCardPager | DingTalkDirect | DingTalkDing,
    Field(discriminator="kind"),
]


class Escalation(_Strict):
    """How long each step waits for somebody, in minutes, and how often the last is repeated."""

    waits: tuple[Annotated[int, Field(ge=1, le=1440)], ...] = Field((10, 10, 15), min_length=1)
    repeats: int = Field(3, ge=0, le=20)


class DingTalkQuota(_Strict):
    """What DingTalk allows a company in a month: its standard edition since November 2025. 0: not watched."""

    api: int = Field(5_000, ge=0)
    webhook: int = Field(3_000, ge=0)


class Retention(_Strict):
    """How long things are kept, in days."""

    messages: int = Field(90, ge=1)
    pictures: int = Field(14, ge=1)


class Listen(_Strict):
    """Two listeners: webhooks and health for the platforms; console, metrics and sandbox for the inside."""

    host: str = "0.0.0.0"  # noqa: S104 - the platforms must reach it
    port: int = Field(8080, ge=0, le=65535)
    internal_host: str = "127.0.0.1"
    internal_port: int = Field(8081, ge=0, le=65535)


class Heartbeat(_Strict):
    """A dead man's switch: an address that is called while all is well, and rings when it is not called."""

    url: SecretStr
    every_s: int = Field(60, ge=10, le=3600)

    @field_validator("url")
    @classmethod
    def _address(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        try:
            parts = urlsplit(text)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good or not text.isprintable() or " " in text:
            raise ValueError("要写成 http:// 或 https:// 开头的完整地址")
        return url


class Settings(_Strict):
    """Everything that is set from outside."""

    environment: Literal["production", "test"] = "production"
    database_url: str = Field("sqlite:///data/zhiban.db", repr=False)  # may hold a password
    data_dir: Path = Path("data")
    intents_dir: Path = Path("intents")
    knowledge_dir: Path = Path("knowledge")
    roster_file: Path = Path("roster.yaml")
    staff_file: Path = Path("staff.yaml")  # optional
    secret_key: SecretStr = SecretStr("")
    promised_wrong: float = Field(0.02, gt=0, lt=0.5)
    semantic: bool = False  # sentence vectors; needs the extra `semantic`
    channels: dict[str, Channel] = {}
    pagers: dict[str, Pager] = {}
    escalation: Escalation = Escalation()
    retention: Retention = Retention()
    dingtalk_quota: DingTalkQuota = DingTalkQuota()
    listen: Listen = Listen()
    heartbeat: Heartbeat | None = None
    test_hosts: tuple[str, ...] = ()  # plain-http hosts of a test platform; refused in production

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("要以 sqlite:/// 或 postgresql:// 开头")
        try:
            urlsplit(url).port  # noqa: B018 - raises
        except ValueError:
            raise ValueError("地址写错了：密码里的 @ : / 等要写成 %40 %3A %2F") from None
        return url

    @field_validator("channels", "pagers")
    @classmethod
    def _names(cls, items: dict[str, Any]) -> dict[str, Any]:
        for name in items:
            if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii() or len(name) > 40:
                raise ValueError(f"“{name}”不能作名字，只用字母、数字、- 和 _")
        return items

    @model_validator(mode="after")
    def _no_test_hosts_in_production(self) -> "Settings":
        if self.test_hosts and self.environment == "production":
            raise ValueError("生产环境不能设 test_hosts")
        if overlap := self.channels.keys() & self.pagers.keys():
            raise ValueError(f"channels 和 pagers 里不能同名：{'、'.join(sorted(overlap))}")
        return self

    @model_validator(mode="after")
    def _cards_are_heard(self) -> "Settings":
        for name, pager in self.pagers.items():
            if isinstance(pager, DingTalkCardPager) and self.cards_of(pager) is None:
                raise ValueError(f"pagers.{name}：channels 里同一个钉钉机器人要写 cards，不然没有模板，按了也收不到")
        return self

    def cards_of(self, robot: DingTalkRobotApp) -> DingTalkCards | None:
        """The cards of this robot, as its door has them."""
        doors = [door for door in self.channels.values() if isinstance(door, DingTalkBot) and door.app == robot.app]
        return next((door.cards for door in doors if door.cards), None)

    @model_validator(mode="after")
    def _one_secret_for_an_app(self) -> "Settings":
        """Entries of one app share its access token; which of two secrets would fetch it, nobody could tell."""
        known: dict[tuple[str, ...], tuple[str, SecretStr]] = {}
        for group, entries in (("channels", self.channels), ("pagers", self.pagers)):
            for name, config in entries.items():
                if isinstance(config, WeComCorpApp | DingTalkRobotApp):
                    secret = config.secret if isinstance(config, WeComCorpApp) else config.app_secret
                    first, its = known.setdefault(config.app, (f"{group}.{name}", secret))
                    if its != secret:
                        raise ValueError(f"{first} 和 {group}.{name} 是同一个应用，密钥却不一样")
        return self


def secrets_of(settings: Settings) -> set[str]:
    """Every secret value in the settings, for looking that none shows up anywhere. Not to be shown itself."""
    found = {unquote(urlsplit(settings.database_url).password or ""), urlsplit(settings.database_url).password or ""}
    left: list[Any] = [settings]
    while left:
        match left.pop():
            case SecretStr() as secret:
                found.add(secret.get_secret_value())
            case BaseModel() as model:
                left.extend(getattr(model, name) for name in type(model).model_fields)
            case dict() as parts:
                left.extend(parts.values())
    return found - {""}


def load_settings(text: str, file: str, environment: Mapping[str, str]) -> Settings:
    """File and environment to settings; the environment wins. Raises Invalid naming key and reason, never a value."""
    document = parse(text, file)
    if not isinstance(document.data, dict):
        raise Invalid([Fault(file, 1, "设置文件要写成“名字: 值”的形式")])
    merged, origins = _merge(document, environment)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        faults = []
        for path, reason in explain(error):
            known = _without_kind(path)
            reason = reason.replace(_dotted(path), _dotted(known))
            origin = origins.get("__".join(str(part) for part in known).upper())
            faults.append(Fault("环境变量", 1, f"{origin}：{reason}") if origin else document.fault(known, reason))
        raise Invalid(faults) from None


def _without_kind(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The path as people write it: the checker puts the kind of a channel or pager behind its name."""
    return (*path[:2], *path[3:]) if path[:1] in (("channels",), ("pagers",)) else path


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


def _merge(document: Document, environment: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    merged = _copy(document.data)
    origins: dict[str, str] = {}
    # A mounted file goes before the plain variable of that name: an image may set a default, whoever runs it a secret.
    for name, value in sorted(environment.items(), key=lambda item: item[0].endswith("_FILE")):
        if not name.startswith(PREFIX) or name == f"{PREFIX}SETTINGS" or _NOT_OURS.match(name):
            continue
        key = name.removeprefix(PREFIX)
        if key.endswith("_FILE") and key not in ("ROSTER_FILE", "STAFF_FILE"):
            key, value = key.removesuffix("_FILE"), _read_secret(name, value)
        path = [part.lower() for part in key.split("__")]
        _put(merged, path, value, name)
        origins["__".join(path).upper()] = name
    return merged, origins


def _copy(data: Any) -> Any:
    return {key: _copy(value) for key, value in data.items()} if isinstance(data, dict) else data


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Invalid([Fault("环境变量", 1, f"{name}：读不到 {path}（{error.strerror}）")]) from None
    except UnicodeError:  # of the file, or of its name
        raise Invalid([Fault("环境变量", 1, f"{name}：{path} 不是 UTF-8 文字")]) from None


def _put(target: dict[str, Any], path: list[str], value: str, name: str) -> None:
    for part in path[:-1]:
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise Invalid([Fault("环境变量", 1, f"{name}：“{part}”下面不能再分")])
    target[path[-1]] = parse(value, name).data if value.startswith("[") else value
