"""`/metrics`: true over restarts where it says so, bounded, free of people's words, there without the tables."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app import meters
from app.channels.base import SendFailed
from app.core.delivery import Failure
from app.core.library import Library
from app.core.message import OutboundMessage, Person
from app.flows.tidy import tidy
from app.store.database import Database
from app.web.internal import internal_app
from tests.flows.conftest import POLICY
from tests.flows.stage import Stage
from tests.people import XIAOLIN, ZHAO
from tests.web.exposition import Exposition

QUESTION = "邮箱容量已达上限，收不到邮件"
Scrape = Callable[[], Exposition]


@pytest.fixture
def stage(sqlite_database: Database, library: Library) -> Stage:
    return Stage(sqlite_database, library, POLICY)


@pytest.fixture
def scrape(stage: Stage) -> Iterator[Scrape]:
    with TestClient(internal_app(stage.desk, lambda: "")) as client:
        yield lambda: Exposition(client.get("/metrics").text)


def test_what_was_accepted_answered_and_handed_over_is_told(stage: Stage, scrape: Scrape) -> None:
    """From the tables, and by this process."""
    before = scrape()
    stage.hears(XIAOLIN, QUESTION)
    stage.asks_for_a_person(ZHAO)
    stage.works()
    after = scrape()
    assert after.value("zhiban_messages_total", channel="desk", action="answer") == 1
    assert after.value("zhiban_messages_total") == 2 and after.value("zhiban_cases_opened_total") == 1
    assert after.value("zhiban_cases", state="waiting") == 1 and after.value("zhiban_cases", state="taken") == 0

    def more(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert more("zhiban_process_sends_total", channel="desk", way="reply", outcome="sent") == 2
    assert more("zhiban_process_sends_total", channel="oncall", way="page", outcome="sent") == 1
    assert more("zhiban_process_send_wait_seconds_count", way="reply") == 2
    assert more("zhiban_process_matching_seconds_count") == 2
    assert more("zhiban_process_transaction_seconds_count") >= 4
    assert after.value("zhiban_process_ready") == after.value("zhiban_process_tables_readable") == 1


def test_what_comes_from_the_tables_is_true_after_a_restart(stage: Stage, scrape: Scrape) -> None:
    """And the same from a second process."""
    stage.hears(XIAOLIN, QUESTION)
    stage.asks_for_a_person(ZHAO)
    stage.clock.set(stage.now + timedelta(minutes=3))
    with TestClient(internal_app(stage.desk, lambda: "worker")) as other:
        second = Exposition(other.get("/metrics").text)
    mine = scrape()
    shared = [name for name in mine.names if name.startswith("zhiban_") and not re.search("_process_|_database_", name)]
    assert len(shared) >= 12
    for name in shared:
        assert (mine.value(name), mine.labels(name)) == (second.value(name), second.labels(name)), name
    assert (mine.value("zhiban_process_ready"), second.value("zhiban_process_ready")) == (1, 0)


def test_ages_tell_what_waits(stage: Stage, scrape: Scrape) -> None:
    """No worker has run for thirteen minutes."""
    stage.asks_for_a_person(ZHAO)
    stage.clock.set(stage.now + timedelta(minutes=13))
    told = scrape()
    for name in ("zhiban_outbox_oldest_due_seconds", "zhiban_outbox_oldest_unsent_seconds"):
        assert [told.value(name, way=way) for way in ("page", "reply", "room")] == [780, 780, 0]
    assert told.value("zhiban_oldest_unpaged_case_seconds") == told.value("zhiban_oldest_waiting_case_seconds") == 780
    assert told.value("zhiban_oldest_overdue_timer_seconds") == 180
    assert [told.value("zhiban_audit_findings", kind=kind) for kind in ("timer_overdue", "unpaged")] == [1, 1]
    stage.waits(60)
    told = scrape()
    assert told.value("zhiban_cases_past_plan") == 1 and told.value("zhiban_oldest_unpaged_case_seconds") == 0


def test_without_a_pager_no_case_waits_for_its_page(stage: Stage, scrape: Scrape) -> None:
    """Else the alarm would never stop."""
    stage.desk.pagers = {}
    stage.hears(ZHAO, "人工")
    stage.clock.set(stage.now + timedelta(minutes=12))
    assert scrape().value("zhiban_oldest_unpaged_case_seconds") == 0


def test_a_counter_never_falls(stage: Stage, scrape: Scrape) -> None:
    """Not when the old is forgotten: Prometheus would take that for a restart and count all again."""
    stage.hears(XIAOLIN, QUESTION)
    stage.works()
    before = scrape()
    stage.clock.set(stage.now + timedelta(days=200))
    tidy(stage.desk)
    assert stage.outbox() == []
    after, fresh = scrape(), TestClient(internal_app(stage.desk, lambda: ""))
    for told in (after, Exposition(fresh.get("/metrics").text)):
        for family in before.families:
            for sample in family.samples if family.type == "counter" and family.name.startswith("zhiban") else ():
                assert told.value(sample.name, **sample.labels) >= sample.value, sample
    assert {f.name for f in after.families if f.type == "counter"} >= {"zhiban_messages", "zhiban_cases_opened"}


def test_counters_are_called_total_and_only_they(scrape: Scrape) -> None:
    """And what a process counts itself is called so, by name and by help."""
    for family in scrape().families:
        names = {sample.name for sample in family.samples}
        assert any(name.endswith("_total") for name in names) == (family.type == "counter" and bool(names)), family
        if family.name.startswith("zhiban_") and family.type in ("counter", "histogram"):
            own = "Of this process, from 0 at its start." in family.documentation
            assert own == family.name.startswith("zhiban_process_"), family.name


def test_the_audit_is_asked_once_a_minute_at_most(stage: Stage, scrape: Scrape) -> None:
    """However often it is scraped."""
    stage.hears(XIAOLIN, QUESTION)
    stage.clock.set(stage.now + timedelta(minutes=6))
    assert scrape().value("zhiban_audit_findings", kind="stuck") == 1
    stage.works()
    stage.clock.set(stage.now + timedelta(seconds=59))
    assert scrape().value("zhiban_audit_findings", kind="stuck") == 1
    stage.clock.set(stage.now + timedelta(seconds=1))
    assert scrape().value("zhiban_audit_findings", kind="stuck") == 0


def test_no_label_holds_a_person_words_or_what_a_vendor_wrote(stage: Stage, scrape: Scrape) -> None:
    """Codes that are none become `other`, and their number is bounded."""
    codes = iter([f"E{number}" for number in range(500)])

    def fail(message: OutboundMessage) -> None:
        raise SendFailed(Failure.PERMANENT, next(codes) if message.room else "小林 13800000000 <a href>", "太快了")

    stage.group.before_sending = stage.pager.before_sending = fail
    stage.asks_for_a_person(Person("zhang.san", "张三丰"))
    for _ in range(meters.MOST_CODES + 5):
        meters.vendor_error("desk", "temporary", next(codes))
    stage.works()
    told = scrape()
    assert told.value("zhiban_process_vendor_errors_total", channel="oncall", code="other", kind="permanent") >= 1
    assert len(told.labels("zhiban_process_vendor_errors_total")["code"]) <= 2 * (meters.MOST_CODES + 1)
    assert told.value("zhiban_process_vendor_errors_total", channel="desk", code="other") >= 5
    for word in ("zhang.san", "张三丰", "小林", "1380", "href", "太快了", "人工", "support", "IT支持群"):
        assert word not in told.text, word


@pytest.mark.parametrize("code", ["45009", "-1", "send.too.fast", "http-502", "ReadTimeout", "no-way"])
def test_a_code_stays_as_it_is(code: str) -> None:
    assert meters.clean_code(code) == code


@pytest.mark.parametrize("code", ["", "两个字", "a b", "x" * 81, 'a"b', "a\nb", "https://x/?key=1", "--1"])
def test_what_is_no_code_is_called_other(code: str) -> None:
    assert meters.clean_code(code) == "other"


def test_when_the_tables_cannot_be_read_the_rest_is_still_told(stage: Stage, scrape: Scrape) -> None:
    """A scrape that fails would look like a dead process."""
    with stage.desk.database.transaction() as session:
        session.execute(text("ALTER TABLE outbox RENAME TO gone"))
    told = scrape()
    assert told.value("zhiban_process_tables_readable") == told.value("zhiban_process_ready") == 0
    assert "zhiban_cases" not in told.names and "zhiban_process_sends_total" in told.names


def test_the_disk_is_told_where_there_is_a_file(stage: Stage, scrape: Scrape, postgres_database: Database) -> None:
    """SQLite only."""
    told = scrape()
    assert told.value("zhiban_database_free_bytes") > 0 and told.value("zhiban_database_bytes") > 4096
    stage.desk.database = postgres_database
    assert not {"zhiban_database_free_bytes", "zhiban_database_bytes"} & scrape().names
