"""The house that is killed: both little platforms, a roster, and one or several servers on one database."""

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.kill.on_dingtalk import PATH_SECRET, OnDingTalk, limits
from tests.kill.on_wecom import OnWeCom
from tests.kill.server import ROOT, Server
from tests.kill.side import Side
from tests.platforms.dingtalk.little import LittleDingTalk
from tests.platforms.wecom.little import LittleWeCom

_DAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
_PEOPLE = [
    {"id": "zhang", "name": "张工", "wecom": "zhanggong"},
    {"id": "li", "name": "李工", "dingtalk": "li01"},
    {"id": "wang", "name": "王主管", "wecom": "wangzg"},
]


@dataclass
class House:
    """Everything set up; no server runs yet."""

    place: Path
    wecom: OnWeCom
    dingtalk: OnDingTalk
    servers: list[Server]

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.wecom, self.dingtalk

    def write_roster(self, first: Sequence[str] = ("zhang", "li")) -> None:
        """Who is called first; zhang can be called on WeCom only, li on DingTalk only."""
        shift = {"days": _DAYS, "from": "00:00", "to": "24:00", "who": list(first)}
        roster = {"people": _PEOPLE, "shifts": [shift], "fallback": "wang"}
        (self.place / "roster.yaml").write_text(json.dumps(roster, ensure_ascii=False), encoding="utf-8")

    def connect(self, url: str) -> None:
        """Give the platforms the address of the house."""
        self.wecom.bot.callback_url = f"{url}/webhooks/wecom"
        self.dingtalk.robot.callback_url = f"{url}/webhooks/dingtalk/{PATH_SECRET}"

    def verify(self) -> None:
        """What WeCom does when the administrator saves the address."""
        verification = self.wecom.bot.verify()
        assert verification.ok, verification.why


@contextmanager
def house(place: Path, database_url: str, *, servers: int = 1, wait_minutes: int = 1) -> Iterator[House]:
    """Platforms running, files written; at the end every process is gone."""
    with ExitStack() as stack:
        wecom = OnWeCom(stack.enter_context(LittleWeCom()))
        dingtalk = OnDingTalk(stack.enter_context(LittleDingTalk(limits=limits())))
        settings = _settings(place, database_url, wecom, dingtalk, wait_minutes)
        made = [Server(place, f"server{number}", settings) for number in range(1, servers + 1)]
        for server in made:
            stack.callback(server.close)
        standing = House(place, wecom, dingtalk, made)
        standing.write_roster()
        standing.connect(made[0].url)
        yield standing


def _settings(place: Path, database: str, wecom: OnWeCom, dingtalk: OnDingTalk, wait_minutes: int) -> dict[str, Any]:
    bot, push = wecom.settings()
    robot, custom = dingtalk.settings()
    return {
        "environment": "test",
        "database_url": database,
        "intents_dir": str(ROOT / "intents"),
        "knowledge_dir": str(ROOT / "knowledge"),
        "roster_file": str(place / "roster.yaml"),
        "secret_key": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "channels": {"wecom": bot, "dingtalk": robot},
        "pagers": {"wecom_oncall": push, "dingtalk_oncall": custom},
        "escalation": {"waits": [wait_minutes], "repeats": 1},
        "test_hosts": [urlsplit(url).netloc for url in (wecom.wecom.url, dingtalk.ding.url)],
    }
