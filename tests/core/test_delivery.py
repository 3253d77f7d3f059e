"""After a failed send: again, not at all, or unknown, decided from what the channel reported."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.delivery import (
    MAX_ATTEMPTS,
    MAX_ATTEMPTS_BEFORE_ANOTHER,
    MAX_ATTEMPTS_OF_LAST_HOPE,
    Failure,
    Outcome,
    Verdict,
    after_failure,
    rest,
)
from tests.people import MONDAY_NINE as NOW

failures, tries = st.sampled_from(Failure), st.integers(1, 100)


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_is_permanent_is_given_up_at_once(idempotent: bool) -> None:
    """A second try would fail like the first."""
    verdict = after_failure(Failure.PERMANENT, attempts=1, idempotent=idempotent, now=NOW)
    assert verdict == Verdict(Outcome.FAILED)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 1), (2, 2), (3, 5), (4, 10), (5, 30), (6, 60), (7, 120), (8, 300), (9, 600), (11, 600)],
)
def test_what_is_temporary_is_tried_again_later_and_later(attempts: int, seconds: int) -> None:
    """From a second to ten minutes."""
    verdict = after_failure(Failure.TEMPORARY, attempts=attempts, idempotent=False, now=NOW)
    assert verdict == Verdict(Outcome.RETRY, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("attempts", range(1, MAX_ATTEMPTS))
def test_what_is_urgent_is_there_within_five_seconds_of_the_platforms_recovery(attempts: int) -> None:
    """However long the platform has been busy: the next try is never further away."""
    verdict = after_failure(
        Failure.TEMPORARY, attempts=attempts, idempotent=False, now=NOW, urgent=True, last_hope=True
    )
    assert verdict.due_at is not None and verdict.due_at - NOW < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("last_hope", "most", "outcome"),
    [
        (False, MAX_ATTEMPTS_BEFORE_ANOTHER, Outcome.MOVED),
        (True, MAX_ATTEMPTS_OF_LAST_HOPE, Outcome.FAILED),
    ],
)
def test_what_is_urgent_leaves_sooner_where_another_way_is_left(last_hope: bool, most: int, outcome: Outcome) -> None:
    """With none, it is tried for longer than any line."""

    def tried(attempts: int) -> Verdict:
        return after_failure(
            Failure.TEMPORARY, attempts=attempts, idempotent=True, now=NOW, urgent=True, last_hope=last_hope
        )

    assert tried(most - 1).outcome is Outcome.RETRY
    assert tried(most) == Verdict(outcome)


def test_what_is_refused_for_good_does_not_count_as_left() -> None:
    """Its own way shall not see it again."""
    refused = after_failure(Failure.PERMANENT, attempts=1, idempotent=True, now=NOW, urgent=True)
    assert refused == Verdict(Outcome.FAILED)


def test_a_way_that_was_left_is_tried_again_later_and_later() -> None:
    """At first while the other one is tried, at last once a minute."""
    assert [rest(moves).total_seconds() for moves in range(8)] == [0, 2.5, 5, 10, 20, 40, 60, 60]


def test_the_platforms_own_wait_goes_before_ours() -> None:
    """It knows its limits better."""
    wait = timedelta(minutes=7)
    verdict = after_failure(Failure.TEMPORARY, attempts=1, idempotent=False, now=NOW, retry_after=wait)
    assert verdict.due_at == NOW + wait


def test_the_unknown_is_repeated_only_where_nothing_can_double() -> None:
    """With an idempotency key it is like a temporary failure."""
    again = after_failure(Failure.UNKNOWN, attempts=1, idempotent=True, now=NOW)
    assert again.outcome is Outcome.RETRY
    assert after_failure(Failure.UNKNOWN, attempts=1, idempotent=False, now=NOW) == Verdict(Outcome.UNKNOWN)


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_is_urgent_and_may_have_rung_at_last_goes_no_other_way(idempotent: bool) -> None:
    """A failure for good would send it by another pager, where it could ring a second time."""
    last = after_failure(Failure.UNKNOWN, attempts=MAX_ATTEMPTS, idempotent=idempotent, now=NOW, urgent=True)
    assert last == Verdict(Outcome.UNKNOWN)


@given(failures, tries, st.booleans())
def test_every_row_comes_to_an_end(failure: Failure, attempts: int, idempotent: bool) -> None:
    """A retry has a moment after now; after the last attempt there is none."""
    verdict = after_failure(failure, attempts=attempts, idempotent=idempotent, now=NOW)
    assert (verdict.due_at is not None) is (verdict.outcome is Outcome.RETRY)
    assert verdict.due_at is None or (verdict.due_at > NOW and attempts < MAX_ATTEMPTS)


@pytest.mark.parametrize("attempts", [1, MAX_ATTEMPTS])
@pytest.mark.parametrize("idempotent", [True, False])
def test_what_may_have_gone_a_way_without_a_key_is_never_said_again(attempts: int, idempotent: bool) -> None:
    """Whatever the sender is otherwise: it is neither repeated nor given up, but unknown."""
    verdict = after_failure(Failure.NEVER_AGAIN, attempts=attempts, idempotent=idempotent, now=NOW)
    assert verdict == Verdict(Outcome.UNKNOWN)
