"""Reads lines of the on-call group: which cases are called in them, and for which time."""

import re

from tests.kill.evidence import CUSTOM, ON_CALL, PUSH, Line

NAMES = {"zhanggong": "张工", "li01": "李工", "wangzg": "王主管"}  # who can be called, by the platforms' ids
_PAGE = re.compile(r"(?:第 (\d+) 次呼叫，前面还没人接。\s*)?【单 (\d+)】")


def pages_in(line: Line) -> list[tuple[int, int]]:
    """(case, step from 1) of each page in this line; several where they were sent together."""
    if line.room != ON_CALL or line.way not in (PUSH, CUSTOM):
        return []
    return [(int(case), int(step or 1)) for step, case in _PAGE.findall(line.text)]
