"""Which case an engineer means, and whether it is his to change."""

from sqlmodel import Session

from app.core.cases import CaseState
from app.core.commands import Command
from app.core.roster import Engineer
from app.flows.desk import Desk
from app.store import cases
from app.store.tables import CaseRow


def named(
    session: Session, desk: Desk, engineer: Engineer, command: Command, wanted: CaseState
) -> tuple[CaseRow | None, str]:
    """The case that is meant, else why there is none.

    Without a number only where one is waiting (to take), or one is in the engineer's own hands (for all the rest).
    """
    lines = desk.library.lines
    if command.number is not None:
        case = cases.get(session, command.number)
        missing = lines.command_no_such_case.format(number=command.number, engineer="", reason="", words="")
        return case, "" if case else missing
    mine = engineer.id if wanted is CaseState.TAKEN else ""
    open_cases = [
        case
        for case in cases.all_open(session)
        if case.state == wanted.value and case.engineer == mine and case.part_of is None
    ]
    if len(open_cases) == 1:
        return cases.get(session, cases.number_of(open_cases[0])), ""
    if not open_cases:
        return None, lines.command_nothing_open
    return None, lines.command_needs_number.format(open="、".join(str(case.id) for case in open_cases))


def may_change(desk: Desk, engineer: Engineer, case: CaseRow) -> bool:
    """Whoever has it or helps with it, a manager, and everybody while nobody has it."""
    mine = engineer.id in (case.engineer, *case.helpers)
    return not case.engineer or mine or desk.roster.is_manager(engineer.id)
