"""Rosters and plans, made up for the properties of duty."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from app.core.calendar.days import SELECTORS
from app.core.duty.plan import Cover, Plan
from app.core.layers import Level
from app.core.roster import Roster

PEOPLE = ("an", "bo", "chen", "ding")
NAMES = {"an": "安工", "bo": "柏工", "chen": "陈工", "ding": "丁主管"}
MONDAY = date(2026, 9, 7)


def roster(**more: Any) -> Roster:
    """Four people, the last of whom is the fallback."""
    people = [{"id": id, "name": NAMES[id]} for id in PEOPLE]
    people[-1]["level"] = "主管"
    return Roster.model_validate({"people": people, "fallback": "ding", **more})


def rotation(*people: str, name: str = "白班", **more: Any) -> dict[str, Any]:
    """From Monday, nine to six, the people one week each, unless told otherwise."""
    return {
        "name": name,
        "people": people or ("an", "bo", "chen"),
        "since": MONDAY,
        "from": "09:00",
        "to": "18:00",
        **more,
    }


def at(day: date, clock: str = "10:00") -> datetime:
    """That wall-clock moment in China."""
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC) - timedelta(hours=8)


clocks = st.times().map(lambda t: f"{t.hour:02}:{t.minute:02}")
rotations = st.builds(
    lambda name, people, every, days, start, until, level: rotation(
        *people, name=name, every=every, days=days, level=level, **{"from": start, "to": until}
    ),
    st.sampled_from(["甲班", "乙班", "丙班"]),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=True),
    st.sampled_from(["日", "周", "月"]),
    st.lists(st.sampled_from(SELECTORS), min_size=1, max_size=3),
    clocks,
    clocks,
    st.sampled_from(list(Level)),
)
rosters = st.lists(rotations, max_size=3, unique_by=lambda r: r["name"]).map(lambda found: roster(rotations=found))
moments = st.datetimes(
    datetime(2026, 9, 7),  # noqa: DTZ001
    datetime(2027, 6, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A roster with leave and covers in it."""
    covers = []
    for number in range(draw(st.integers(0, 4))):
        start = draw(moments)
        covers.append(
            Cover(
                number + 1,
                draw(st.sampled_from(PEOPLE)),
                start,
                start + timedelta(hours=draw(st.integers(1, 200))),
                draw(st.sampled_from(("", *PEOPLE))),
            )
        )
    return Plan(draw(rosters), (), tuple(covers))
