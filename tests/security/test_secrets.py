"""Every secret of a set-up is a canary. After a day with failures of all sorts, none of them is found anywhere."""

import dataclasses
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app import main
from app.channels.base import RawRequest
from app.core.library import Library
from app.core.message import ReplyAddress
from app.documents import Invalid
from app.settings import DingTalkCustom, Settings, WeComPush, load_settings, secrets_of
from app.store.tables import ConversationRow, OutboxRow
from app.store.vault import Vault
from tests.conftest import ROOT
from tests.platforms.dingtalk.faults import Fault
from tests.platforms.dingtalk.hostile import Hostile
from tests.platforms.dingtalk.little import LittleDingTalk
from tests.platforms.dingtalk.wire import Endpoint as DingEndpoint
from tests.platforms.wecom.bots import Bot
from tests.platforms.wecom.faults import Endpoint, hang, server_error
from tests.platforms.wecom.groups import Group
from tests.platforms.wecom.little import LittleWeCom
from tests.platforms.wecom.people import User
from tests.stories.clock import MONDAY_TEN
from tests.stories.dingtalk_scene import PATH_SECRET, channel_of
from tests.stories.house import RunningHouse, running, serving
from tests.stories.wecom_scene import NAME, settings_of
from tests.stories.words import QUESTION
from tests.stories.workshop import Workshop

CANARY = "Kanarienvogel"


@dataclass
class Day:
    """A company on both platforms, where every secret is known."""

    house: RunningHouse
    wecom: LittleWeCom
    ding: LittleDingTalk
    bot: Bot
    lin: User
    support: Group
    settings: Settings
    stranger: Hostile
    ask_on_dingtalk: Any

    def secrets(self) -> set[str]:
        """All of the settings, and all bearer addresses and tokens that the platforms gave out so far."""
        given = {url for exchange in self.house_addresses() for url in (exchange, urlsplit(exchange).query)}
        tokens = {self.ding.world.tokens.grant(robot) for robot in self.ding.world.robots.values()}
        return secrets_of(self.settings) | given | tokens | set(self.ding.world.sessions)

    def house_addresses(self) -> set[str]:
        return {call for call in self.addresses if call}

    addresses: set[str] = dataclasses.field(default_factory=set)


@contextmanager
def _a_day(workshop: Workshop) -> Iterator[Day]:
    with LittleWeCom(workshop.clock) as wecom, LittleDingTalk(clock=workshop.clock) as ding:
        bot, lin = wecom.bot(NAME), wecom.user("linxy", "林小雨", "13900000001")
        zhang = wecom.user("zhanggong", "张工", "13800000001")
        support, oncall = wecom.group("IT支持群", lin, bot), wecom.group("值班群", zhang, bot)
        robot, chen = ding.robot(NAME), ding.user("陈晨", "chen66")
        group = ding.group("IT支持群", chen, robot)
        pager = wecom.push(oncall)
        custom = ding.custom_robot("值班铃", ding.group("值班群", chen, robot), secret="SEC0123456789abcdef0123456789")
        one = settings_of(wecom, bot, wecom.push(support), pager, workshop)
        settings = workshop.settings(
            channels={**one.channels, "dingtalk": channel_of(ding, robot)},
            pagers={
                "first": WeComPush.model_validate({"kind": "wecom_push", "key": pager.key, "api": wecom.url}),
                "second": DingTalkCustom.model_validate(
                    {"kind": "dingtalk_custom", "access_token": custom.token, "secret": custom.secret, "api": ding.url}
                ),
            },
            test_hosts=(urlsplit(wecom.url).netloc, urlsplit(ding.url).netloc),
        )
        settings = settings.model_copy(update={"data_dir": ROOT / "data"})  # a reload need not learn again
        with running(settings, workshop.clock, workshop.log, workshop.library) as house:
            assert bot.connect(f"{house.url}/webhooks/wecom").ok
            robot.callback_url = f"{house.url}/webhooks/dingtalk/{PATH_SECRET}"
            yield Day(
                house, wecom, ding, bot, lin, support, settings, ding.hostile(robot, chen, group),
                lambda said: chen.says(group, said, at=robot),
            )  # fmt: skip


def _what_happens(day: Day) -> None:
    """Answers, a hand-off, vendors that fail in every way, strangers, a reload that is refused, a crash of ours."""
    day.ding.faults.next(DingEndpoint.SESSION, Fault.http(502))
    day.ask_on_dingtalk(QUESTION)
    day.wecom.fail(Endpoint.RESPONSE, server_error(), times=1)
    day.wecom.fail(Endpoint.PUSH, server_error(500), times=2)
    for said in (QUESTION, "还是不行", "人工"):
        day.addresses.add(day.lin.says(day.support, said, at=day.bot).response_url or "")
    day.ask_on_dingtalk("转人工")
    day.ding.faults.next(DingEndpoint.SESSION, Fault.of(300001))
    day.ask_on_dingtalk(QUESTION)
    for attack in (day.stranger.wrong_sign, day.stranger.garbage, day.stranger.deep, day.stranger.invalid_utf8):
        attack()
    day.stranger.forged(day.stranger.body(sessionWebhook=["https://oapi.dingtalk.com/?session=stolen"]))
    query = {"msg_signature": "x", "timestamp": "1", "nonce": "n", "echostr": "e"}
    httpx.get(f"{day.house.url}/webhooks/wecom", params=query, trust_env=False)
    httpx.post(f"{day.house.url}/webhooks/dingtalk/{CANARY}", content=b"{", trust_env=False)
    for minutes in (1, 11, 11):
        day.house.advance(minutes=minutes)
        day.house.settle()


def test_after_a_day_with_failures_no_secret_is_found_anywhere(workshop: Workshop) -> None:
    """Log, metrics, pages, readiness, what a debugger would show, the tables, and the very bytes of the files."""
    with _a_day(workshop) as day:
        _what_happens(day)
        roster = day.settings.roster_file
        object.__setattr__(day.house.house, "roster_file", Path("nowhere.yaml"))
        main.reload_files(day.house.house)
        object.__setattr__(day.house.house, "roster_file", roster)
        shown = _everything_shown(day)
        kept = _everything_kept(day, workshop)
        secrets = day.secrets()
    assert len(secrets) > 12 and {PATH_SECRET, day.bot.token} < secrets
    everything = {**shown, **kept, "log": workshop.log.text}
    assert "send_failed" in everything["log"] and "webhook_refused" in everything["log"]
    assert QUESTION in everything["cases"] or "人工" in everything["cases"], "样本里要有真东西"
    for place, said in everything.items():
        found = [secret[:6] for secret in secrets if len(secret) > 3 and secret in said]
        assert not found, f"{place} 里有密钥 {found}"
    assert CANARY not in everything["log"], "别人猜的暗号也不记"


def _everything_shown(day: Day) -> dict[str, str]:
    with serving(day.house.house.internal) as url, httpx.Client(trust_env=False, base_url=url) as client:
        pages = {path: client.get(path).text for path in ("/metrics", "/readyz", "/nowhere")}
        pages["cases"] = client.get("/cases").text
        pages |= {f"/cases/{number}": client.get(f"/cases/{number}").text for number in (1, 2, 3)}
    pages["public"] = httpx.get(f"{day.house.url}/readyz", trust_env=False).text
    pages["repr"] = _representations(day)
    return pages


def _representations(day: Day) -> str:
    """What a debugger, an assertion or a careless log line would show of everything that is alive."""
    house = day.house.house
    parts: list[Any] = [house, house.desk, day.settings, house.desk.vault, house.desk.database, house.worker]
    parts += [*house.desk.channels.values(), *house.desk.pagers.values(), house.desk.database.engine]
    parts += [RawRequest("POST", {"sign": "x"}, {}, PATH_SECRET.encode(), PATH_SECRET)]
    parts += [ReplyAddress("https://oapi.dingtalk.com/?session=" + next(iter(day.ding.world.sessions)), MONDAY_TEN)]
    return "\n".join([*map(repr, parts), *map(str, parts), day.settings.model_dump_json(exclude={"database_url"})])


def _everything_kept(day: Day, workshop: Workshop) -> dict[str, str]:
    database = day.house.house.desk.database
    names = ("inbound", "conversation", '"case"', "outbox", "timer", "picture", "audit")
    with database.reading() as session:
        tables = {name: str(session.execute(text(f"SELECT * FROM {name}")).all()) for name in names}
    files = {path.name: path.read_bytes().decode("latin-1") for path in workshop.place.glob("story.db*")}
    assert files or not database.is_sqlite
    return tables | files


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_spent_address_leaves_the_file_even_in_its_sealed_form(workshop: Workshop) -> None:
    """Not only the column: no page of the file, no frame of its log has it any more."""
    with _a_day(workshop) as day:
        day.wecom.fail(Endpoint.RESPONSE, hang(), times=1)
        day.ding.faults.next(DingEndpoint.SESSION, Fault.of(-1))
        day.ask_on_dingtalk(QUESTION)
        day.house.failed_once(1)
        sealed = {row.sealed_reply for row in day.house.rows(OutboxRow)} | {
            row.sealed_reply for row in day.house.rows(ConversationRow)
        }
        sealed.discard("")
        assert sealed and all(one.encode() in _bytes(workshop) for one in sealed)
        day.house.advance(minutes=1)
        day.house.settle()
        day.house.advance(minutes=200)  # longer than any address lives
        day.house.tidy()
        left = _bytes(workshop)
        assert [one[:10] for one in sealed if one.encode() in left] == []


def _bytes(workshop: Workshop) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(workshop.place.glob("story.db*")))


SECRET_KEYS = [
    ("secret_key",),
    ("channels", "w", "token"),
    ("channels", "w", "encoding_aes_key"),
    ("channels", "w", "rooms", "r", "push_key"),
    ("channels", "d", "app_secret"),
    ("channels", "d", "path_secret"),
    ("pagers", "p", "key"),
    ("pagers", "c", "access_token"),
    ("pagers", "c", "secret"),
    ("heartbeat", "url"),
    ("database_url",),
]
WRONG_FORMS = [
    f"[{CANARY}]",
    f"{{{CANARY}: {CANARY}}}",
    f"!{CANARY}",
    f"*{CANARY}",
    f'"{CANARY}',
    f"%{CANARY}",
    f"!!int {CANARY}",
    f"!!timestamp {CANARY}",
    f"@{CANARY}",
    f"{CANARY}: {CANARY}: x",
    f"{CANARY}\x07",
]


def _file_with(path: tuple[str, ...], value: str) -> str:
    """A good file whose one secret is written in some wrong way."""
    lines = {
        ("secret_key",): "secret_key: a",
        ("database_url",): "database_url: sqlite:///a.db",
        ("heartbeat", "url"): "heartbeat: {url: 'https://a.example/b'}",
        ("channels", "w"): f"kind: wecom\n    token: a\n    encoding_aes_key: {'k' * 43}",
    }
    head, last = path[:-1], path[-1]
    if path[:2] == ("channels", "w"):
        base = lines["channels", "w"].replace("token: a", "token: a1")
        base = "\n".join(line for line in base.splitlines() if not line.strip().startswith(f"{last}:"))
        tail = f"    rooms:\n      r:\n        push_key: {value}" if last == "push_key" else f"    {last}: {value}"
        return f"channels:\n  w:\n    {base}\n{tail}\n"
    if path[:2] == ("channels", "d"):
        other = "" if last == "app_secret" else "    app_secret: a\n"
        return f"channels:\n  d:\n    kind: dingtalk\n    app_key: a\n{other}    {last}: {value}\n"
    if path[0] == "pagers":
        kind = "wecom_push" if path[1] == "p" else "dingtalk_custom"
        other = "    access_token: a\n" if last == "secret" else ""
        return f"pagers:\n  {path[1]}:\n    kind: {kind}\n{other}    {last}: {value}\n"
    return f"{head[0]}:\n  {last}: {value}\n" if head else f"{last}: {value}\n"


@pytest.mark.parametrize("path", SECRET_KEYS, ids=".".join)
def test_a_secret_that_is_written_wrongly_is_not_repeated(path: tuple[str, ...]) -> None:
    """Whatever the reader or the checker stumbles over, the fault names key and line."""
    refused = 0
    for value in WRONG_FORMS:
        try:
            settings = load_settings(_file_with(path, value), "zhiban.yaml", {})
        except Invalid as error:
            refused += 1
            told = str(error)
            assert CANARY not in told, (value, told)
            assert re.match(r"zhiban\.yaml:\d+: ", told), told
        else:
            assert CANARY not in repr(settings)
    assert refused >= 7


@pytest.mark.parametrize("path", [path for path in SECRET_KEYS if "rooms" not in path], ids=".".join)
def test_a_wrong_secret_from_the_environment_or_a_mounted_file_is_not_repeated(
    path: tuple[str, ...], tmp_path: Path
) -> None:
    """The variable is named, its value never. A room's key has no variable: its name keeps large and small apart."""
    good = _file_with(path, "sqlite:///x.db" if path == ("database_url",) else "https://a.example/b/cdefghij")
    name = "ZHIBAN_" + "__".join(path).upper()
    mounted = tmp_path / "secret"
    mounted.write_text(f"[{CANARY}")
    for environment in ({name: f"[{CANARY}"}, {name: f"[{CANARY}]"}, {f"{name}_FILE": str(mounted)}):
        try:
            settings = load_settings(good, "zhiban.yaml", environment)
        except Invalid as error:
            assert CANARY not in str(error)
        else:
            assert CANARY not in repr(settings)


def test_a_secret_may_come_from_a_mounted_file(tmp_path: Path) -> None:
    """The file's content without the line end; `secrets_of` finds it wherever it stands."""
    for path in SECRET_KEYS[1:3]:
        mounted = tmp_path / "secret"
        mounted.write_text("k" * 43 + "\n")
        name = "ZHIBAN_" + "__".join(path).upper() + "_FILE"
        settings = load_settings(_file_with(path, "a"), "zhiban.yaml", {name: str(mounted)})
        assert "k" * 43 in secrets_of(settings)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_databases_password_is_shown_by_nothing(workshop: Workshop, library: Library) -> None:
    """Neither by the settings nor by the engine, a refused start, a broken statement or the log."""
    url = workshop.database_url.replace("postgres@", f"postgres:{CANARY}@", 1)
    settings = workshop.settings().model_copy(update={"database_url": url, "data_dir": ROOT / "data"})
    assert CANARY in secrets_of(settings)
    house = main.build(settings, library=library)
    try:
        said = [repr(settings), repr(house), repr(house.desk.database.engine), str(house.desk.database.engine.url)]
        with pytest.raises(Exception) as broken, house.desk.database.transaction() as session:
            session.execute(text("SELECT * FROM nowhere WHERE x = :secret"), {"secret": CANARY})
        said += [str(broken.value), repr(broken.value)]
        logging.getLogger("sqlalchemy.pool").warning("lost %s", url)
        with pytest.raises(Invalid) as refused:
            main.build(settings.model_copy(update={"database_url": url.replace("story_", "nowhere_")}), library=library)
        said.append(str(refused.value))
    finally:
        house.close()
    assert [one for one in said if CANARY in one] == []
    own_lines = [line for line in workshop.log.text.splitlines() if line.startswith("{")]
    assert own_lines and not [line for line in own_lines if CANARY in line]


def test_no_setting_that_holds_a_secret_is_a_plain_text() -> None:
    """A new setting whose name says secret must be a SecretStr, so that everything above holds for it."""
    plain = []
    for model in _models(Settings):
        for name, field in model.model_fields.items():
            told = re.search(r"token|secret|password|aes|(^|_)key$", name)
            if told and name not in ("app_key",) and field.annotation is not SecretStr:
                plain.append(f"{model.__name__}.{name}")
    assert plain == []


def _models(model: Any) -> set[Any]:
    found, left = set(), [model]
    while left:
        one = left.pop()
        if hasattr(one, "model_fields") and one not in found:
            found.add(one)
            left += [field.annotation for field in one.model_fields.values()]
        else:
            left += list(getattr(one, "__args__", ()))
            left += [getattr(one, "__origin__", None)] if getattr(one, "__metadata__", None) else []
    return found


def test_a_key_of_the_vault_is_not_shown() -> None:
    key = Vault.new_key()
    assert key not in repr(Vault(key)) + str(vars(Vault(key)).get("_fernet"))


def test_a_mounted_file_goes_before_the_variable_of_that_name(tmp_path: Path) -> None:
    """An image sets a default database; whoever runs it mounts the address, in whatever order the two are found."""
    (tmp_path / "url").write_text("sqlite:///mounted.db\n")
    both = [("ZHIBAN_DATABASE_URL", "sqlite:///image.db"), ("ZHIBAN_DATABASE_URL_FILE", str(tmp_path / "url"))]
    for order in (both, both[::-1]):
        assert load_settings("", "zhiban.yaml", dict(order)).database_url == "sqlite:///mounted.db"
