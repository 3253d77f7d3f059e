"""What was accepted and not done, found by plain SQL that shares nothing with the engine: neither code nor reasoning.

Each query gives number, channel, moment and code; none gives anybody's words. The same text runs on both databases.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, String, TextClause, bindparam, text

from app.store.database import UtcDateTime
from app.store.finding_queries import COUNTED, DIALECTS, LISTED, LOOKED_AT, QUERIES

SOON = timedelta(minutes=2)  # a page, a timer, a decision: what is younger is still being done
LATE = timedelta(minutes=5)  # a line: tried again and again by then
SILENT = timedelta(hours=4)  # an engineer has the case, the person wrote, nobody closed it
MOST = 1_000  # findings of one kind that are listed; all are counted
_COLUMNS: dict[str, Any] = {"number": Integer(), "channel": String(), "moment": UtcDateTime(), "code": String()}
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: what came in since `since`; what is still open, however old it is.

    `kept`: before it lines may have been forgotten. `engineers`: their ids on the platforms. `paging`: a pager is set.
    """

    now: datetime
    since: datetime
    kept: datetime
    engineers: Collection[str]
    paging: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """`number`: of the message, the line or the case. `code`: what was decided, or the platform's code."""

    kind: str
    number: int
    channel: str
    moment: datetime
    code: str


def find(connection: Connection, scope: Scope) -> list[Finding]:
    """Everything that is wrong, by kind, the oldest first; at most MOST of a kind."""
    found: list[Finding] = []
    for kind, query in QUERIES.items():
        statement = _bound(connection, LISTED.format(query=query, most=MOST), scope).columns(**_COLUMNS)
        for number, channel, moment, code in connection.execute(statement):
            found.append(Finding(kind, number, channel, moment, _code_of(code)))
    return found


def count(connection: Connection, scope: Scope) -> dict[str, int]:
    """How many there are of each kind; every kind is named."""
    return {kind: _number(connection, COUNTED.format(query=query), scope) for kind, query in QUERIES.items()}


def looked_at(connection: Connection, scope: Scope) -> dict[str, int]:
    """How much there was to look at: nothing found among nothing says little."""
    return {what: _number(connection, query, scope) for what, query in LOOKED_AT.items()}


def _number(connection: Connection, query: str, scope: Scope) -> int:
    return int(connection.execute(_bound(connection, query, scope)).scalar_one())


def _bound(connection: Connection, query: str, scope: Scope) -> TextClause:
    sql = query
    for piece, ours in DIALECTS[connection.dialect.name].items():
        sql = sql.replace(piece, ours)
    moments = {
        "since": max(scope.since, scope.kept),
        "kept": scope.kept,
        "soon": scope.now - SOON,
        "late": scope.now - LATE,
        "silent": scope.now - SILENT,
    }
    values = [bindparam(name, moment, type_=UtcDateTime()) for name, moment in moments.items()]
    values.append(bindparam("engineers", [*scope.engineers, ""], expanding=True))  # never empty: nobody is called ""
    values.append(bindparam("paging", int(scope.paging)))
    return text(sql).bindparams(*(value for value in values if f":{value.key}" in sql))


def _code_of(told: str) -> str:
    """The first word where it is a code: what follows is for people, and a platform's own text stays out."""
    word = (told or "").split(" ", 1)[0]
    return word if _CODE.fullmatch(word) else ""
