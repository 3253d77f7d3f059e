"""The composition root puts the parts together as the settings say, or refuses before anything is started."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app import main
from app.channels.dingtalk.custom import CustomRobot
from app.channels.dingtalk.direct import Ding, Direct
from app.channels.dingtalk.robot import DingTalkRobot
from app.channels.http import make_client
from app.channels.wecom.app_door import AppDoor
from app.channels.wecom.app_pager import AppPager
from app.channels.wecom.bot import WeComBot
from app.channels.wecom.push import PushWebhook
from app.core.library import Library
from app.documents import Invalid
from app.settings import Settings, load_settings
from app.store.vault import Vault
from app.wiring import Wiring
from tests.conftest import ROOT

CHANNELS = f"""channels:
  wecom: {{kind: wecom, token: t, encoding_aes_key: {"k" * 43}, rooms: {{r1: {{push_key: p}}}}}}
  ding: {{kind: dingtalk, app_key: a, app_secret: s}}
  app: {{kind: wecom_app, corp_id: ww1, agent_id: 7, secret: c, token: t, encoding_aes_key: {"m" * 43}}}
pagers:
  loud: {{kind: dingtalk_ding, app_key: a, app_secret: s, remind: phone}}
  robot: {{kind: dingtalk_direct, app_key: a, app_secret: s}}
  direct: {{kind: wecom_app, corp_id: ww1, agent_id: 7, secret: c}}
  second: {{kind: dingtalk_custom, access_token: a}}
  first: {{kind: wecom_push, key: k}}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: Library) -> Settings:
    """Three doors, five pagers, everything in an empty folder; the models of the repository."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "docs/examples/roster.yaml", "roster.yaml")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cache").symlink_to(ROOT / "data" / "cache")
    return load_settings(CHANNELS, "zhiban.yaml", {})


@contextmanager
def _built(settings: Settings) -> Iterator[main.House]:
    house = main.build(settings)
    try:
        yield house
    finally:
        house.close()


def test_the_doors_and_pagers_are_those_of_the_settings(settings: Settings) -> None:
    """By name and kind; pagers in the order of the file."""
    with make_client() as client:
        doors, pagers = Wiring(settings, client).channels(), Wiring(settings, client).pagers()
    assert {name: type(door) for name, door in doors.items()} == {
        "wecom": WeComBot,
        "ding": DingTalkRobot,
        "app": AppDoor,
    }
    assert [(name, type(pager)) for name, pager in pagers.items()] == [
        ("loud", Ding),
        ("robot", Direct),
        ("direct", AppPager),
        ("second", CustomRobot),
        ("first", PushWebhook),
    ]


def test_a_house_is_built_with_a_migrated_database(settings: Settings) -> None:
    """Roster, policy and retention are the settings' too."""
    with _built(settings) as house:
        house.desk.database.ping()
        assert [step.wait for step in house.desk.default_plan.steps] == [10, 10, *[15] * 5]
        assert house.desk.roster.fallback == "wang"
        assert set(house.desk.channels) == {"wecom", "ding", "app"} and house.worker.trouble() == "worker"
    assert Path("data/zhiban.db").exists()


@pytest.mark.parametrize(
    "wrong", [{"roster_file": Path("nobody.yaml")}, {"intents_dir": Path("/nowhere")}, {"secret_key": SecretStr("x")}]
)
def test_what_is_wrong_stops_the_start_before_anything_is_made(settings: Settings, wrong: dict[str, Any]) -> None:
    """No database is touched."""
    with pytest.raises(Invalid):
        main.build(settings.model_copy(update=wrong))
    assert not Path("data/zhiban.db").exists()


@pytest.mark.parametrize("kept", ["channels", "pagers"])
def test_the_demo_refuses_a_real_channel(settings: Settings, kept: str) -> None:
    """Nobody's group shall hear what is only tried."""
    empty: dict[str, Any] = {name: {} for name in ("channels", "pagers") if name != kept}
    with pytest.raises(Invalid, match="体验模式不接真实渠道"):
        main.build_demo(settings.model_copy(update=empty))


def test_the_demo_has_its_own_database_and_only_a_local_page(settings: Settings, tmp_path: Path) -> None:
    """The settings' database is not touched, and the sandbox is channel and pager at once."""
    bare = settings.model_copy(update={"channels": {}, "pagers": {}})
    house = main.build_demo(main.demo_settings(bare, tmp_path, 8099))
    try:
        assert set(house.desk.channels) == {"sandbox"} and set(house.desk.pagers) == {"oncall"}
        listen = house.settings.listen
        assert (listen.host, listen.internal_host, listen.internal_port) == ("127.0.0.1", "127.0.0.1", 8099)
    finally:
        house.close()
    assert (tmp_path / "demo.db").exists() and not Path("data/zhiban.db").exists()


def test_the_key_is_made_once_and_readable_by_the_owner_only(settings: Settings) -> None:
    """What was sealed before a restart can be opened after it."""
    sealed = main.open_vault(settings).seal("https://secret")
    assert Path("data/secret.key").stat().st_mode & 0o777 == 0o600
    assert main.open_vault(settings).open(sealed) == "https://secret"


def test_a_configured_key_is_used_and_none_is_made(settings: Settings) -> None:
    """Several replicas share it."""
    key = Vault.new_key()
    shared = settings.model_copy(update={"secret_key": SecretStr(key)})
    assert Vault(key).open(main.open_vault(shared).seal("x")) == "x"
    assert not Path("data/secret.key").exists()


def test_settings_are_looked_for_in_three_places(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The named file, ZHIBAN_SETTINGS, ./zhiban.yaml; without any of them the defaults hold."""
    assert main.read_settings(None) == Settings()
    for place in ("named", "environment", "zhiban"):
        Path(f"{place}.yaml").write_text(f"roster_file: {place}\n", encoding="utf-8")
    assert main.read_settings(None).roster_file == Path("zhiban")
    monkeypatch.setenv("ZHIBAN_SETTINGS", "environment.yaml")
    assert main.read_settings(None).roster_file == Path("environment")
    assert main.read_settings(Path("named.yaml")).roster_file == Path("named")


@pytest.mark.parametrize(("content", "fault"), [(None, "没有这个设置文件"), (b"\xff\xfe", "读不了"), (b"a: [", "YAML")])
def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, fault: str) -> None:
    """Missing, no text, no YAML."""
    file = tmp_path / "x.yaml"
    if content:
        file.write_bytes(content)
    with pytest.raises(Invalid, match=rf"x\.yaml:\d: {fault}"):
        main.read_settings(file)


def test_a_folder_of_this_place_goes_before_the_one_that_came_with_the_program(settings: Settings) -> None:
    """A company's own intents, else the shipped ones."""
    assert main.folder(Path("intents")) == ROOT / "intents"
    Path("intents").mkdir()
    assert main.folder(Path("intents")) == Path("intents")
    assert main.folder(Path("/nowhere")) == Path("/nowhere")


def test_files_are_read_again_and_a_wrong_one_changes_nothing(settings: Settings) -> None:
    """SIGHUP: the roster in force is the last good one."""
    with _built(settings) as house:
        good = Path("roster.yaml").read_text(encoding="utf-8")
        Path("roster.yaml").write_text(good.replace("fallback: wang", "fallback: li"), encoding="utf-8")
        main.reload_files(house)
        assert house.desk.roster.fallback == "li"
        Path("roster.yaml").write_text(good.replace("fallback: wang", "fallback: nobody"), encoding="utf-8")
        main.reload_files(house)
        assert house.desk.roster.fallback == "li"
