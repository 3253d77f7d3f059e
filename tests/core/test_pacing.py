"""How much of a limit each kind of line may use, and when there is room again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.pacing import PAGE, REPLY, ROOM, WINDOW, room_at, share
from tests.people import MONDAY_NINE as NOW


def _ago(*seconds: float) -> list[object]:
    return [NOW - timedelta(seconds=s) for s in seconds]


@pytest.mark.parametrize(("priority", "allowed"), [(PAGE, 20), (ROOM, 17), (REPLY, 14)])
def test_what_answers_leave_free_is_there_for_pages(priority: int, allowed: int) -> None:
    """Of WeCom's twenty a minute, answers use fourteen at most."""
    assert share(20, priority) == allowed


def test_a_limit_of_one_still_lets_everything_through_in_time() -> None:
    """No share is nothing."""
    assert [share(1, priority) for priority in (PAGE, ROOM, REPLY)] == [1, 1, 1]


def test_there_is_room_until_the_share_is_used_up() -> None:
    """Thirteen answers have gone; the fourteenth may go, the fifteenth waits until the first is a minute old."""
    started = [NOW - timedelta(seconds=50 - n) for n in range(13)]
    assert room_at(20, REPLY, started, NOW) is None
    assert room_at(20, REPLY, [*started, NOW], NOW) == NOW + timedelta(seconds=10)
    assert room_at(20, PAGE, [*started, NOW], NOW) is None


def test_what_is_older_than_a_minute_counts_no_more() -> None:
    """The platforms count the last minute."""
    assert room_at(2, PAGE, [NOW - WINDOW, NOW - WINDOW], NOW) is None


@given(
    st.integers(1, 60),
    st.sampled_from([PAGE, ROOM, REPLY]),
    st.lists(st.floats(0, 120), max_size=80),
)
def test_whoever_waits_until_then_finds_room(limit: int, priority: int, ages: list[float]) -> None:
    """The moment that is named is neither in the past nor too early, and never more than a minute away."""
    started = sorted(NOW - timedelta(seconds=age) for age in ages)
    until = room_at(limit, priority, started, NOW)
    if until is not None:
        assert NOW < until <= NOW + WINDOW
        assert room_at(limit, priority, started, until) is None
    else:
        assert sum(moment > NOW - WINDOW for moment in started) < share(limit, priority)
