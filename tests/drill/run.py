"""The drill itself: events in the order of their time, the program awake whenever it would be."""

import heapq
import itertools
import json
import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app.core.library import Library
from app.documents import Invalid
from app.settings import load_settings
from app.store.vault import Vault
from tests.drill import duty, mischief
from tests.drill.clock import MachineClock, WorldClock
from tests.drill.crowd import Crowd
from tests.drill.evidence import Down, Evidence
from tests.drill.image import Image, Killed, impatient
from tests.drill.mischief import Mischief
from tests.drill.outside import Lock, Peek
from tests.drill.town import Town
from tests.drill.wire import Door, Wire

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)  # a Monday, half past eight in the morning in China
POLL = 0.5  # seconds between two looks of the worker at its tables
GAP = 45.0  # seconds between two faults, on average, while something is going on
MOST_ROUNDS = 60
BEAT = "beat"  # of the worker's loops the one that always runs


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be drilled."""

    database_url: str
    faults: int
    seed: int


class Drill:
    """`Drill(order, library, place).run()`; `place` is an empty folder."""

    def __init__(self, order: Order, library: Library, place: Path, tell: Callable[[int], None] = lambda done: None):
        self.order, self._library, self._place, self._tell = order, library, place, tell
        self.rng = random.Random(order.seed)
        self.clock = WorldClock(START)
        self.machine = MachineClock(self.clock)
        one_process = order.database_url.startswith("sqlite")
        self.evidence = Evidence(self.clock.now(), takeover=0.0 if one_process else duty.TAKEOVER)
        self._wire, self._door = Wire(self.clock), Door()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._image: Image | None = None
        self._down_since = self.clock.now()
        self._killed = False
        self._secret = Vault.new_key()
        self._policy = duty.POLICIES[0]
        self._dingtalk_first = False
        self._lock = Lock(order.database_url)
        self._peek = Peek(order.database_url)
        self.mischief = Mischief(self.rng, self.clock, self.evidence, self._running)
        self._roster_file = place / "roster.yaml"
        self._lock_bit = False
        self._told = 0
        self._acts: dict[str, Callable[[], None]] = {
            mischief.RESTART: self._restart,
            mischief.JUMP: self._jump,
            mischief.STEP: self._step_clock,
            mischief.ROSTER: self._edit_roster,
            mischief.LOCKED: self._lock_database,
            mischief.TWICE: self._deliver_again,
        }

    # -- the run ------------------------------------------------------------------------------------

    def run(self) -> Evidence:
        """Until as many faults as ordered have bitten, and then until nobody waits any more."""
        pool = logging.getLogger("sqlalchemy.pool")
        before = pool.level
        pool.setLevel(logging.CRITICAL)  # connections of a process that died are closed under its feet: no news
        try:
            return self._run()
        finally:
            pool.setLevel(before)

    def _run(self) -> Evidence:
        with Town(self.clock, self._door) as town:
            self._wire.town, self._wire.trouble, self._wire.image = town, self.mischief, self._running
            self._door.image = lambda: self._image
            self.town = town
            self.crowd = Crowd(self, town)
            self._roster_file.write_text(duty.roster(self.rng), encoding="utf-8")
            self._boot()
            self.crowd.open_the_doors()
            self._breathe()
            self.after(GAP, self._strike)
            while not (self.calm and self.crowd.idle):
                self._step()
            self._end()
            self.evidence.shown, self.evidence.repeats = town.shown, town.repeats
        return self.evidence

    @property
    def calm(self) -> bool:
        """No more faults, no more cases: what is open comes to its end."""
        return len(self.evidence.bites) >= self.order.faults

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something at a later moment."""
        heapq.heappush(self._events, (self.clock.now() + seconds, next(self._numbers), what))

    def _breathe(self) -> None:
        """The worker looks at its tables even where nothing is known to be due."""
        self.after(30.0 if self.crowd.busy else 300.0, self._breathe)

    def _step(self) -> None:
        """Go to the next moment at which something happens, and let it happen."""
        now, next_event = self.clock.now(), self._events[0][0]
        wake = self._wakes_at() if self._image else math.inf
        if wake < next_event:
            self.clock.advance(max(0.0, wake - now))
        else:
            self.clock.advance(max(0.0, next_event - now))
            heapq.heappop(self._events)[2]()
        self._work()
        self.crowd.look()
        if len(self.evidence.bites) != self._told:
            self._told = len(self.evidence.bites)
            self._tell(self._told)

    def _wakes_at(self) -> float:
        """When the worker next finds something to do. Read beside it: what it does not know of is never done."""
        due = self._peek.next(self.machine.now())
        return due.timestamp() - self.machine.skew + self.rng.uniform(0.0, POLL) if due else math.inf

    def _work(self) -> None:
        """What its loops do until they have nothing to do, in any order."""
        try:
            for _ in range(MOST_ROUNDS):
                if self._image is None or not self._round(self._image):
                    return
        except Killed:
            self.died()

    def _round(self, image: Image) -> bool:
        """One round of every loop that would find something; whether there may be more."""
        ready = self._peek.ready(self.machine.now())
        names = [name for name in image.rounds if name in ready or name == BEAT]
        self.rng.shuffle(names)
        busy = [image.round(name) for name in names]
        return any(busy)

    def _end(self) -> None:
        self.evidence.ended = self.clock.now()
        if self._image:
            self._image.stop()
        self._lock.close()
        self._peek.close()

    # -- the process ---------------------------------------------------------------------------------

    def _running(self) -> Image:
        assert self._image is not None, "asked for by the process itself"
        return self._image

    @property
    def is_up(self) -> bool:
        return self._image is not None

    def died(self) -> None:
        """It was killed: after a while it is started again, as a supervisor does."""
        image = self._running()
        image.bury()
        self.mischief.bit(mischief.KILL)
        self._gone(killed=True)

    def _gone(self, *, killed: bool) -> None:
        self._image, self._killed, self._down_since = None, killed, self.clock.now()
        most = 1200.0 if self.rng.random() < 0.1 else 20.0
        self.after(self.rng.uniform(0.5, most), self._boot)

    def look_after_the_process(self) -> None:
        """After it was called from outside: it may have died of that."""
        if self._image and self._image.dead:
            self.died()

    def _boot(self) -> None:
        if self._lock.held:  # it would wait five real seconds, and then be started again
            self.after(1.0, self._boot)
            return
        settings = duty.settings(self._policy, **self.town.settings(dingtalk_first=self._dingtalk_first)) | {
            "database_url": impatient(self.order.database_url),
            "data_dir": str(self._place),
            "roster_file": str(self._roster_file),
            "staff_file": str(self._place / "staff.yaml"),
            "secret_key": self._secret,
        }
        try:
            loaded = load_settings(json.dumps(settings), "zhiban.yaml", {})
            image = Image(loaded, self.machine, self._library, self._wire, self._was_locked)
        except Invalid:
            self.after(1.0, self._boot)  # the database is locked: the supervisor tries again
            return
        self._image = image
        now = self.clock.now()
        self.evidence.down.append(Down(self._down_since, now, self._killed))
        self.evidence.policies.append((now, self._policy))
        try:
            image.arrive()
        except Killed:
            self.died()
        except SQLAlchemyError:
            image.bury()
            self._image = None
            self.after(1.0, self._boot)

    # -- faults of the world around --------------------------------------------------------------------

    def _strike(self) -> None:
        """Something goes wrong, if there is anything that it could hurt."""
        if self.calm:
            self.mischief.calm()
            if self._image:
                self._image.spare()
            return
        hurts = self.is_up and self.crowd.busy
        self.after(self.rng.expovariate(1 / GAP) if hurts else GAP, self._strike)
        if not hurts:
            return
        kind = self.mischief.pick()
        try:
            self._acts[kind]() if kind in self._acts else self.mischief.arm(kind)
        except Killed:
            self.died()

    def _restart(self) -> None:
        self._running().stop()
        self.mischief.bit(mischief.RESTART)
        self._gone(killed=False)

    def _jump(self) -> None:
        """The machine stands still and goes on later: to the program it is a jump of the clock."""
        seconds = math.exp(self.rng.uniform(math.log(60.0), math.log(3 * 3600.0)))
        now = self.clock.now()
        self.clock.advance(seconds)
        self.evidence.down.append(Down(now, self.clock.now(), killed=False))
        self.mischief.bit(mischief.JUMP, f"{seconds / 60:.0f} 分钟")

    def _step_clock(self) -> None:
        """The machine's clock is set: some seconds back or forth, and right again the next time."""
        before = self.machine.skew
        self.machine.skew = 0.0 if before else self.rng.choice((-1, 1)) * self.rng.uniform(0.2, 1.5)
        self.mischief.bit(mischief.STEP, f"{self.machine.skew - before:+.1f} 秒")

    def _edit_roster(self) -> None:
        """Other people; sometimes a slip of the pen first; sometimes other waits, which ask for a restart."""
        good = duty.roster(self.rng)
        if self.rng.random() < 0.15:
            self._roster_file.write_text(good[:-20], encoding="utf-8")
            try:
                assert not self._running().reload_people(), "half a roster is none"
            finally:  # whatever becomes of the process, it could not start again with half a roster
                self._roster_file.write_text(good, encoding="utf-8")
        self._roster_file.write_text(good, encoding="utf-8")
        if self.rng.random() < 0.3:
            self._policy = self.rng.choice(duty.POLICIES)
            self._dingtalk_first = self.rng.random() < 0.5
            self._running().stop()
            self._gone(killed=False)
        else:
            self._running().reload_people()
        self.mischief.bit(mischief.ROSTER, f"等待 {self._policy.waits} 分钟")

    def _lock_database(self) -> None:
        self._lock.take()
        self._lock_bit = False
        self.after(self.rng.uniform(0.3, 2.5), self._lock.release)

    def _was_locked(self) -> None:
        if self._lock.held and not self._lock_bit:
            self._lock_bit = True
            self.mischief.bit(mischief.LOCKED)

    def _deliver_again(self) -> None:
        if self.crowd.deliver_again():
            self.mischief.bit(mischief.TWICE)
