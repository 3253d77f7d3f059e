"""A short run of the kill test on each database; `make kill` does the long ones."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import URL

from tests import postgres
from tests.kill.driver import Plan, Run, run
from tests.kill.pages import pages_in
from tests.kill.verdict import judge

pytestmark = pytest.mark.xdist_group("kill")  # never beside each other: each needs both cores
KILLS, MESSAGES = 4, 24


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database; the server makes its tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kill.db'}"
        return
    server: URL = request.getfixturevalue("postgres_server")
    name = f"kill_{token_hex(4)}"
    postgres.run(server, f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    postgres.run(server, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_server_that_is_killed_again_and_again_keeps_its_promises(url: str, tmp_path: Path) -> None:
    """All that was accepted is answered, every case is called for; nothing twice but where nobody could know."""
    done = run(Plan(url, MESSAGES, KILLS, seed=4), tmp_path)
    verdict = judge(done.evidence)
    assert (verdict.problems, done.troubles) == ([], []), verdict
    assert verdict.kills == KILLS and verdict.redelivered > 0 and verdict.kills_in_flight > 0
    assert verdict.accepted == verdict.answered >= MESSAGES
    assert verdict.cases >= 3 and verdict.pages >= 3 and verdict.said_later > 0
    _the_judge_would_have_seen_it(done)


def _the_judge_would_have_seen_it(done: Run) -> None:
    """The same run with one line less, and with one line more, is no good run."""
    evidence = done.evidence
    answer = next(line for line in reversed(evidence.lines) if line.replies_to)
    taken = {found[1] for line in evidence.lines if (found := re.search(r"单 (\d+) 归您了", line.text))}
    pages = [line for line in evidence.lines if {str(case) for case, _ in pages_in(line)} & taken]
    assert judge(replace(evidence, lines=[line for line in evidence.lines if line is not answer])).lost == 1
    assert judge(replace(evidence, lines=[*evidence.lines, pages[0]])).duplicate_pages == 1
    assert judge(replace(evidence, lines=[line for line in evidence.lines if line not in pages])).problems
