"""`zhiban check --security`: what is weak in a set-up, and what to do about it. Calls nobody, shows no value."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from app.lab.security_files import weak_files
from app.lab.weakness import Setup, Weakness, hint, serious
from app.settings import Channel, DingTalkBot, DingTalkCustom, DingTalkRobotApp, Pager, WeComBot, WeComCorpApp

_PLACEHOLDER = re.compile(
    r"fake|example|sample|change.?me|placeholder|your[-_]?|dummy|x{4,}|\*{3,}|换成|示例|password|123456|abcdef", re.I
)
_SHORTEST = {  # what the platforms give; shorter is cut off, or made up by hand
    "token": 8,
    "encoding_aes_key": 43,
    "push_key": 30,
    "key": 30,
    "app_secret": 16,
    "path_secret": 16,
    "access_token": 40,
    "secret": 20,
    "secret_key": 44,
}
_FEWEST_DIFFERENT = 5  # characters in a secret that was not typed with one finger
_VENDORS = ("qyapi.weixin.qq.com", "api.dingtalk.com", "oapi.dingtalk.com")
_WIDE = re.compile(r"\*|\*\.[a-z0-9-]+|\*\.(com|net|org|gov|edu)\.cn")
_WINDOW_S, _MESSAGE_DAYS, _PICTURE_DAYS = 300, 365, 90
_SAFE_SSL = ("verify-full", "verify-ca")
_BY_FILE = "把值放进只有运行用户能读的文件，用环境变量 {name}_FILE 指过去，再删掉这一行"

Secret = tuple[tuple[str, ...], str, str]  # where it stands, its value, and whose it is


def find_weaknesses(setup: Setup) -> list[Weakness]:
    """The serious ones first."""
    found = [
        *_secrets(setup),
        *_doors(setup),
        *_pagers(setup),
        *_addresses(setup),
        *_listeners(setup),
        *_database(setup),
        *_the_rest(setup),
        *weak_files(setup),
    ]
    return sorted(set(found), key=lambda one: (not one.serious, one.where, one.what))


def _all_secrets(setup: Setup) -> Iterator[Secret]:
    settings = setup.settings
    yield ("secret_key",), settings.secret_key.get_secret_value(), "secret_key"
    for group, entries in (("channels", settings.channels), ("pagers", settings.pagers)):
        for name, config in entries.items():
            for key in type(config).model_fields:
                value = getattr(config, key)
                if isinstance(value, SecretStr):
                    yield (group, name, key), value.get_secret_value(), _owner(config, group, name, key)
            if isinstance(config, DingTalkBot) and config.cards:
                value, owner = config.cards.secret.get_secret_value(), f"{group}.{name}.cards"
                yield (group, name, "cards", "secret"), value, owner
            if isinstance(config, WeComBot):
                for room, entry in config.rooms.items():
                    value, owner = entry.push_key.get_secret_value(), f"{group}.{name}.{room}"
                    yield (group, name, "rooms", room, "push_key"), value, owner


def _owner(config: Channel | Pager, group: str, name: str, key: str) -> str:
    """Entries of one app have its secret in common, and must."""
    if isinstance(config, WeComCorpApp | DingTalkRobotApp) and key in ("secret", "app_secret"):
        return str(config.app)
    return f"{group}.{name}.{key}"


def _secrets(setup: Setup) -> Iterator[Weakness]:
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for path, value, owner in _all_secrets(setup):
        if not value:
            continue
        owners[value].setdefault(owner, ".".join(path))
        where = setup.where(*path)
        if _PLACEHOLDER.search(value) or len(set(value)) < _FEWEST_DIFFERENT:
            yield serious(where, "像是示例或随手打的值", "换成平台后台给的（自己定的，用随机生成的一长串）")
        elif len(value) < _SHORTEST.get(path[-1], 0):
            yield serious(where, f"太短，平台给的不少于 {_SHORTEST[path[-1]]} 位", "核对是不是少复制了；自己定的请加长")
        if setup.stands_in_file(*path):
            name = "ZHIBAN_" + "__".join(path).upper()
            remedy = (
                _BY_FILE.format(name=name) if "rooms" not in path else "chatid 区分大小写，只能写在文件里：管好文件权限"
            )
            yield hint(where, "密钥写在设置文件里", remedy)
    for keys in owners.values():
        if len(keys) > 1:
            yield hint("、".join(keys.values()), "几处用了同一个密钥", "各用各的：一处泄露不会连累别处")


def _doors(setup: Setup) -> Iterator[Weakness]:
    for name, config in setup.settings.channels.items():
        if isinstance(config, WeComBot):
            if not config.bot_id:
                yield hint(setup.where("channels", name), "没有填 bot_id，别的机器人的消息也收", "填上这个机器人的 id")
            for pattern in config.media_hosts:
                yield from _too_wide(setup, ("channels", name, "media_hosts"), pattern)
        elif isinstance(config, DingTalkBot):
            where = setup.where("channels", name)
            if not config.path_secret.get_secret_value():
                yield serious(
                    where,
                    "没有设 path_secret：钉钉的签名不管消息内容，地址被人知道就能冒充员工说话",
                    "设一串随机的 path_secret，回调地址改成 /webhooks/<名字>/<这一串>",
                )
            if not config.corp_id:
                yield hint(where, "没有填 corp_id，别的企业的消息也收", "填上本企业的 corpId")
            if config.clock_window_s > _WINDOW_S:
                yield hint(
                    setup.where("channels", name, "clock_window_s"),
                    f"时间窗 {config.clock_window_s} 秒太宽，截获的请求在这段时间里都能重放",
                    f"机器开 NTP，设回 {_WINDOW_S}",
                )
            for pattern in config.session_hosts:
                yield from _too_wide(setup, ("channels", name, "session_hosts"), pattern)


def _too_wide(setup: Setup, path: tuple[str, ...], pattern: str) -> Iterator[Weakness]:
    if _WIDE.fullmatch(pattern):
        yield serious(setup.where(*path), f"“{pattern}”太宽，消息里的地址能把请求引到任何地方", "只列平台自己的域名")


def _pagers(setup: Setup) -> Iterator[Weakness]:
    for name, config in setup.settings.pagers.items():
        if isinstance(config, DingTalkCustom) and not config.secret.get_secret_value():
            yield hint(
                setup.where("pagers", name),
                "自定义机器人没有加签密钥，地址泄露后谁都能往值班群里发",
                "在钉钉的安全设置里选“加签”，把 SEC 开头的密钥填到 secret",
            )


def _addresses(setup: Setup) -> Iterator[Weakness]:
    places = [("channels", name, config.api) for name, config in setup.settings.channels.items()]
    places += [("pagers", name, config.api) for name, config in setup.settings.pagers.items()]
    for group, name, api in places:
        where = setup.where(group, name, "api")
        if not api.startswith("https://"):
            yield serious(where, "不是 https，密钥和员工的话在路上是明文", "改成 https:// 开头的地址")
        elif urlsplit(api).hostname not in _VENDORS:
            yield hint(where, "不是企业微信、钉钉的公网地址，密钥会发给它", "确认它是你们自己的私有部署")
    heartbeat = setup.settings.heartbeat
    if heartbeat and not heartbeat.url.get_secret_value().startswith("https://"):
        yield hint(setup.where("heartbeat", "url"), "心跳地址不是 https", "改成 https:// 开头的地址")


def _listeners(setup: Setup) -> Iterator[Weakness]:
    listen = setup.settings.listen
    reach = _reach(listen.internal_host)
    where = setup.where("listen", "internal_host")
    if reach == "everybody" and setup.in_container:
        yield hint(where, "容器里对内端口听所有地址", "映射时一定带上本机地址：-p 127.0.0.1:8081:8081")
    elif reach == "everybody":
        yield serious(where, "对内页面没有登录，现在谁都连得上", "设回 127.0.0.1，用 SSH 隧道、VPN 或带登录的代理来看")
    elif reach == "neighbours":
        yield hint(where, "对内页面没有登录，同一内网的人都能看到员工的原话", "放到带登录的代理后面，或设回 127.0.0.1")
    if _reach(listen.host) == "everybody" and not setup.in_container:
        yield hint(
            setup.where("listen", "host"),
            "对外端口直接听所有地址，而它不是 HTTPS",
            "前面放 nginx 之类做 HTTPS，再把它设成 127.0.0.1",
        )


def _reach(host: str) -> str:
    """Who can call it: this machine, neighbours, everybody."""
    if host == "localhost":
        return "this machine"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "neighbours"  # a name: wherever it points to, it is not only this machine
    if address.is_loopback:
        return "this machine"
    return "neighbours" if address.is_private and not address.is_unspecified else "everybody"


def _database(setup: Setup) -> Iterator[Weakness]:
    url = setup.settings.database_url
    if not url.startswith("postgresql"):
        return
    parts, where = urlsplit(url), setup.where("database_url")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = options.get("host") or parts.hostname or ""
    if parts.password and setup.stands_in_file("database_url"):
        yield hint(where, "数据库密码写在设置文件里", _BY_FILE.format(name="ZHIBAN_DATABASE_URL"))
    if parts.username == "postgres":
        yield hint(where, "用的是数据库的超级用户", "给值班台单独建一个用户和库")
    if host.startswith("/") or not host or _reach(host) == "this machine":
        return
    elsewhere = {"PGPASSWORD", "PGPASSFILE", "PGSERVICE"} & setup.environment.keys()
    known = Path(setup.environment.get("HOME", "/nonexistent")) / ".pgpass"
    if not (parts.password or elsewhere or {"sslcert", "passfile"} & options.keys() or known.exists()):
        yield serious(where, "连别的机器上的数据库却没有密码，多半那边对谁都不设防", "给数据库用户设密码")
    mode = options.get("sslmode") or setup.environment.get("PGSSLMODE", "")
    if mode not in ("require", *_SAFE_SSL):
        yield serious(
            where,
            "到数据库的连接可能是明文，员工的话和密码都在里面",
            "地址后面加 ?sslmode=verify-full&sslrootcert=证书文件",
        )
    elif mode not in _SAFE_SSL:
        yield hint(where, "连接加密了，但没有核对对方是谁", "改成 sslmode=verify-full，并给出 sslrootcert")


def _the_rest(setup: Setup) -> Iterator[Weakness]:
    settings = setup.settings
    if settings.environment == "test" and (settings.channels or settings.pagers):
        yield serious(setup.where("environment"), "接着渠道却设成了 test", "正式运行设成 production")
    if settings.test_hosts:
        yield serious(setup.where("test_hosts"), "留着模拟平台的地址，对它们不查 https 和域名", "整项删掉")
    if not settings.secret_key.get_secret_value():
        yield hint(
            "secret_key",
            "没有设，钥匙和数据放在同一个目录，一起被拷走就等于没加密",
            "用 zhiban new-key 生成一把，放在别处，用 ZHIBAN_SECRET_KEY_FILE 指过去",
        )
    for key, days, most in (
        ("messages", settings.retention.messages, _MESSAGE_DAYS),
        ("pictures", settings.retention.pictures, _PICTURE_DAYS),
    ):
        if days > most:
            yield hint(setup.where("retention", key), f"保存 {days} 天，太久", f"够用就好，建议不超过 {most} 天")
    if setup.is_root:
        yield hint("运行用户", "正在用 root 运行", "建一个没有登录权限的用户来跑，见 docs/ops.md 的 systemd 一节")
