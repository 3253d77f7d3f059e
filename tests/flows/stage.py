"""A desk on a stage: people write, time passes, and everything that was said can be read."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlmodel import SQLModel, select

from app.channels.base import Picture, RawRequest, Received, Rejected, Response, SendFailed
from app.clock import FixedClock, new_id
from app.core.delivery import Failure
from app.core.escalation import Steps
from app.core.library import Library
from app.core.message import InboundMessage, MessageKind, OutboundMessage, Person, PictureRef, ReplyAddress, Room, Way
from app.flows.deliver import deliver
from app.flows.desk import Desk
from app.flows.escalate import escalate
from app.flows.receive import Receipt, receive
from app.store.database import Database
from app.store.tables import CaseRow, OutboxRow
from app.store.vault import Vault
from tests.people import GROUP, MONDAY_NINE, ROSTER

Row = TypeVar("Row", bound=SQLModel)
CHANNEL, PAGER, SECOND = "desk", "oncall", "second"


@dataclass
class Recorder:
    """A channel of the house that keeps what it is given, and fails when it is told to."""

    platform: str = "sandbox"
    desk_name: str = "IT小助手"
    reply_grace: timedelta = timedelta()
    names_in_replies: bool = False
    single_use_addresses: bool = False
    speaks_later: bool = True
    drops_repeats: bool = False
    limit: int | None = None
    sent: list[OutboundMessage] = field(default_factory=list)
    before_sending: Callable[[OutboundMessage], None] = lambda message: None
    picture: Picture | None = None
    passive: bool = True
    changeable: timedelta | None = None  # for so long a page can be changed, once

    def receive(self, request: RawRequest, now: datetime) -> Received:
        raise Rejected("recorder")

    def passive_reply(
        self, request: RawRequest, message_id: str, said: OutboundMessage, now: datetime
    ) -> Response | None:
        return Response(said.markdown.encode()) if self.passive else None

    def send(self, message: OutboundMessage, now: datetime) -> ReplyAddress | None:
        self.before_sending(message)
        self.sent.append(message)
        if self.changeable is None or message.way is not Way.PAGE:
            return None
        return ReplyAddress(f"code:{message.key}", now + self.changeable)

    def idempotent(self, message: OutboundMessage) -> bool:
        return self.drops_repeats

    def per_minute(self, message: OutboundMessage, now: datetime) -> int | None:
        return self.limit

    def fetch(self, picture: PictureRef, now: datetime) -> Picture:
        if self.picture is None:
            raise SendFailed(Failure.PERMANENT, "gone", "图片已过期")
        return self.picture

    def can_speak_later(self, room: str, single: bool) -> bool:
        return self.speaks_later

    def fails(self, failure: Failure, *, retry_after: timedelta | None = None) -> None:
        """From now on every send ends like this."""

        def fail(message: OutboundMessage) -> None:
            raise SendFailed(failure, "45009", "太快了", retry_after)

        self.before_sending = fail


class Stage:
    """The desk with its two recorders and a clock that the test moves."""

    def __init__(self, database: Database, library: Library, policy: Steps, *, two_pagers: bool = False) -> None:
        self.clock = FixedClock(MONDAY_NINE)
        self.group, self.pager, self.second_pager = Recorder(), Recorder(), Recorder()
        vault = Vault(Vault.new_key())
        channels, pagers = {CHANNEL: self.group}, {PAGER: self.pager}
        if two_pagers:
            pagers[SECOND] = self.second_pager
        self.desk = Desk(database, vault, self.clock, channels, pagers, library, ROSTER, policy)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def message(
        self,
        who: Person,
        text: str,
        *,
        room: Room = GROUP,
        kind: MessageKind = MessageKind.TEXT,
        pictures: int = 0,
        address: ReplyAddress | None = None,
    ) -> InboundMessage:
        """What reaches the desk when somebody writes to it now."""
        shots = tuple(PictureRef(f"shot-{i}") for i in range(pictures))
        made = InboundMessage(CHANNEL, new_id(), room, who, kind, text, self.now, shots)
        return replace(made, reply_address=address)

    def hears(self, who: Person, text: str, *, room: Room = GROUP) -> Receipt:
        """Somebody writes; what the desk does."""
        return receive(self.desk, self.message(who, text, room=room))

    def asks_for_a_person(self, who: Person) -> int:
        """Somebody is handed off; the number of the case."""
        assert self.hears(who, "人工").action == "handoff"
        return max(case.id or 0 for case in self.cases())

    def works(self) -> None:
        """The worker does all that is due now."""
        while escalate(self.desk) + deliver(self.desk, "worker", [CHANNEL, PAGER, SECOND]):
            pass

    def minute(self, seconds: int = 60) -> None:
        """So much later the worker does all that is due then."""
        self.clock.set(self.now + timedelta(seconds=seconds))
        self.works()

    def waits(self, minutes: float) -> None:
        """Time passes, with the worker awake every half minute; in a long wait every minute."""
        step = timedelta(minutes=1 if minutes >= 10 else 0.5)
        for _ in range(round(timedelta(minutes=minutes) / step)):
            self.clock.set(self.now + step)
            self.works()

    def cases(self) -> list[CaseRow]:
        return self._all(CaseRow)

    def case(self, number: int) -> CaseRow:
        return next(case for case in self.cases() if case.id == number)

    def outbox(self, way: Way | None = None) -> list[OutboxRow]:
        return [row for row in self._all(OutboxRow) if way in (None, row.way)]

    def _all(self, table: type[Row]) -> list[Row]:
        with self.desk.database.transaction() as session:
            rows = list(session.exec(select(table)).all())
        return sorted(rows, key=lambda row: row.model_dump()["id"])

    @property
    def said(self) -> list[str]:
        """What was said in the group."""
        return [message.markdown for message in self.group.sent]

    @property
    def paged(self) -> list[str]:
        """Who was called, in order."""
        names = {person.id: person.name for person in ROSTER.people}
        return [names[message.mentions[0].user_id] for message in self.pager.sent]


def killed(message: OutboundMessage) -> None:
    """The process dies in the middle of a send."""
    raise KeyboardInterrupt


def dies_while_sending(stage: Stage) -> None:
    """One round of the worker, killed at its first send."""
    with suppress(KeyboardInterrupt):
        deliver(stage.desk, "dead", [CHANNEL, PAGER])
