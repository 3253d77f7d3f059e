"""When several people's troubles count as one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.content import Content
from app.core.incidents import FEWEST, WINDOW, Faults, Report, is_incident, people_needed
from tests.people import MONDAY_NINE as NOW

FAULTS = Faults({"login.network": "连不上", "login.outage": "连不上"}, frozenset({"quota.expand"}))


@pytest.mark.parametrize(
    ("topics", "fault"),
    [
        (("login.network",), "连不上"),
        (("login.network", "login.outage"), "连不上"),
        (("quota.full",), "quota.full"),
        (("quota.expand",), ""),
        (("login.network", "quota.full"), ""),
        ((), ""),
    ],
)
def test_topics_that_one_outage_explains_are_one_fault(topics: tuple[str, ...], fault: str) -> None:
    """A topic of no group stands for itself; what is everybody's own affair for nothing."""
    assert FAULTS.of(topics) == fault


def _reports(*people: str, apart: timedelta = timedelta(minutes=1)) -> list[Report]:
    return [Report(person, NOW - apart * index) for index, person in enumerate(people)]


def test_three_people_in_ten_minutes_are_an_incident_two_are_not() -> None:
    """Where nothing is known of the group."""
    assert is_incident(_reports("a", "b", "c"), NOW, 0)
    assert not is_incident(_reports("a", "b"), NOW, 0)


def test_one_person_three_times_is_no_incident() -> None:
    """Distinct people count."""
    assert not is_incident(_reports("a", "a", "a", "b"), NOW, 0)


def test_three_over_an_hour_are_no_incident() -> None:
    """Within the window."""
    assert not is_incident(_reports("a", "b", "c", apart=timedelta(minutes=6)), NOW, 0)


def test_a_group_that_always_asks_much_needs_more() -> None:
    """A month of 1,080 reports is one in ten minutes of office time: six at once are news there, three are not."""
    assert people_needed(0) == people_needed(50) == FEWEST
    assert people_needed(1_080) == 6


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_more_is_usual_the_more_is_needed(one: int, other: int) -> None:
    """And never fewer than three."""
    low, high = sorted((one, other))
    assert FEWEST <= people_needed(low) <= people_needed(high)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 3600)), max_size=30))
def test_only_people_within_the_window_count(found: list[tuple[str, float]]) -> None:
    """Whatever else was reported, by whomever."""
    reports = [Report(person, NOW - timedelta(seconds=ago)) for person, ago in found]
    recent = {person for person, ago in found if timedelta(seconds=ago) <= WINDOW}
    assert is_incident(reports, NOW, 0) is (len(recent) >= FEWEST)


def test_the_file_names_topics_that_there_are(content: Content) -> None:
    """And every group has a name that can be said to people."""
    assert content.faults.of(("login.network",)) == "邮箱连不上、收发不了"
    assert content.faults.of(("habits.password",)) == ""
