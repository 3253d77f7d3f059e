"""`zhiban check --security` names each weak spot of a set-up, once, with a remedy; a good set-up has none."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from app.lab.security import find_weaknesses
from app.lab.weakness import Setup, Weakness
from app.settings import load_settings
from app.store.vault import Vault
from tests.conftest import ROOT

GOOD: dict[str, Any] = {
    "secret_key": Vault.new_key(),
    "channels": {
        "wecom": {
            "kind": "wecom",
            "token": "hJ4kQm7RtVz2LpX9",
            "encoding_aes_key": "q9T2mWvB7xKpLz4RjHs8Nc3DfGy6Ua1Ve5Xo0IbQwEr",
            "bot_id": "aib7Qm2Rt",
            "rooms": {"wr1": {"push_key": "0b6f3c1e-94d7-4a52-8c6e-5f7d1a2b3c4d"}},
        },
        "app": {
            "kind": "wecom_app",
            "corp_id": "ww8f3a1c7qm2",
            "agent_id": 1000002,
            "secret": "vZ2LpX9hJ4kRwB6T7mQzNc3DfGy6Ua1Ve5Xo0IbQwEr",
            "token": "Lr8vXw6BnKpHs2Jc",
            "encoding_aes_key": "Jc9DfZt8qLmR3vXw6BnKpHs2q9T2mWvB7xKpLz4RjHs",
        },
        "ding": {
            "kind": "dingtalk",
            "app_key": "ding7qm2rtvz",
            "app_secret": "Zt8_qLmR3vXw6Bn-KpHs2Jc9Df",
            "corp_id": "ding8f3a1c",
            "path_secret": "vT7mQz2LpX9hJ4kRwB6",
            "cards": {"template": "0b6f3c1e.schema", "secret": "Wk4Rz8Qm2Tv6Lp9Xh3Jc7Bn"},
        },
    },
    "pagers": {
        "direct": {
            "kind": "wecom_app",
            "corp_id": "ww8f3a1c7qm2",
            "agent_id": 1000002,
            "secret": "vZ2LpX9hJ4kRwB6T7mQzNc3DfGy6Ua1Ve5Xo0IbQwEr",
        },
        "robot": {"kind": "dingtalk_direct", "app_key": "ding7qm2rtvz", "app_secret": "Zt8_qLmR3vXw6Bn-KpHs2Jc9Df"},
        "bell": {"kind": "dingtalk_ding", "app_key": "ding7qm2rtvz", "app_secret": "Zt8_qLmR3vXw6Bn-KpHs2Jc9Df"},
        "duty": {"kind": "wecom_push", "key": "7d1a2b3c-4d0b-6f3c-1e94-d74a528c6e5f"},
        "ding_duty": {
            "kind": "dingtalk_custom",
            "access_token": "5f7d1a2b3c4d0b6f3c1e94d74a528c6e5f7d1a2b3c4d0b6f3c1e94d74a528c6e",
            "secret": "SEC94d74a528c6e5f7d1a2b3c4d0b6f3c1e",
        },
    },
    "listen": {"host": "127.0.0.1"},
}
OPTIONS: dict[str, Any] = {"environment": {}, "is_root": False, "in_container": False}


def _looked_at(*changes: tuple[str, Any], **options: Any) -> list[Weakness]:
    """What is found when the good set-up, from nowhere in the file system, is changed in these places."""
    settings = yaml.safe_load(yaml.safe_dump(GOOD))
    for path, value in changes:
        *head, last = path.split("/")
        target = settings
        for part in head:
            target = target.setdefault(part, {})
        if value is None:
            target.pop(last)
        else:
            target[last] = value
    loaded = load_settings(yaml.safe_dump(settings), "zhiban.yaml", {})
    return find_weaknesses(Setup(loaded, **(OPTIONS | options)))


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine is part of the set-up."""
    monkeypatch.chdir(tmp_path)


def test_a_good_set_up_has_no_weak_spot() -> None:
    assert _looked_at() == []


PG = "postgresql://zhiban:q9T2mWvB7x@db.example.com/zhiban"
W, D = "channels/wecom", "channels/ding"
CASES: list[tuple[bool, str, str, tuple[tuple[str, Any], ...]]] = [
    (True, "channels.wecom.token", "示例", ((f"{W}/token", "FakeTokenFakeToken"),)),
    (True, "channels.wecom.token", "示例", ((f"{W}/token", "aaaaaaaaaaaa"),)),
    (True, "channels.wecom.token", "太短", ((f"{W}/token", "q9T2m"),)),
    (True, "channels.wecom.encoding_aes_key", "示例", ((f"{W}/encoding_aes_key", "k" * 43),)),
    (True, "channels.wecom.rooms.wr1.push_key", "太短", ((f"{W}/rooms/wr1/push_key", "0b6f3c1e-94d7"),)),
    (True, "channels.ding.app_secret", "示例", ((f"{D}/app_secret", "your-app-secret-here"), (f"{D}/app_key", "d"))),
    (True, "channels.ding.path_secret", "太短", ((f"{D}/path_secret", "vT7mQz2L"),)),
    (True, "channels.ding.path_secret", "示例", ((f"{D}/path_secret", "example-path-9f2c-7d"),)),
    (True, "channels.ding.cards.secret", "太短", ((f"{D}/cards/secret", "Wk4Rz8Qm2Tv6Lp9X"),)),
    (False, "用了同一个", "channels.ding.cards.secret", ((f"{D}/path_secret", "Wk4Rz8Qm2Tv6Lp9Xh3Jc7Bn"),)),
    (True, "pagers.duty.key", "太短", (("pagers/duty/key", "7d1a2b3c"),)),
    (True, "pagers.ding_duty.access_token", "示例", (("pagers/ding_duty/access_token", "1234567890" * 6),)),
    (True, "channels.app.token", "太短", (("channels/app/token", "q9T2m"),)),
    (True, "pagers.direct.secret", "太短", (("pagers/direct/secret", "q9T2mWvB7x"), ("pagers/direct/agent_id", 7))),
    (True, "pagers.bell.app_secret", "示例", (("pagers/bell/app_secret", "your-secret"), ("pagers/bell/app_key", "d"))),
    (True, "pagers.direct.api", "不是 https", (("pagers/direct/api", "http://qyapi.weixin.qq.com"),)),
    (False, "pagers.bell.api", "不是企业微信、钉钉的", (("pagers/bell/api", "https://ding.corp.example"),)),
    (False, "用了同一个", "pagers.direct.secret", (("pagers/direct/agent_id", 1000003),)),
    (True, "channels.ding", "没有设 path_secret", ((f"{D}/path_secret", None),)),
    (False, "channels.ding", "没有填 corp_id", ((f"{D}/corp_id", None),)),
    (False, "channels.wecom", "没有填 bot_id", ((f"{W}/bot_id", None),)),
    (False, "pagers.ding_duty", "没有加签", (("pagers/ding_duty/secret", None),)),
    (False, "clock_window_s", "时间窗 900 秒", ((f"{D}/clock_window_s", 900),)),
    (True, "session_hosts", "“*”太宽", ((f"{D}/session_hosts", ["*"]),)),
    (True, "media_hosts", "“*.com”太宽", ((f"{W}/media_hosts", ["*.com"]),)),
    (True, "channels.wecom.api", "不是 https", ((f"{W}/api", "http://qyapi.weixin.qq.com"),)),
    (True, "pagers.duty.api", "不是 https", (("pagers/duty/api", "http://qyapi.weixin.qq.com"),)),
    (False, "channels.wecom.api", "不是企业微信、钉钉的", ((f"{W}/api", "https://wx.corp.example"),)),
    (False, "heartbeat.url", "不是 https", (("heartbeat/url", "http://watch.example/ping/q9T2mWvB7x"),)),
    (True, "listen.internal_host", "谁都连得上", (("listen/internal_host", "0.0.0.0"),)),
    (True, "listen.internal_host", "谁都连得上", (("listen/internal_host", "::"),)),
    (True, "listen.internal_host", "谁都连得上", (("listen/internal_host", "8.8.8.8"),)),
    (False, "listen.internal_host", "同一内网", (("listen/internal_host", "10.1.2.3"),)),
    (False, "listen.internal_host", "同一内网", (("listen/internal_host", "desk.corp"),)),
    (False, "listen.host", "不是 HTTPS", (("listen/host", "0.0.0.0"),)),
    (True, "environment", "设成了 test", (("environment", "test"),)),
    (True, "test_hosts", "模拟平台", (("environment", "test"), ("test_hosts", ["127.0.0.1:9"]))),
    (False, "secret_key", "没有设", (("secret_key", None),)),
    (False, "retention.messages", "保存 1000 天", (("retention/messages", 1000),)),
    (False, "retention.pictures", "保存 365 天", (("retention/pictures", 365),)),
    (False, "用了同一个", "", ((f"{D}/path_secret", "Lr8vXw6BnKpHs2Jc"),)),
    (True, "database_url", "可能是明文", (("database_url", PG),)),
    (True, "database_url", "可能是明文", (("database_url", f"{PG}?sslmode=prefer"),)),
    (False, "database_url", "没有核对对方", (("database_url", f"{PG}?sslmode=require"),)),
    (True, "database_url", "没有密码", (("database_url", "postgresql://zhiban@db.example.com/z?sslmode=verify-full"),)),
    (False, "database_url", "超级用户", (("database_url", "postgresql://postgres:q9T2mWvB@localhost/zhiban"),)),
]  # fmt: skip


@pytest.mark.parametrize(("grave", "where", "what", "changes"), CASES)
def test_each_weak_spot_is_named_with_what_to_do(
    grave: bool, where: str, what: str, changes: tuple[tuple[str, Any], ...]
) -> None:
    """And no value of a secret is in what is said."""
    found = [one for one in _looked_at(*changes) if where in str(one) and what in str(one)]
    assert len(found) == 1 and found[0].serious is grave and found[0].remedy, _looked_at(*changes)
    for path, value in changes:
        if isinstance(value, str) and path.split("/")[-1] in ("token", "app_secret", "path_secret", "key", "push_key"):
            assert value not in str(found[0])
    assert "q9T2mWvB7x" not in str(found[0])


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://zhiban:q9T2mWvB7x@db.example.com/zhiban?sslmode=verify-full",
        "postgresql://zhiban@localhost/zhiban",
        "postgresql://zhiban@/zhiban?host=/var/run/postgresql",
        "sqlite:////var/lib/zhiban/zhiban.db",
    ],
)
def test_a_good_database_is_not_complained_about(url: str) -> None:
    assert _looked_at(("database_url", url)) == []


def test_a_password_may_come_from_elsewhere() -> None:
    """As PostgreSQL's own programs take it."""
    url = ("database_url", "postgresql://zhiban@db.example.com/z")
    assert _looked_at(url, environment={"PGPASSWORD": "q9T2mWvB", "PGSSLMODE": "verify-full"}) == []


def test_in_a_container_a_listener_for_all_is_a_hint_and_root_is_told() -> None:
    """There the port mapping decides."""
    (inside,) = _looked_at(("listen/internal_host", "0.0.0.0"), ("listen/host", "0.0.0.0"), in_container=True)
    assert not inside.serious and "127.0.0.1:8081:8081" in inside.remedy
    (root,) = _looked_at(is_root=True)
    assert "root" in root.what


# ---- files ----


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that others may enter, with all files of a set-up, well kept."""
    folder = Path(tempfile.mkdtemp(prefix="zhiban-check-"))
    folder.chmod(0o755)
    (folder / "data" / "cache").mkdir(parents=True, mode=0o755)
    for name in ("data", "data/cache"):
        (folder / name).chmod(0o755)
    (folder / "zhiban.yaml").write_text(yaml.safe_dump(GOOD | {"secret_key": ""}), encoding="utf-8")
    shutil.copy(ROOT / "docs/examples/roster.yaml", folder / "roster.yaml")
    for name in (
        "data/secret.key",
        "data/zhiban.db",
        "data/zhiban.db.before-20260302-100000",
        "data/cache/matcher-1.npz",
    ):
        (folder / name).write_text("x")
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
    monkeypatch.chdir(folder)
    yield folder
    shutil.rmtree(folder)


def _serious(place: Path, **options: Any) -> list[str]:
    settings = load_settings((place / "zhiban.yaml").read_text(encoding="utf-8"), "zhiban.yaml", {})
    found = find_weaknesses(Setup(settings, place / "zhiban.yaml", **(OPTIONS | options)))
    return [str(one) for one in found if one.serious]


def test_files_that_are_well_kept_are_not_complained_about(place: Path) -> None:
    assert _serious(place) == []


@pytest.mark.parametrize(
    ("name", "mode", "what"),
    [
        ("zhiban.yaml", 0o644, "里面有密钥"),
        ("zhiban.yaml", 0o602, "谁都能改"),
        ("roster.yaml", 0o666, "谁都能改"),
        ("data/secret.key", 0o640, "别的用户能读"),
        ("data/zhiban.db", 0o644, "员工的原话"),
        ("data/zhiban.db.before-20260302-100000", 0o604, "员工的原话"),
        ("data/cache", 0o777, "谁都能改"),
        ("data/cache/matcher-1.npz", 0o666, "谁都能改"),
    ],
)
def test_a_file_that_others_may_read_or_change_is_serious(place: Path, name: str, mode: int, what: str) -> None:
    """Unless a folder above keeps them out; the key has to be closed by itself."""
    (place / name).chmod(mode)
    (told,) = _serious(place)
    assert name in told and what in told and "chmod" in told
    place.chmod(0o700)
    assert len(_serious(place)) == (1 if name == "data/secret.key" else 0)


def test_a_roster_that_others_may_read_is_a_hint(place: Path) -> None:
    """There are telephone numbers in it."""
    (place / "roster.yaml").chmod(0o644)
    settings = load_settings((place / "zhiban.yaml").read_text(encoding="utf-8"), "zhiban.yaml", {})
    hints = [str(one) for one in find_weaknesses(Setup(settings, place / "zhiban.yaml"))]
    assert any("手机号" in one for one in hints)


def test_a_mounted_secret_that_others_may_read_is_serious(place: Path) -> None:
    (place / "token").write_text("x")
    for mode, number in ((0o444, 1), (0o400, 0)):
        (place / "token").chmod(mode)
        assert len(_serious(place, environment={"ZHIBAN_CHANNELS__WECOM__TOKEN_FILE": str(place / "token")})) == number
    assert _serious(place, environment={"ZHIBAN_ROSTER_FILE": str(place / "roster.yaml")}) == []


def test_a_settings_file_without_secrets_may_be_read(place: Path) -> None:
    """They came from the environment."""
    (place / "zhiban.yaml").write_text("retention: {messages: 30}\n", encoding="utf-8")
    (place / "zhiban.yaml").chmod(0o644)
    assert _serious(place) == []


def test_secrets_in_the_file_are_hints_with_line_and_variable(place: Path) -> None:
    """The remedy is the very name to set."""
    settings = load_settings((place / "zhiban.yaml").read_text(encoding="utf-8"), "zhiban.yaml", {})
    hints = [
        str(one) for one in find_weaknesses(Setup(settings, place / "zhiban.yaml")) if "写在设置文件里" in one.what
    ]
    assert len(hints) == 15
    assert any("ZHIBAN_CHANNELS__WECOM__TOKEN_FILE" in one and "zhiban.yaml:" in one for one in hints)


def test_many_models_left_behind_are_a_hint(place: Path) -> None:
    for number in range(30):
        (place / f"data/cache/matcher-{number}.npz").write_text("x")
    settings = load_settings((place / "zhiban.yaml").read_text(encoding="utf-8"), "zhiban.yaml", {})
    assert any("份旧模型" in one.what for one in find_weaknesses(Setup(settings, place / "zhiban.yaml")))


def test_the_command_ends_with_1_on_a_serious_one_only(place: Path) -> None:
    """And never shows a secret."""
    calm = CliRunner().invoke(app, ["check", "--security"])
    assert calm.exit_code == 0 and "0 处严重" in calm.stdout and "提醒 zhiban.yaml:" in calm.stderr
    (place / "zhiban.yaml").chmod(0o644)
    alarmed = CliRunner().invoke(app, ["check", "--security"])
    assert alarmed.exit_code == 1 and "1 处严重" in alarmed.stdout and "严重 zhiban.yaml" in alarmed.stderr
    for secret in ("hJ4kQm7RtVz2LpX9", "SEC94d74a528c6e5f7d1a2b3c4d0b6f3c1e", "vT7mQz2LpX9hJ4kRwB6"):
        assert secret not in calm.output + alarmed.output


def test_the_shipped_example_is_alarming(place: Path) -> None:
    """Whoever starts with it unchanged is told so."""
    shutil.copy(ROOT / "docs/examples/zhiban.yaml", place / "zhiban.yaml")
    (place / "zhiban.yaml").chmod(0o600)
    told = _serious(place)
    assert len([one for one in told if "示例" in one]) >= 8
