"""Answers that wait because a platform was away."""

from datetime import timedelta

from app.clock import new_id
from app.store.tables import OutboxRow
from tests.flows.stage import CHANNEL, Stage
from tests.people import MONDAY_NINE


def waiting_answer(number: int) -> OutboxRow:
    """One of many answers that could not be sent: two hundred rooms, ten people in each."""
    due = MONDAY_NINE + timedelta(seconds=number / 100)
    return OutboxRow(
        key=new_id(), channel=CHANNEL, way="reply", room=f"room{number % 200}", room_kind="group",
        person=f"p{number % 2000}", markdown=str(number), target=f"room{number % 200}", due_at=due, created_at=due,
    )  # fmt: skip


def in_order(stage: Stage, rows: int) -> bool:
    """Everything was said once, and to each person in the order in which it was written."""
    said: dict[str, list[int]] = {}
    for message in stage.group.sent:
        assert message.person is not None
        said.setdefault(message.person.id, []).append(int(message.markdown))
    return sum(map(len, said.values())) == rows and all(numbers == sorted(set(numbers)) for numbers in said.values())
