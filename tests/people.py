"""The cast of the tests: who asks, who is on duty, who comes after, and somebody who passes by."""

from datetime import UTC, datetime

from app.core.layers import Shift
from app.core.message import Person, Room, RoomKind
from app.core.roster import Engineer, Roster

XIAOLIN = Person("xiaolin", "小林")  # asks
ZHAO = Person("zhao", "赵姐")  # asks too
PASSER_BY = Person("luren", "路人")
ZHANG = Person("zhang", "张工")  # on duty
LI = Person("li", "李工")  # second
WANG = Person("wang", "王主管")  # fallback

GROUP = Room("support", RoomKind.GROUP, "IT支持群")
PRIVATE = Room("xiaolin", RoomKind.SINGLE)
MONDAY_NINE = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # nine in the morning in China

_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
ROSTER = Roster(
    people=(
        Engineer(id="zhang", name="张工", mobile="13800000001", extension="8001"),
        Engineer(id="li", name="李工", mobile="13800000002", extension="8002"),
        Engineer(id="wang", name="王主管", mobile="13800000003"),
    ),
    shifts=(Shift.model_validate({"days": _DAYS, "from": "00:00", "to": "24:00", "who": ("zhang", "li")}),),
    fallback="wang",
)


def crowd(number: int) -> list[Person]:
    """So many colleagues of whom nothing is known but that they are not the same."""
    return [Person(f"staff{n}", f"同事{n}") for n in range(number)]
