"""One person in two rooms has one case; it silences the desk only where it was opened."""

from app.core.message import Room, RoomKind
from tests.flows.stage import Stage
from tests.people import XIAOLIN, ZHANG

PRIVATE = Room(XIAOLIN.id, RoomKind.SINGLE)


def test_a_taken_case_does_not_silence_the_desk_in_another_room(stage: Stage) -> None:
    """In the group 张工 has it; in private a new question is answered."""
    number = stage.asks_for_a_person(XIAOLIN)
    stage.hears(ZHANG, f"接单 {number}")
    assert stage.hears(XIAOLIN, "邮箱爆了").action == "ignore"
    assert stage.hears(XIAOLIN, "邮箱爆了", room=PRIVATE).intents == ("quota.full",)


def test_the_case_is_settled_from_another_room(stage: Stage) -> None:
    """Wherever its owner says that it works."""
    stage.asks_for_a_person(XIAOLIN)
    assert stage.hears(XIAOLIN, "已解决", room=PRIVATE).action == "resolved"
    assert [case.state for case in stage.cases()] == ["resolved"]


def test_a_second_wish_for_a_person_joins_the_case_of_the_other_room(stage: Stage) -> None:
    """One open case a person."""
    number = stage.asks_for_a_person(XIAOLIN)
    assert f"单 {number} " in stage.hears(XIAOLIN, "人工", room=PRIVATE).reply
    assert len(stage.cases()) == 1
