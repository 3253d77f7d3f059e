"""One run of the program: the house as production builds it, driven round by round, that may die at any instruction."""

import re
import sys
from collections import defaultdict
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import httpx
from sqlalchemy import event, make_url

from app.channels.base import RawRequest, Response
from app.clock import Clock
from app.core.library import Library
from app.core.roster import Roster
from app.core.staff import Staff
from app.flows.reload import reload
from app.main import build
from app.settings import Settings
from app.store.roster import read_roster, read_staff
from app.web.webhooks import handle, ride

T = TypeVar("T")
APP = str(Path(__file__).resolve().parents[2] / "app")


class _Statements(dict[Any, Any]):
    """Compiled statements of all images. Each has a dialect of its own, all alike: SQLAlchemy's keys begin with it."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


_LOCKED = re.compile("database is locked|lock timeout")
# By the kind of database. A process that starts compiles all of them anew; five thousand of them need not.
_STATEMENTS: dict[str, _Statements] = defaultdict(_Statements)


def impatient(url: str) -> str:
    """The same database for one who does not wait in real time for a lock that simulated time will open."""
    if url.startswith("sqlite"):
        return url  # told to each connection
    address = make_url(url).update_query_dict({"options": "-clock_timeout=50ms"})
    return address.render_as_string(hide_password=False)


class Killed(BaseException):
    """The process ends here; nothing after it is done."""


class Image:
    """A running process. After `Killed` it is of no use but for `bury`."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        library: Library,
        network: httpx.BaseTransport,
        on_locked: Callable[[], None],
    ) -> None:
        """Boot. Raises Invalid where the database cannot be opened."""
        self.dead = False
        self.doomed = ""  # "commit-before", "commit-after", or nothing
        self._lines = 0  # of the program's own source, until it dies at one; 0: never
        self._on_locked = on_locked
        self._raw: dict[int, Any] = {}
        self._context = copy_context()
        self._house = build(settings, clock=clock, library=library, network=network)
        self._desk = self._house.desk
        engine = self._desk.database.engine
        engine.update_execution_options(compiled_cache=_STATEMENTS[engine.dialect.name])
        self._hears: dict[str, Callable[..., None]] = {
            "checkout": self._checked_out,
            "begin": self._begins,
            "commit": self._commits,
            "handle_error": self._failed,
        }
        for what, listener in self._hears.items():
            event.listen(engine, what, listener)
        self.rounds = self._house.worker.rounds

    # -- life ---------------------------------------------------------------------------------------

    def arrive(self) -> None:
        self.run(self._house.worker.arrive)

    def round(self, name: str) -> bool:
        """One round of one of the worker's loops. Raises Killed."""
        return self.run(lambda: self._house.worker.round(name))

    def webhook(self, name: str, raw: RawRequest) -> Response:
        """What the public listener does with a call. Raises Killed, SQLAlchemyError."""

        def listen() -> Response:
            answer, receipt, message = handle(self._desk, name, raw)
            if receipt and message:
                answer = ride(self._desk, name, raw, receipt, message) or answer
            return answer

        return self.run(listen)

    def reload_people(self) -> bool:
        """What SIGHUP does, but for the topics, which stay as they are."""
        desk, settings = self._desk, self._house.settings

        def people() -> tuple[Roster, Staff]:
            return read_roster(self._house.roster_file), read_staff(settings.staff_file)

        return self.run(lambda: reload(desk, read_library=lambda: desk.library, read_people=people))

    def stop(self) -> None:
        """End on purpose."""
        self.run(self._house.worker.leave)
        self._house.close()
        self._let_go()

    # -- death --------------------------------------------------------------------------------------

    def run(self, work: Callable[[], T]) -> T:
        """Do it as this process. Raises Killed when it dies on the way, however that was swallowed."""
        if self.dead:
            raise Killed
        before = sys.gettrace()
        if self._lines:
            sys.settrace(self._trace)
        try:
            result = self._context.run(work)
        finally:
            if sys.gettrace() is not before:
                sys.settrace(before)
        self.survives()
        return result

    def survives(self) -> None:
        """Raises Killed when it does not."""
        if self.dead or self.doomed == "dying":
            self.die()

    def die(self) -> None:
        self.dead = True
        raise Killed

    def die_after_lines(self, number: int) -> None:
        self._lines = number

    def spare(self) -> None:
        """It need not die after all."""
        self.doomed, self._lines = "", 0

    def bury(self) -> None:
        """What the system does for a dead process: its files and connections are closed, nothing is written."""
        self.dead = True
        for raw in self._raw.values():
            raw.close()
        self._desk.database.engine.dispose(close=False)
        right = self._desk.database._right
        if right:
            right.release()
        self._let_go()

    def _let_go(self) -> None:
        """SQLAlchemy's own caches keep the dialect, and with it whoever listens: the whole house."""
        for what, listener in self._hears.items():
            event.remove(self._desk.database.engine, what, listener)

    def _trace(self, frame: FrameType, what: str, _argument: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(APP) else None

    def _line(self, frame: FrameType, what: str, _argument: Any) -> Any:
        if what == "line":
            self._lines -= 1
            if self._lines <= 0:
                self.die()
        return self._line

    # -- its database ---------------------------------------------------------------------------------

    def _checked_out(self, raw: Any, _record: Any, _proxy: Any) -> None:
        self._raw[id(raw)] = raw
        if self._desk.database.is_sqlite:
            raw.execute("PRAGMA busy_timeout=0")  # as `impatient`

    def _begins(self, _connection: Any) -> None:
        self.survives()

    def _commits(self, _connection: Any) -> None:
        self.survives()
        if self.doomed == "commit-before":
            self.die()
        if self.doomed == "commit-after":
            self.doomed = "dying"

    def _failed(self, context: Any) -> None:
        if _LOCKED.search(str(context.original_exception)):
            self._on_locked()
