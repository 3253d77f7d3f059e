"""The house as a company runs it: a real server on loopback, a real worker, a real database."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI
from sqlmodel import SQLModel, col, select

from app.core.library import Library
from app.flows.roster_care import DAILY
from app.flows.tidy import tidy
from app.main import House, build
from app.settings import Settings
from app.store.tables import AuditRow, CaseRow, InboundRow, OutboxRow, PictureRow, TimerRow
from tests.platforms.wecom.server import QuickServer
from tests.stories.clock import HouseClock, StoryClock
from tests.stories.logbook import LogBook
from tests.stories.words import TOPIC

Row = TypeVar("Row", bound=SQLModel)
PATIENCE = 8.0  # real seconds that a story waits for anything
KEPT = (InboundRow, OutboxRow, CaseRow, PictureRow, TimerRow, AuditRow)


def eventually(what: str, condition: Callable[[], Any], within: float = PATIENCE) -> None:
    """Wait until `condition` holds; fail with `what`."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"等了 {within:g} 秒也没有等到：{what}"
        time.sleep(0.01)


@dataclass
class RunningHouse:
    """What a story may look at: the tables, the clock, the logs, and the public address."""

    house: House
    clock: StoryClock
    log: LogBook
    url: str

    @property
    def answer(self) -> str:
        """How the manual's answer to the stories' question begins."""
        return self.house.desk.library.guide(TOPIC).understanding[:12]

    def rows(self, table: type[Row]) -> list[Row]:
        """All rows, oldest first."""
        with self.house.desk.database.reading() as session:
            return list(session.exec(select(table).order_by(col(table.id))).all())  # type: ignore[attr-defined]

    def case(self, number: int = 1) -> CaseRow:
        return next(case for case in self.rows(CaseRow) if case.id == number)

    def said(self, way: str) -> list[OutboxRow]:
        """The outbox rows of one way: reply, room, page."""
        return [row for row in self.rows(OutboxRow) if row.way == way]

    def advance(self, *, seconds: float = 0, minutes: float = 0) -> None:
        """Let time pass for everybody, and let the worker look at the clock."""
        self.clock.advance(seconds + 60 * minutes)
        self.house.worker.nudge()

    def settle(self) -> None:
        """Wait until everything that is due by now has been done."""
        self.house.worker.nudge()
        eventually("手头的事都做完", self._is_idle)

    def _is_idle(self) -> bool:
        now = self.house.desk.clock.now()
        busy = any(row.state == "sending" or (row.state == "due" and row.due_at <= now) for row in self.rows(OutboxRow))
        return not busy and not any(timer.due_at <= now for timer in self.rows(TimerRow))

    def outcome(self, row_id: int | None, *states: str) -> OutboxRow:
        """Wait until that outbox row is in one of `states` with nothing more to do now."""
        eventually(f"发件 {row_id} 变成 {states}", lambda: self._row(row_id).state in states)
        return self._row(row_id)

    def failed_once(self, row_id: int | None) -> OutboxRow:
        """Wait until a first attempt has failed and the row waits for its next moment."""
        eventually(f"发件 {row_id} 等着重试", lambda: (row := self._row(row_id)).state == "due" and row.error)
        return self._row(row_id)

    def _row(self, row_id: int | None) -> OutboxRow:
        return next(row for row in self.rows(OutboxRow) if row.id == row_id)

    def tidy(self) -> None:
        """What the worker does every few minutes of real time."""
        tidy(self.house.desk)

    def counts(self) -> dict[str, int]:
        """How much is kept, by table; but for the daily look at the roster, which begins when it likes."""
        return {table.__name__: sum(getattr(row, "kind", "") != DAILY for row in self.rows(table)) for table in KEPT}

    def metrics(self) -> str:
        """What Prometheus would read, from the internal listener's application."""
        with serving(self.house.internal) as url, httpx.Client(trust_env=False) as client:
            return client.get(f"{url}/metrics").text


@contextmanager
def running(settings: Settings, clock: StoryClock, log: LogBook, library: Library) -> Iterator[RunningHouse]:
    """Build, serve, work; at the end stop all of it and look that nothing broke on the way."""
    house = build(settings, clock=HouseClock(clock), library=library)
    with serving(house.public) as url:
        house.worker.start()
        try:
            yield RunningHouse(house, clock, log, url)
        finally:
            house.close()
    log.expect_not("worker_error", "Traceback (most recent call last)")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """A real HTTP server for `app` on a free port."""
    # Named as TCP: asyncio turns Nagle off for such sockets only, and with it every answer takes 40 ms more.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = QuickServer(
        uvicorn.Config(
            app, loop="asyncio", lifespan="off", ws="none", log_config=None, access_log=False, proxy_headers=False
        )
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        eventually("服务起来", lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
