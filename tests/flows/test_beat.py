"""The heartbeat is sent only while the desk really does its work, and its address is told to nobody."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.channels.http import make_client
from app.channels.watcher import Watcher
from app.core.library import Library
from app.core.message import Way
from app.flows.beat import beat
from app.store import pace
from app.store.database import Database
from tests.flows.conftest import POLICY
from tests.flows.stage import Stage
from tests.people import XIAOLIN
from tests.stories.logbook import LogBook, logbook
from tests.stories.watcher import SECRET, LittleWatcher, watching


@pytest.fixture(scope="module")
def little() -> Iterator[LittleWatcher]:
    with watching() as watcher:
        yield watcher


@pytest.fixture
def little_watcher(little: LittleWatcher) -> LittleWatcher:
    """One server for all tests, as good as new."""
    little.status, little.calls = 200, 0
    return little


@pytest.fixture
def watcher(little_watcher: LittleWatcher) -> Iterator[Watcher]:
    with make_client() as client:
        yield Watcher(little_watcher.url, timedelta(minutes=1), client)


@pytest.fixture
def log() -> Iterator[LogBook]:
    with logbook() as book:
        yield book


def test_a_desk_that_is_well_is_told_to_the_watcher(stage: Stage, watcher: Watcher, little: LittleWatcher) -> None:
    """A plain GET, on both databases, also with a case open and its timer in the future."""
    little.calls = 0
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.waits(3)
    assert beat(stage.desk, watcher, "") == "sent" and little.calls == 1


@pytest.fixture
def here(sqlite_database: Database, library: Library) -> Stage:
    return Stage(sqlite_database, library, POLICY)


@pytest.mark.parametrize("trouble", ["worker", "full", "read-only", "locked"])
def test_a_desk_in_trouble_is_silent(
    here: Stage, watcher: Watcher, little_watcher: LittleWatcher, log: LogBook, trouble: str
) -> None:
    """A loop that is dead, a database that takes nothing."""
    assert beat(here.desk, watcher, trouble) == "withheld" and little_watcher.calls == 0
    log.expect(f'"reason": "{trouble}"')


@pytest.mark.parametrize(("seconds", "outcome"), [(60, "sent"), (61, "withheld")])
def test_a_timer_that_does_not_fire_silences_it(
    here: Stage, watcher: Watcher, little_watcher: LittleWatcher, seconds: int, outcome: str
) -> None:
    """Alive, but nobody is called any more."""
    here.asks_for_a_person(XIAOLIN)
    here.works()
    here.clock.set(here.now + timedelta(minutes=10, seconds=seconds))
    assert beat(here.desk, watcher, "") == outcome
    assert little_watcher.calls == (outcome == "sent")


def test_a_page_that_nobody_sends_silences_it(here: Stage, watcher: Watcher, log: LogBook) -> None:
    """But not one whose pager has locked us out, nor an answer: a vendor's trouble is not ours."""
    here.hears(XIAOLIN, "邮箱容量已达上限，收不到邮件")
    here.clock.set(here.now + timedelta(minutes=4))
    assert beat(here.desk, watcher, "") == "sent"
    here.asks_for_a_person(XIAOLIN)
    here.clock.set(here.now + timedelta(minutes=4))
    assert beat(here.desk, watcher, "") == "withheld"
    log.expect('"reason": "page-overdue"')
    (page,) = here.outbox(Way.PAGE)
    with here.desk.database.transaction() as session:
        pace.hold(session, page, range(3), here.now + timedelta(minutes=5))
    assert beat(here.desk, watcher, "") == "sent"


def test_a_database_that_cannot_be_read_silences_it(here: Stage, watcher: Watcher, log: LogBook) -> None:
    """And does not end the loop."""
    with here.desk.database.transaction() as session:
        session.execute(text("DROP TABLE timer"))
    assert beat(here.desk, watcher, "") == "withheld"
    log.expect('"reason": "OperationalError"')


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_watcher_that_does_not_take_it_is_logged_by_code(
    here: Stage, watcher: Watcher, little_watcher: LittleWatcher, log: LogBook, status: int
) -> None:
    """No redirect is followed: it could lead anywhere."""
    little_watcher.status = status
    assert beat(here.desk, watcher, "") == "failed" and little_watcher.calls == 1
    log.expect(f'"code": "http-{status}"')


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:9/", "ConnectError"),
        ("http://[::1/", "InvalidURL"),
        ("ftp://127.0.0.1/", "UnsupportedProtocol"),
    ],
)
def test_the_address_stands_in_no_log_whatever_goes_wrong(here: Stage, log: LogBook, address: str, code: str) -> None:
    """Nobody listens, or it is no address at all."""
    with make_client() as client:
        lost = Watcher(f"{address}{SECRET}", timedelta(minutes=1), client)
        assert beat(here.desk, lost, "") == "failed" and SECRET not in repr(lost)
    log.expect(f'"code": "{code}"')
    log.expect_not(SECRET)
