"""The roster as a page and as a feed: what the plan says, and only for whom the address was given to."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar, Event

from app.clock import CHINA
from app.core.roster import Roster
from app.store.tables import CoverRow
from app.web.internal import internal_app
from tests.flows.duty import FIRST, PEOPLE
from tests.flows.stage import Stage


@pytest.fixture
def stage(sqlite_database, library) -> Stage:  # type: ignore[no-untyped-def]
    """A desk with two engineers who take turns by the week."""
    from app.core.escalation import by_order

    made = Stage(sqlite_database, library, by_order((10,), 0))
    made.desk.roster = Roster.model_validate({"people": PEOPLE, "rotations": [FIRST], "fallback": "wang"})
    return made


@pytest.fixture
def client(stage: Stage, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(internal_app(stage.desk, lambda: "")) as found:
        yield found


def test_the_page_shows_who_is_on_duty_and_what_lies_ahead(client: TestClient, stage: Stage) -> None:
    """With who covers, what is wrong, and how the month is shared out."""
    with stage.desk.database.transaction() as session:
        start, end = datetime(2026, 1, 6, tzinfo=CHINA), datetime(2026, 1, 7, tzinfo=CHINA)
        session.add(CoverRow(out="zhang", start=start, end=end, state="agreed", created_at=stage.now))
    page = client.get("/roster").text
    assert "<strong>张工（分机 8001）</strong>" in page and "李工替张工" in page
    assert "没有人值班，只有后备王主管" in page and "2026 年 1 月各人的时长" in page


def test_the_feed_is_found_by_its_secret_address_only(client: TestClient, stage: Stage) -> None:
    """Another's secret, a guess, somebody who is not there: all the same answer."""
    vault = stage.desk.vault
    mine = client.get(f"/calendar/li/{vault.address('calendar', 'li')}.ics")
    assert mine.headers["content-type"] == "text/calendar; charset=utf-8"
    events = [event for event in Calendar.from_ical(mine.content).walk() if isinstance(event, Event)]
    assert {str(event["SUMMARY"]) for event in events} == {"值班 李工"} and len(events) > 20
    assert client.get(f"/calendar/team/{vault.address('calendar', '')}.ics").status_code == 200
    for address in (
        f"zhang/{vault.address('calendar', 'li')}",
        f"li/{'0' * 40}",
        f"ghost/{vault.address('calendar', 'ghost')}",
        "li/十",
    ):
        assert client.get(f"/calendar/{address}.ics").status_code == 404


def test_a_case_page_tells_its_story(client: TestClient, stage: Stage) -> None:
    """Every call and what came of it."""
    from tests.people import XIAOLIN, ZHANG

    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.hears(ZHANG, "接单 1")
    stage.hears(ZHANG, "解决 1 重设了密码")
    page = client.get("/cases/1").text
    assert all(words in page for words in ("开单", "张工 呼叫", "张工 接单", "张工 解决 重设了密码"))
