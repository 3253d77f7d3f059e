"""Plays whole dialogs through the production flows, with a simulated clock and a database in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.clock import FixedClock
from app.core.delivery import Failure
from app.core.escalation import by_order
from app.core.library import Library
from app.core.message import (
    InboundMessage,
    MessageKind,
    OutboundMessage,
    Person,
    PictureRef,
    Room,
    RoomKind,
    Way,
)
from app.core.roster import Engineer, Roster
from app.documents import Fault, Invalid
from app.flows.deliver import deliver
from app.flows.desk import Desk
from app.flows.escalate import escalate
from app.flows.receive import receive
from app.lab.jsonl import read_objects
from app.store.database import Database
from app.store.vault import Vault

_START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # a Monday, nine in the morning in China
_NAME = "replay"


@dataclass
class _Group:
    """A group chat that keeps what was said in it."""

    platform: str = _NAME
    desk_name: str = "IT小助手"
    reply_grace: timedelta = timedelta()
    names_in_replies: bool = False
    single_use_addresses: bool = False
    said: list[str] = field(default_factory=list)

    def receive(self, request: RawRequest, now: datetime) -> Received:
        raise Rejected("replay")

    def passive_reply(
        self, request: RawRequest, message_id: str, said: OutboundMessage, now: datetime
    ) -> Response | None:
        return None

    def send(self, message: OutboundMessage, now: datetime) -> None:
        if message.way is not Way.PAGE:
            self.said.append(message.markdown)

    def idempotent(self, message: OutboundMessage) -> bool:
        return True

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return None

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        raise SendFailed(Failure.PERMANENT, "replay", "没有图片")

    def can_speak_later(self, room: str, single: bool) -> bool:
        return True


def replay_file(library: Library, path: Path) -> Iterator[dict[str, Any]]:
    """One result a turn, in the stable form of `design.md` 5. Raises Invalid naming the line."""
    vault = Vault(Vault.new_key())
    for number, dialog in read_objects(path):
        check_dialog(dialog, str(path), number)
        yield from replay_dialog(library, dialog, vault)


def check_dialog(dialog: dict[str, Any], file: str, line: int) -> None:
    """Raises Invalid, naming the line, unless it is a dialog that can be played."""
    turns = dialog.get("turns")
    if not isinstance(turns, list) or not isinstance(dialog.get("id"), str):
        raise Invalid([Fault(file, line, "每行要有 id 和 turns")])
    for index, turn in enumerate(turns):
        if not isinstance(turn, dict) or not {"t", "user", "text"} <= turn.keys():
            raise Invalid([Fault(file, line, f"第 {index} 轮要有 t、user 和 text")])
        if not isinstance(turn["t"], int | float) or isinstance(turn["t"], bool) or not 0 <= turn["t"] < 1e8:
            raise Invalid([Fault(file, line, f"第 {index} 轮的 t 要是秒数")])


def replay_dialog(library: Library, dialog: dict[str, Any], vault: Vault) -> Iterator[dict[str, Any]]:
    """All turns of one dialog, from an empty state."""
    group, clock = _Group(), FixedClock(_START)
    desk = _desk(library, dialog.get("engineers", []), group, clock, vault)
    SQLModel.metadata.create_all(desk.database.engine)
    try:
        for index, turn in enumerate(dialog["turns"]):
            group.said.clear()
            _let_time_pass(desk, clock, _START + timedelta(seconds=float(turn["t"])))
            receipt = receive(desk, _message(dialog["id"], index, turn, clock.now()))
            _deliver(desk)
            yield {
                "id": dialog["id"],
                "turn": index,
                "action": "answer" if receipt.action == "command" else receipt.action,
                "intents": list(receipt.intents),
                "reply": "\n\n".join(group.said),
                "incident": receipt.incident,
                "warn_secret": bool(receipt.warned),
            }
    finally:
        desk.database.close()


def _desk(library: Library, engineers: Sequence[str], group: _Group, clock: FixedClock, vault: Vault) -> Desk:
    people = tuple(Engineer(id=_id(name), name=name) for name in engineers) or (Engineer(id="duty", name="值班工程师"),)
    roster = Roster(people=people, shifts=(), fallback=people[0].id)
    return Desk(
        Database("sqlite://"),
        vault,
        clock,
        {_NAME: group},
        {"oncall": group},
        library,
        roster,
        by_order((10, 10, 15), 3),
    )


def _id(name: str) -> str:
    cleaned = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "_-") else "x" for ch in name.lower())
    return cleaned if cleaned[:1].isalpha() else f"e{cleaned}"


def _message(dialog: str, index: int, turn: dict[str, Any], now: datetime) -> InboundMessage:
    return InboundMessage(
        _NAME,
        f"{dialog}-{index}",
        Room(dialog, RoomKind.GROUP, "IT支持群"),
        Person(_id(str(turn["user"])), str(turn["user"])),
        MessageKind.TEXT,
        str(turn["text"]),
        now,
    )


def _let_time_pass(desk: Desk, clock: FixedClock, until: datetime) -> None:
    """Fire every timer at its own moment on the way to `until`."""
    while clock.now() < until:
        clock.set(min(until, clock.now() + timedelta(minutes=1)))
        while escalate(desk):
            pass
        _deliver(desk)


def _deliver(desk: Desk) -> None:
    while deliver(desk, "replay", [_NAME, "oncall"]):
        pass
