"""What people keep is swapped whole, or the old one stays and the log says why."""

from sqlalchemy import text
from structlog.testing import capture_logs

from app.core.library import Library
from app.core.roster import Roster
from app.core.staff import Staff
from app.documents import Fault, Invalid
from app.flows.reload import reload
from tests.flows.stage import Stage
from tests.people import ROSTER, XIAOLIN

ONLY_LI = ROSTER.model_copy(update={"people": ROSTER.people[1:], "shifts": (), "fallback": "li"})
NAMES = Staff(wecom={"sun": "孙工"})


def _broken() -> tuple[Roster, Staff]:
    raise Invalid([Fault("roster.yaml", 7, "fallback“li”不在 people 里")])


def test_a_good_roster_is_in_force_at_once(stage: Stage, library: Library) -> None:
    """The next page goes to whoever it names."""
    assert reload(stage.desk, read_library=lambda: library, read_people=lambda: (ONLY_LI, NAMES))
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    assert stage.paged == ["李工"]
    assert stage.desk.staff.name_of("wecom", "sun") == "孙工"


def test_a_fault_keeps_the_old_ones_and_is_logged_with_its_line(stage: Stage, library: Library) -> None:
    """Half a reload is none, even when the library was fine."""
    before = (stage.desk.library, stage.desk.roster)
    with capture_logs() as logs:
        assert not reload(stage.desk, read_library=lambda: library, read_people=_broken)
    assert (stage.desk.library, stage.desk.roster) == before
    assert [(log["file"], log["line"], log["reason"]) for log in logs] == [
        ("roster.yaml", 7, "fallback“li”不在 people 里")
    ]


def test_a_database_in_trouble_keeps_the_old_ones_and_is_logged(stage: Stage, library: Library) -> None:
    """Where the people stand in their rotation cannot be written down: a reload that says nothing would be believed."""
    before = (stage.desk.library, stage.desk.roster)
    with stage.desk.database.transaction() as session:
        session.execute(text("ALTER TABLE anchor RENAME TO gone"))
    with capture_logs() as logs:
        assert not reload(stage.desk, read_library=lambda: library, read_people=lambda: (ONLY_LI, NAMES))
    assert (stage.desk.library, stage.desk.roster) == before
    with stage.desk.database.transaction() as session:
        session.execute(text("ALTER TABLE gone RENAME TO anchor"))
    assert [(log["event"], log["reason"][:3]) for log in logs] == [("reload_refused", "数据库")]


def test_an_open_case_is_called_by_the_new_roster_with_its_old_waits(stage: Stage, library: Library) -> None:
    """Waits are stamped when it opens; the person is looked up when the step fires."""
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    reload(stage.desk, read_library=lambda: library, read_people=lambda: (ONLY_LI, NAMES))
    stage.waits(10)
    assert stage.paged == ["张工", "李工"]
