"""What a platform's result code means for a line: one vocabulary for all platforms, one entry a code."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from app.channels.base import SendFailed
from app.core.delivery import Failure


class Kind(StrEnum):
    TEMPORARY = "temporary"  # nothing was said; the same call may work in a moment
    LOCKED = "locked"  # the target takes nothing for `wait`, whoever asks
    PERMANENT = "permanent"  # refused for good, by every way; a person must act
    GONE = "gone"  # this way is closed; another one to the same room may be open
    ROOM_GONE = "room-gone"  # nothing can be said in this room any more; the person may be reached elsewhere
    CREDENTIAL = "credential"  # that was refused, not the message: fetch another, try once more
    UNKNOWN = "unknown"  # it may have been said


_FAILURES = {
    Kind.TEMPORARY: Failure.TEMPORARY,
    Kind.LOCKED: Failure.TEMPORARY,
    Kind.UNKNOWN: Failure.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """`line` tells a person what it means and who has to do what."""

    kind: Kind
    line: str
    wait: timedelta | None = None


class Refused(SendFailed):
    """The platform answered, and what it said has a meaning of its own; `kind` tells whether another way is worth it.

    `detail` is what the platform adds for the person who has to act.
    """

    def __init__(self, code: str, meaning: Meaning, detail: str = "") -> None:
        line = f"{meaning.line}（{detail}）" if detail else meaning.line
        failure = _FAILURES.get(meaning.kind, Failure.PERMANENT)
        super().__init__(failure, code, line, meaning.wait, locks_target=meaning.kind is Kind.LOCKED)
        self.kind = meaning.kind


def unreadable(answer: Any) -> SendFailed:
    """For an answer without a result code: a gateway's. Only where it says that it refused, nothing was said."""
    if isinstance(answer, dict) and "status" in answer:
        return SendFailed(Failure.TEMPORARY, f"http-{answer['status']}", "平台的答复里没有结果代码，会自动重试")
    return SendFailed(Failure.UNKNOWN, "no-errcode", "平台的答复里没有结果代码，不知道有没有发出去")


def number(answer: Any, key: str) -> int | None:
    """A result code, which some gateways send as text; None where there is none."""
    value = answer.get(key) if isinstance(answer, dict) else None
    try:
        return int(value) if isinstance(value, int | str) and len(str(value)) < 20 else None
    except ValueError:
        return None
