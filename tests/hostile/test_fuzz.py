"""A short run of the coverage-guided fuzzer with every build; `make fuzz` runs it for long."""

import pytest

from tests.hostile.fuzz import EVERYTHING, fuzz, is_here
from tests.hostile.seeds import SEEDS
from tests.hostile.targets import TARGETS, everything

RUNS = 12_000


def test_every_target_has_somewhere_to_begin() -> None:
    assert set(SEEDS) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzer_begins_with_is_in_order(name: str) -> None:
    """Also where the fuzzer itself is not installed."""
    for seed in SEEDS[name]:
        for end in (len(seed), len(seed) // 2, 0):
            TARGETS[name](seed[:end])
            everything(bytes([list(TARGETS).index(name)]) + seed[:end])


@pytest.mark.skipif(not is_here(), reason="atheris is not installed: there is none for this system")
def test_a_few_thousand_inputs_break_nothing() -> None:
    run = fuzz(EVERYTHING, RUNS)
    assert run.crash is None, f"{run.crash!r}\n{run.said[-3000:]}"
    assert run.executions >= RUNS and run.covered > 200, run.said[-3000:]


@pytest.mark.skipif(not is_here(), reason="atheris is not installed: there is none for this system")
def test_the_fuzzer_would_find_a_fault() -> None:
    """A decoder that breaks on four certain bytes; guessed without guidance, they would take four billion tries."""
    run = fuzz("broken_on_purpose", 200_000)
    assert run.crash is not None and run.crash.startswith(b"BOOM"), run.said[-3000:]
