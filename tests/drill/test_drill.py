"""A short drill: every kind of fault bites, and nothing is lost, doubled or late."""

import json
import sys
import threading
from pathlib import Path

import pytest

from app.core.library import Library
from app.lab import drill as lab
from app.store.database import Database
from tests.drill.mischief import SHARES
from tests.drill.report import drill, gather

FAULTS, SEED = 150, 11


def test_a_hundred_and_fifty_faults(library: Library) -> None:
    """Of every kind; the figures are those of the issue, and the timeline is told."""
    heard: list[int] = []
    report = drill(library, faults=FAULTS, seed=SEED, tell=heard.append)
    assert report.good, report.text
    names = ["cases", "faults", "by_fault", "pages", "lost", "doubled", "unknown", "max_late_s"]
    assert list(json.loads(json.dumps(report.figures))) == names
    by_fault = report.figures["by_fault"]
    assert isinstance(by_fault, dict) and set(by_fault) == set(SHARES)
    assert heard[-1] == report.figures["faults"] == sum(by_fault.values()) >= FAULTS
    assert "进程被杀" in report.text and "没有丢，没有重" in report.text


def test_on_postgresql(library: Library, fresh_postgres_database: Database) -> None:
    """Where several may serve a killed process is known to be dead only after some seconds: its pages are due then."""
    url = fresh_postgres_database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(lab.CannotDrill, match=r"已经有 \d+ 张表"):
        lab.drill(library, faults=1, seed=1, tell=lambda done: None, database_url=url)
    report = drill(library, faults=FAULTS, seed=SEED, database_url=url)
    assert report.good, report.text
    by_fault = report.figures["by_fault"]
    assert isinstance(by_fault, dict) and set(by_fault) == set(SHARES)


@pytest.mark.parametrize(
    ("url", "why"), [("sqlite:///x.db", "只收 postgresql://"), ("postgresql://h.invalid/x", "连不上")]
)
def test_a_database_that_cannot_be_drilled_on(library: Library, url: str, why: str) -> None:
    """It is said before anything is begun, without a password."""
    with pytest.raises(lab.CannotDrill, match=why):
        lab.drill(library, faults=1, seed=1, tell=lambda done: None, database_url=url)


def test_the_same_seed_is_the_same_drill(library: Library) -> None:
    """To the second and the word."""
    first, second = (gather(library, faults=8, seed=5) for _ in range(2))
    assert [(one.at, one.kind) for one in first.bites] == [(one.at, one.kind) for one in second.bites]
    assert first.said == second.said
    assert [(one.at, one.text) for one in first.shown] == [(one.at, one.text) for one in second.shown]


def test_where_the_little_platforms_are_missing_it_says_so(library: Library, tmp_path: Path) -> None:
    """In an image, for one."""
    with pytest.raises(lab.NotHere, match="镜像和安装包里不带它"):
        lab.drill(library, faults=1, seed=1, tell=lambda done: None, root=tmp_path)


def test_no_lock_of_the_product_outlives_a_process_that_was_killed() -> None:
    """A module's own would: the next process of the drill runs in the same interpreter, and would wait for ever."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("app.")]
    kinds = type(threading.Lock()), type(threading.RLock())
    kept = [
        f"{one.__name__}.{name}" for one in modules for name, value in vars(one).items() if isinstance(value, kinds)
    ]
    assert modules
    assert not kept
