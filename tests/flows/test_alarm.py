"""What the audit finds beside the engine is raised: once, to those who keep the roster."""

from datetime import timedelta

from sqlalchemy import text

from app.flows.alarm import alarm
from tests.flows.duty import NORMAL, OFFICE, china, go_to, pages, with_roster
from tests.flows.stage import Stage
from tests.people import XIAOLIN


def _damage(stage: Stage, *statements: str) -> None:
    with stage.desk.database.transaction() as session:
        for statement in statements:
            session.execute(text(statement))


def test_a_case_whose_call_got_lost_is_raised_once(stage: Stage) -> None:
    """As if a fault of ours had eaten page and timer."""
    with_roster(stage)
    stage.asks_for_a_person(XIAOLIN)
    _damage(stage, "DELETE FROM timer", "DELETE FROM outbox WHERE way = 'page'")
    assert alarm(stage.desk) == 0, "what is younger than two minutes is still being done"
    stage.clock.set(stage.now + timedelta(minutes=3))
    assert alarm(stage.desk) == 2 and alarm(stage.desk) == 0
    stage.works()
    assert pages(stage, "巡查发现有事没人管") == ["王主管"]
    told = stage.pager.sent[-1].markdown
    assert "单开了却没呼到任何人：1" in told and "没人接的单丢了定时，不会再呼下一个：1" in told


def test_a_desk_that_works_raises_nothing(stage: Stage) -> None:
    """Nor does a case that waits for the office to open."""
    with_roster(stage, policies={"normal": {**NORMAL, "hours": OFFICE}})
    stage.asks_for_a_person(XIAOLIN)
    stage.waits(20)
    assert alarm(stage.desk) == 0
    go_to(stage, china(1, 9, "20:00"))
    stage.hears(XIAOLIN, "撤销")
    stage.asks_for_a_person(XIAOLIN)
    go_to(stage, china(1, 10, "12:00"))
    assert alarm(stage.desk) == 0


def test_a_timer_that_does_not_fire_is_raised(stage: Stage) -> None:
    """The loop hangs: somebody must know."""
    with_roster(stage)
    stage.asks_for_a_person(XIAOLIN)
    stage.works()
    stage.clock.set(stage.now + timedelta(minutes=8))
    assert alarm(stage.desk) == 1
