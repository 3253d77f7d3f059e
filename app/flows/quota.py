"""Warns before a platform's monthly allowance is used up: from then on nobody would be heard or called."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.channels.base import Sender
from app.flows import tell
from app.flows.desk import Desk
from app.store import quota

WARN_AT = 0.8


@dataclass(frozen=True, slots=True)
class Used:
    """`name` is for people."""

    name: str
    number: int
    limit: int

    @property
    def is_near(self) -> bool:
        return 0 < self.limit * WARN_AT <= self.number


def used(session: Session, desk: Desk, now: datetime) -> list[Used]:
    """This month's share of DingTalk's two allowances (its billing page); none where DingTalk is not used."""
    first = now.astimezone(desk.roster.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    senders: dict[str, Sender] = {**desk.channels, **desk.pagers}
    doors = [name for name, sender in senders.items() if sender.platform == "dingtalk"]
    if not doors:
        return []
    return [
        Used("钉钉接口调用", quota.calls(session, doors, first, desk.cards), desk.dingtalk_quota[0]),
        Used("钉钉消息推送", quota.webhooks(session, doors, first), desk.dingtalk_quota[1]),
    ]


def warn(session: Session, desk: Desk, now: datetime) -> None:
    """Called once a day: those who keep the roster hear of each allowance that comes to its end."""
    lines = desk.library.lines
    for one in used(session, desk, now):
        if one.is_near:
            text = lines.page_quota.format(words=one.name, number=one.number, limit=one.limit)
            for admin in desk.admins:
                tell.page(session, desk, admin, text, now, case_id=None, title=lines.roster_title)
