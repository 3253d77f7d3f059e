"""A stage with a roster as companies have it: weeks in turn, a second line, office hours, an urgent plan."""

from datetime import datetime, timedelta
from typing import Any

from app.clock import CHINA
from app.core.roster import Roster
from app.flows.roster_care import care
from app.flows.shifts import mind_shifts
from tests.flows.stage import Stage

OFFICE = {"days": ["工作日"], "from": "09:00", "to": "18:00"}
FIRST = {
    "name": "白班",
    "people": ["zhang", "li"],
    "since": "2026-01-05",
    "days": ["工作日"],
    "from": "09:00",
    "to": "18:00",
}
PEOPLE = [
    {"id": "zhang", "name": "张工", "extension": "8001"},
    {"id": "li", "name": "李工", "extension": "8002"},
    {"id": "zhao", "name": "赵工"},
    {"id": "wang", "name": "王主管", "level": "主管"},
]
NORMAL = {"steps": [{"call": ["一线"], "wait": 5}, {"call": ["主管"], "wait": 10}], "repeat": 0}


def with_roster(stage: Stage, **more: Any) -> Stage:
    """The stage goes by this roster from now on; `more` replaces or adds keys of the file."""
    fields = {"people": PEOPLE, "rotations": [FIRST], "fallback": "wang", "policies": {"normal": NORMAL}, **more}
    stage.desk.roster = Roster.model_validate(fields)
    return stage


def go_to(stage: Stage, moment: datetime) -> None:
    """Time passes, and all that falls due on the way is done: the nearer, the more often the worker looks."""
    while (left := moment - stage.now) > timedelta():
        stage.clock.set(stage.now + min(left, max(timedelta(minutes=1), min(left / 3, timedelta(hours=6)))))
        while mind_shifts(stage.desk) or care(stage.desk):
            pass
        stage.works()


def china(month: int, day: int, clock: str) -> datetime:
    """That wall-clock moment of 2026 in China."""
    hour, minute = clock.split(":")
    return datetime(2026, month, day, int(hour), int(minute), tzinfo=CHINA)


def pages(stage: Stage, word: str) -> list[str]:
    """Who got a page with this word in it."""
    names = {person.id: person.name for person in stage.desk.roster.people}
    return [names[m.mentions[0].user_id] for m in stage.pager.sent if word in m.markdown]
