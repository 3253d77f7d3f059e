"""A large-scale fault (大面积故障): when do several people's troubles count as one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

WINDOW = timedelta(minutes=10)
LASTS = timedelta(hours=4)  # how long later reporters join one that nobody has closed
FEWEST = 3  # distinct people, where nothing is known of the group's habits
HISTORY = timedelta(days=28)
_WORKING = timedelta(hours=9 * 20)  # of those days: a month of office hours


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Fault(_Strict):
    name: str
    topics: tuple[str, ...]


class FaultFile(_Strict):
    """`knowledge/incidents.yaml`: topics that one outage explains, and topics that are never one."""

    faults: tuple[_Fault, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Faults:
    """Which fault a topic belongs to: its group, else itself; '' for what is everybody's own affair."""

    of_topic: Mapping[str, str] = field(default_factory=dict)
    never: frozenset[str] = frozenset()

    def of(self, topics: Sequence[str]) -> str:
        """The one fault that explains these topics; '' where there is none or more than one."""
        found = {self.of_topic.get(topic, topic) for topic in topics if topic not in self.never}
        return found.pop() if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody met a fault."""

    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One that is open, as a rule may look at it. `taken_at` is None while nobody has it."""

    number: int
    people: int
    engineer: str
    taken_at: datetime | None
    news: str = ""  # what an engineer last said about it


def people_needed(reports_in_history: int) -> int:
    """How many distinct people in the window are no accident, given how many reports a month brings in office hours.

    Three where little is known; in a busy group what a Poisson process of its normal rate exceeds once in years.
    """
    usual = reports_in_history * (WINDOW / _WORKING)
    return max(FEWEST, math.ceil(usual + 4 * math.sqrt(usual) + 1))


def is_incident(reports: Sequence[Report], now: datetime, reports_in_history: int) -> bool:
    """Whether these reports of one fault are an incident: distinct people, within the window."""
    people = {report.person for report in reports if now - report.at <= WINDOW}
    return len(people) >= people_needed(reports_in_history)
