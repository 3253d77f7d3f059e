"""From a promise to a threshold: kept on the trials, and with a margin where there are many of them."""

import numpy as np
import pytest

from app.core.matching.calibration import ENOUGH, Trials, wilson


def _trials(number: int, wrong: float, seed: int = 1) -> Trials:
    """The surer, the more often right; the share `wrong` overall."""
    chance = np.random.default_rng(seed)
    confidence = chance.random(number).astype(np.float32)
    return Trials(confidence, chance.random(number) >= 2 * wrong * (1 - confidence))


def test_few_trials_are_taken_as_they_are() -> None:
    """The surest four are right, the fifth is wrong: a quarter may be wrong, so the fifth is let pass."""
    trials = Trials(np.array([0.5, 0.9, 0.8, 0.7, 0.6], np.float32), np.array([False, True, True, True, True]))
    assert trials.threshold(0.25) == pytest.approx(0.5)
    assert trials.threshold(0.1) == pytest.approx(0.6)
    assert trials.threshold(0.25, smallest=0.55) == pytest.approx(0.55)


def test_a_promise_that_cannot_be_kept_answers_nothing() -> None:
    """Even the surest is wrong."""
    assert Trials(np.array([0.9, 0.8], np.float32), np.array([False, False])).threshold(0.02) == 1.0


def test_the_promise_holds_for_messages_that_were_not_tried() -> None:
    """Nearly always; taken as they are, the trials would break it in every second repetition."""
    kept = 0
    for seed in range(100):
        threshold = _trials(4 * ENOUGH, 0.15, seed).threshold(0.05)
        fresh = _trials(100_000, 0.15, 1000 + seed)
        given = fresh.confidence >= threshold
        kept += bool((given & ~fresh.right).sum() <= 0.05 * given.sum())
    assert 85 <= kept <= 99


def test_the_interval_of_a_share() -> None:
    """Wilson's, as in the tables."""
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(1, 10) == pytest.approx((0.0179, 0.4042), abs=1e-4)
