"""Pagers that reach one engineer, cards, and the app's door: what is refused, what is warned about."""

import re
from pathlib import Path

import pytest

from app.documents import Invalid
from app.lab.check import check
from app.settings import DingTalkCardPager, DingTalkDing, Settings, WeComApp, load_settings
from tests.conftest import ROOT

FILE = f"""channels:
  app:
    kind: wecom_app
    corp_id: ww1
    agent_id: 1000002
    secret: corp-secret
    token: token-of-file
    encoding_aes_key: {"k" * 43}
pagers:
  direct:
    kind: wecom_app
    corp_id: ww1
    agent_id: 1000002
    secret: corp-secret
  robot:
    kind: dingtalk_direct
    app_key: ding1
    app_secret: ding-secret
  loud:
    kind: dingtalk_ding
    app_key: ding1
    app_secret: ding-secret
    remind: phone
"""


def _load(text: str = FILE, **environment: str) -> Settings:
    return load_settings(text, "zhiban.yaml", environment)


def test_the_new_kinds_are_read() -> None:
    """A number may come from the environment, as text."""
    settings = _load(ZHIBAN_CHANNELS__APP__AGENT_ID="7", ZHIBAN_PAGERS__DIRECT__AGENT_ID="7")
    door, loud = settings.channels["app"], settings.pagers["loud"]
    assert isinstance(door, WeComApp) and (door.agent_id, door.name) == (7, "IT小助手")
    assert isinstance(loud, DingTalkDing) and loud.remind == "phone"
    assert [pager.platform for pager in settings.pagers.values()] == ["wecom", "dingtalk", "dingtalk"]


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        (
            "    agent_id: 1000002\n    secret: corp-secret\n    token",
            "    secret: x\n    token",
            "channels.app.agent_id",
        ),
        ("agent_id: 1000002", "agent_id: many", "zhiban.yaml:5: “channels.app.agent_id”要写成整数"),
        ("agent_id: 1000002", "agent_id: 0", "zhiban.yaml:5: “channels.app.agent_id”不能小于 1"),
        ("corp_id: ww1", "corp_id: ''", "zhiban.yaml:4: “channels.app.corp_id”"),
        ("encoding_aes_key: k", "encoding_aes_key: ", "zhiban.yaml:8: “channels.app.encoding_aes_key”"),
        ("remind: phone", "remind: fax", "“pagers.loud.remind”只能是"),
        ("app_key: ding1", "app_keys: ding1", "不认识“pagers.robot.app_keys”这一项"),
        ("secret: corp-secret", "secret: other-secret", "channels.app 和 pagers.direct 是同一个应用，密钥却不一样"),
        ("app_secret: ding-secret", "app_secret: other", "pagers.robot 和 pagers.loud 是同一个应用，密钥却不一样"),
    ],
)
def test_a_wrong_entry_is_refused_by_key_and_without_its_value(good: str, bad: str, fault: str) -> None:
    assert good in FILE
    with pytest.raises(Invalid) as caught:
        _load(FILE.replace(good, bad, 1))
    faults = [str(one) for one in caught.value.faults]
    assert any(fault in one for one in faults), faults
    assert "other" not in "".join(faults)


@pytest.mark.parametrize("secret", ["corp-secret", "token-of-file", "ding-secret"])
def test_a_secret_is_in_no_representation(secret: str) -> None:
    settings = _load()
    assert secret not in repr(settings) and secret not in settings.model_dump_json()


def _warnings(text: str, tmp_path: Path, roster: str = "") -> list[str]:
    file = tmp_path / "roster.yaml"
    example = (ROOT / "docs/examples/roster.yaml").read_text(encoding="utf-8")
    file.write_text(roster or example, encoding="utf-8")
    settings = _load(text).model_copy(update={"roster_file": file, "data_dir": ROOT / "data"})
    found = check(settings, Path("/nowhere"), Path("/nowhere"))  # no content: that takes long, and is another matter
    return found.warnings


def test_taps_that_nobody_hears_are_warned_about(tmp_path: Path) -> None:
    """The robot has no channel here, the app has one; a DING has no buttons anyway."""
    warned = [one for one in _warnings(FILE, tmp_path) if "按钮" in one]
    assert [one.split("：")[0] for one in warned] == ["pagers.robot"]


def test_whom_no_pager_reaches_is_warned_about(tmp_path: Path) -> None:
    """A mobile is enough for a mention in a group, not for a message to one person."""
    roster = """people:
  - {id: zhang, name: 张工, mobile: "13800000001"}
  - {id: li, name: 李工, dingtalk: li01}
fallback: li
"""
    warned = [one for one in _warnings(FILE, tmp_path, roster) if "只有手机号" in one]
    assert len(warned) == 1 and "张工" in warned[0]
    group = FILE + "  oncall: {kind: wecom_push, key: k}\n"
    assert not [one for one in _warnings(group, tmp_path, roster) if "只有手机号" in one]


CARDS = """channels:
  ding:
    kind: dingtalk
    app_key: ding1
    app_secret: ding-secret
    cards: {template: t-1.schema, secret: of-our-own-making}
pagers:
  oncall:
    kind: dingtalk_card
    app_key: ding1
    app_secret: ding-secret
    conversation: cidFAKE==
"""


def test_a_card_pager_speaks_with_the_cards_of_its_robots_door() -> None:
    settings = _load(CARDS)
    pager = settings.pagers["oncall"]
    assert isinstance(pager, DingTalkCardPager)
    cards = settings.cards_of(pager)
    assert cards is not None and (cards.template, cards.route, cards.answers) == ("t-1.schema", "zhiban", True)
    assert not [line for line in check(settings, Path("/nowhere"), Path("/nowhere")).warnings if "oncall" in line]


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("    cards: {template: t-1.schema, secret: of-our-own-making}\n", "", "pagers.oncall：channels 里同一个钉钉"),
        (
            "app_key: ding1\n    app_secret: ding-secret\n    conv",
            "app_key: d2\n    app_secret: x\n    conv",
            "pagers.on",
        ),
        ("secret: of-our-own-making", "secret: short", "channels.ding.cards.secret"),
        ("secret: of-our-own-making", "route: x", "channels.ding.cards.secret"),
        ("conversation: cidFAKE==", "conversation: ''", "pagers.oncall.conversation"),
    ],
)
def test_cards_that_nobody_could_tap_are_refused(good: str, bad: str, fault: str) -> None:
    assert good in CARDS
    with pytest.raises(Invalid, match=re.escape(fault)):
        _load(CARDS.replace(good, bad))


def test_a_groups_name_is_no_id() -> None:
    found = check(_load(CARDS.replace("cidFAKE==", "值班群")), Path("/nowhere"), Path("/nowhere"))
    assert any("cid 开头" in line for line in found.warnings)
