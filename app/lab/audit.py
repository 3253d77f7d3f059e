"""`zhiban audit`: looks from outside, for cron, whether all that was accepted was done. Shares nothing with the engine.

Exit codes: 0 nothing found, 1 something found, 2 could not look.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.clock import CHINA, SystemClock
from app.settings import Settings
from app.store.finding_words import TELLS
from app.store.findings import Finding, Scope, count, find, looked_at
from app.store.readonly import NoDatabase, looking
from app.store.roster import read_roster
from app.store.trouble import kind_of, reason_for

SHOWN = 20  # of one kind; `--json` has them all
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_ACTIONS = {"answer": "回答", "clarify": "追问", "handoff": "转人工", "": "没有判断"}


class CannotLook(Exception):
    """Nothing was looked at; the text says why and holds no secret."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, how many of each kind there are in all, and how much was looked at."""

    now: datetime
    since: datetime
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    looked_at: dict[str, int]

    @property
    def exit_code(self) -> int:
        return 1 if any(self.counts.values()) else 0

    def as_text(self) -> str:
        """For people: a heading with the number of each kind, then the first few."""
        seen = "看了 {messages} 条消息、{lines} 句要说的话、{cases} 张单".format(**self.looked_at)
        begin = f"{self.since.astimezone(CHINA):%m-%d %H:%M} 以来：{seen}"
        if not self.exit_code:
            return f"没有发现问题。{begin}。"
        lines = [f"发现 {sum(self.counts.values())} 个问题。{begin}。"]
        for kind, number in self.counts.items():
            if number:
                lines += self._of_one_kind(kind, number)
        return "\n".join(lines)

    def _of_one_kind(self, kind: str, number: int) -> list[str]:
        title, template = TELLS[kind]
        shown = [item for item in self.findings if item.kind == kind][:SHOWN]
        lines = [f"{title}：{number} 个", *(f"  {template.format(**self._words(item))}" for item in shown)]
        return [*lines, f"  ……还有 {number - len(shown)} 个"] if number > len(shown) else lines

    def _words(self, item: Finding) -> dict[str, object]:
        code = _ACTIONS.get(item.code, item.code) if item.kind == "unanswered" else item.code
        return {
            "number": item.number,
            "channel": item.channel,
            "ago": _ago(self.now - item.moment),
            "code": f"，{code}" if code else "",
        }

    def as_json(self) -> str:
        """For programs; at most a thousand findings of a kind, `counts` has them all."""
        told = [
            {"kind": f.kind, "number": f.number, "channel": f.channel, "at": f.moment.isoformat(), "code": f.code}
            for f in self.findings
        ]
        whole = {"at": self.now.isoformat(), "since": self.since.isoformat(), "counts": self.counts}
        return json.dumps(whole | {"looked_at": self.looked_at, "findings": told}, ensure_ascii=False, indent=1)


def audit_now(settings: Settings, since: str) -> Audit:
    """The audit of this moment. `since` as people write it: 30m, 24h, 7d. Raises Invalid (the roster), CannotLook."""
    window = window_of(since)
    if window is None:
        raise CannotLook(f"--since 写成 30m、24h、7d 这样，不能是“{since}”")
    return audit(settings, window, SystemClock().now())


def audit(settings: Settings, window: timedelta, now: datetime) -> Audit:
    """Look at the last `window`, and at all that is still open. Raises Invalid (the roster), CannotLook."""
    roster = read_roster(settings.roster_file)
    platforms = {channel.platform for channel in settings.channels.values()}
    engineers = {person.platform_id(platform) for person in roster.people for platform in platforms}
    kept = now - timedelta(days=settings.retention.messages)
    scope = Scope(now, max(now - window, kept), kept, engineers, paging=bool(settings.pagers))
    try:
        with looking(settings.database_url) as connection:
            found, counts = find(connection, scope), count(connection, scope)
            return Audit(now, scope.since, tuple(found), counts, looked_at(connection, scope))
    except NoDatabase as error:
        raise CannotLook(str(error)) from None
    except SQLAlchemyError as error:
        raise CannotLook(_reason(error)) from None


def _reason(error: SQLAlchemyError) -> str:
    told = str(getattr(error, "orig", None) or type(error).__name__).lower()
    if "no such table" in told or "no such column" in told or "does not exist" in told:
        return "数据库里没有值班的表，或者表是别的版本的"
    if "unable to open" in told:
        return "没有这个数据库文件，或者没有权限读"
    return reason_for(kind_of(error))


def window_of(text: str) -> timedelta | None:
    """`30m`, `24h`, `7d`; None for anything else."""
    match = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


def _ago(time: timedelta) -> str:
    minutes = max(0, int(time.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if minutes < 48 * 60 else f"{minutes // (24 * 60)} 天"
