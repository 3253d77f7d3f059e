"""Settings from file and environment; what is not understood is refused by key and line, never by its value."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents import Invalid
from app.settings import DingTalkBot, Settings, WeComBot, load_settings

KEY = "k" * 43
FILE = f"""database_url: sqlite:///x.db
channels:
  wecom:
    kind: wecom
    token: token-of-file
    encoding_aes_key: {KEY}
    rooms:
      room1:
        push_key: push-of-file
  ding:
    kind: dingtalk
    app_key: ding123
    app_secret: secret-of-file
pagers:
  oncall:
    kind: dingtalk_custom
    access_token: access-of-file
escalation:
  waits: [5, 10]
"""


def _load(text: str = FILE, **environment: str) -> Settings:
    return load_settings(text, "zhiban.yaml", environment)


def _faults(text: str = FILE, **environment: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        _load(text, **environment)
    return [str(fault) for fault in caught.value.faults]


def test_nothing_set_gives_the_defaults() -> None:
    """An empty file in an empty environment."""
    settings = _load("")
    assert settings == Settings() and settings.environment == "production" and settings.channels == {}


def test_a_file_is_read() -> None:
    """Channels by their kind, in the order of the file."""
    settings = _load()
    assert [type(channel) for channel in settings.channels.values()] == [WeComBot, DingTalkBot]
    assert (settings.escalation.waits, settings.database_url) == ((5, 10), "sqlite:///x.db")


def test_the_environment_wins_over_the_file() -> None:
    """With two underscores for a key inside another, and lists in brackets."""
    settings = _load(
        ZHIBAN_DATABASE_URL="postgresql://db/x",
        ZHIBAN_CHANNELS__DING__APP_KEY="ding456",
        ZHIBAN_ESCALATION__WAITS="[1, 2]",
        ZHIBAN_LISTEN__PORT="9000",
    )
    ding = settings.channels["ding"]
    assert isinstance(ding, DingTalkBot) and ding.app_key == "ding456"
    assert (settings.database_url, settings.escalation.waits, settings.listen.port) == (
        "postgresql://db/x",
        (1, 2),
        9000,
    )


def test_the_environment_alone_can_make_a_channel() -> None:
    """Without any file."""
    settings = _load(
        "",
        ZHIBAN_CHANNELS__DING__KIND="dingtalk",
        ZHIBAN_CHANNELS__DING__APP_KEY="ding456",
        ZHIBAN_CHANNELS__DING__APP_SECRET="hush",
    )
    assert isinstance(settings.channels["ding"], DingTalkBot)


def test_a_secret_can_stand_in_a_mounted_file(tmp_path: Path) -> None:
    """NAME_FILE: the blanks and line ends around it are no part of it."""
    (tmp_path / "key").write_text(" hush\n", encoding="utf-8")
    assert _load(ZHIBAN_SECRET_KEY_FILE=str(tmp_path / "key")).secret_key.get_secret_value() == "hush"


def test_roster_file_is_a_key_and_no_mounted_secret() -> None:
    """The one key whose own name ends in _FILE."""
    assert _load(ZHIBAN_ROSTER_FILE="/etc/roster.yaml").roster_file == Path("/etc/roster.yaml")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_mounted_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """Missing, or no text."""
    if content:
        (tmp_path / "key").write_bytes(content)
    assert "ZHIBAN_SECRET_KEY_FILE" in _faults(ZHIBAN_SECRET_KEY_FILE=str(tmp_path / "key"))[0]


def test_other_peoples_variables_are_left_alone() -> None:
    """And so is the one that names the settings file."""
    assert _load("", PATH="/bin", ZHIBAN_SETTINGS="x.yaml") == Settings()


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("database_url:", "databse_url:", "zhiban.yaml:1: 不认识“databse_url”这一项"),
        ("token: token-of-file", "tokn: token-of-file", "zhiban.yaml:5: 不认识“channels.wecom.tokn”这一项"),
        (f"encoding_aes_key: {KEY}", "encoding_aes_key: short", "zhiban.yaml:6: “channels.wecom.encoding_aes_key”："),
        ("push_key: push-of-file", "push_key: [1]", "zhiban.yaml:9: “channels.wecom.rooms.room1.push_key”"),
        ("kind: dingtalk\n", "kind: slack\n", "zhiban.yaml:10: “channels.ding”里的 'kind' 只能是"),
        ("    kind: dingtalk\n", "", "zhiban.yaml:10: “channels.ding”缺少 'kind'"),
        ("    app_key: ding123\n", "", "zhiban.yaml:10: 缺少“channels.ding.app_key”"),
        ("waits: [5, 10]", "waits: [5, 0]", "zhiban.yaml:19: “escalation.waits.1”不能小于 1"),
        ("waits: [5, 10]", "waits: []", "zhiban.yaml:19: “escalation.waits”至少要有 1 项"),
        ("waits: [5, 10]", "waits: soon", "zhiban.yaml:19: “escalation.waits”要写成列表"),
        ("  ding:", "  d ng:", "zhiban.yaml:2: “channels”：“d ng”不能作名字"),
        ("  oncall:", "  ding:", "channels 和 pagers 里不能同名：ding"),
    ],
)
def test_a_wrong_file_is_refused_by_key_and_line(good: str, bad: str, fault: str) -> None:
    """The key as people write it, the line where it stands."""
    assert good in FILE
    faults = _faults(FILE.replace(good, bad, 1))
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ZHIBAN_DATABSE_URL", "x", "不认识“databse_url”这一项"),
        ("ZHIBAN_LISTEN__PORT", "many", "“listen.port”要写成整数"),
        ("ZHIBAN_LISTEN__PORT", "99999", "“listen.port”不能大于 65535"),
        ("ZHIBAN_ENVIRONMENT", "staging", "“environment”只能是"),
        ("ZHIBAN_CHANNELS__WECOM__ENCODING_AES_KEY", "short", "“channels.wecom.encoding_aes_key”"),
        ("ZHIBAN_CHANNELS__DING__CLOCK_WINDOW_S", "1", "“channels.ding.clock_window_s”不能小于 10"),
        ("ZHIBAN_DATABASE_URL__HOST", "x", "“database_url”下面不能再分"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_own_name(name: str, value: str, reason: str) -> None:
    """Whoever mends it must know that it is not the file."""
    fault = _faults(**{name: value})[0]
    assert fault.startswith(f"环境变量:1: {name}：") and reason in fault


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "12\n"])
def test_a_file_of_another_form_is_refused(text: str) -> None:
    """Settings are names and values."""
    assert _faults(text) == ["zhiban.yaml:1: 设置文件要写成“名字: 值”的形式"]


def test_test_hosts_are_refused_in_production() -> None:
    """Plain http to a little platform is for tests only."""
    assert any("test_hosts" in fault for fault in _faults("test_hosts: ['127.0.0.1:1']\n"))
    assert _load("environment: test\ntest_hosts: ['127.0.0.1:1']\n").test_hosts == ("127.0.0.1:1",)


@pytest.mark.parametrize("secret", ["token-of-file", KEY, "push-of-file", "secret-of-file", "access-of-file"])
def test_a_secret_is_in_no_representation(secret: str) -> None:
    """A settings object that ends up in a log tells nothing."""
    settings = _load()
    assert secret not in repr(settings) and secret not in str(settings) and secret not in settings.model_dump_json()


def test_a_refusal_never_shows_the_value() -> None:
    """Not even a wrong one: it may be a secret with a slip in it."""
    wrong = (
        FILE.replace(KEY, "hunter2")
        .replace("token-of-file", "[hunter2]")
        .replace("kind: dingtalk\n", "kind: hunter2\n")
    )
    faults = _faults(wrong, ZHIBAN_LISTEN__PORT="hunter2", ZHIBAN_PROMISED_WRONG="hunter2")
    assert len(faults) >= 5 and "hunter2" not in "".join(faults)


@given(
    st.dictionaries(
        st.from_regex(r"ZHIBAN_[A-Z_]{1,20}", fullmatch=True).filter(lambda name: not name.endswith("_FILE")),
        st.text(max_size=20),
        max_size=4,
    )
)
def test_any_environment_is_understood_or_refused(environment: dict[str, str]) -> None:
    """Invalid is the only way to fail."""
    try:
        _load("", **environment)
    except Invalid as error:
        assert error.faults
