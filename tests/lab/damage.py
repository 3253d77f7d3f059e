"""A desk that really ran, looked at by the audit; and ways to damage what it left, by SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import yaml
from sqlalchemy import text

from app.lab.audit import Audit, audit
from app.settings import DingTalkBot, DingTalkCustom, Settings
from tests.flows.stage import CHANNEL, PAGER, Stage
from tests.people import ROSTER


@dataclass
class Looked:
    """The stage, and the settings of the audit that looks at it from outside."""

    stage: Stage
    settings: Settings

    def audit(self, window: timedelta = timedelta(hours=24)) -> Audit:
        """What the audit finds now."""
        return audit(self.settings, window, self.stage.now)

    def kinds(self) -> set[str]:
        """The kinds of what it finds now."""
        return {kind for kind, number in self.audit().counts.items() if number}

    def later(self, minutes: float) -> None:
        """Time passes, and the worker has done what was due before and after."""
        self.stage.works()
        self.stage.clock.set(self.stage.now + timedelta(minutes=minutes))
        self.stage.works()

    def damage(self, *statements: str) -> None:
        """As a fault of ours, or somebody with a database tool, might."""
        with self.stage.desk.database.transaction() as session:
            for statement in statements:
                session.execute(text(statement))


Damage = Callable[[Looked], None]


def settings_for(stage: Stage, place: Path) -> Settings:
    """The same database, people, channel and pager as the stage's."""
    roster = place / "roster.yaml"
    people = [{"id": p.id, "name": p.name, "dingtalk": p.id, "mobile": p.mobile} for p in ROSTER.people]
    roster.write_text(yaml.safe_dump({"people": people, "fallback": ROSTER.fallback}), encoding="utf-8")
    return Settings(
        database_url=stage.desk.database.engine.url.render_as_string(hide_password=False),
        roster_file=roster,
        channels={CHANNEL: DingTalkBot.model_validate({"kind": "dingtalk", "app_key": "a", "app_secret": "s"})},
        pagers={PAGER: DingTalkCustom.model_validate({"kind": "dingtalk_custom", "access_token": "a"})},
    )
