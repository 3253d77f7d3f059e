"""One run: people write, the server is killed again and again, and what the platforms logged is the evidence."""

import math
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.kill import moments
from tests.kill.book import Book
from tests.kill.crowd import Engineers, Staff
from tests.kill.evidence import Evidence, Kill
from tests.kill.house import House, house
from tests.kill.proxy import RoundRobin
from tests.kill.server import Server
from tests.kill.talk import scripts

FIRST_START_SECONDS = 4.0
SETTLE_SECONDS = 120.0  # for everything that is still promised at the end
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to be."""

    database_url: str
    messages: int
    kills: int
    seed: int
    replicas: int = 1
    linger: float = 3.0  # how long to look, at the end, whether something comes twice


@dataclass(frozen=True, slots=True)
class Run:
    """The evidence, and what the server's own side said that should not be there."""

    evidence: Evidence
    troubles: list[str]
    seconds: float


def run(plan: Plan, place: Path, tell: Tell = lambda _: None) -> Run:
    """Play the plan to its end."""
    began, book, rng = time.monotonic(), Book(), random.Random(plan.seed)
    with ExitStack() as stack:
        standing = stack.enter_context(house(place, plan.database_url, servers=plan.replicas))
        people = scripts(random.Random(plan.seed), plan.messages)
        staff = Staff(standing.sides, book, people, plan.seed)
        stack.callback(staff.close)
        stack.callback(book.given_up.set)
        first = _kill_the_first_start(standing, rng)
        usual = _open(standing, stack)
        engineers = Engineers(standing.sides, book, plan.seed)
        stack.callback(engineers.close)
        kills = [first, *_Killer(standing, book, staff, rng, usual, tell).kill(plan.kills - 1)]
        _settle(standing, staff, engineers, plan.linger)
        for side in (standing.wecom, standing.dingtalk):
            side.heal()
        unknown = standing.servers[0].metric("zhiban_outbox", by="way", state="unknown")
        codes = [server.stop() for server in standing.servers]
        troubles = [line for server in standing.servers for line in server.troubles()]
        troubles += [f"退出码 {code}" for code in codes if code]
        troubles += standing.wecom.violations()
        lines = [line for side in standing.sides for line in side.lines()]
    told = {way: int(number) for way, number in unknown.items()}
    evidence = Evidence(book.messages(), sorted(lines, key=lambda line: line.at), kills, told)
    return Run(evidence, troubles, time.monotonic() - began)


def _kill_the_first_start(standing: House, rng: random.Random) -> Kill:
    """While it makes its tables, say: the next start must find its way."""
    server = standing.servers[0]
    server.start()
    moments.await_start(rng, server, FIRST_START_SECONDS)
    return Kill(server.kill(), moments.STARTING)


def _open(standing: House, stack: ExitStack) -> float:
    """Start everything for the first time; how long a start takes here."""
    began = time.monotonic()
    for server in standing.servers:
        server.start()
    for server in standing.servers:
        server.wait_ready()
    if len(standing.servers) > 1:
        door = stack.enter_context(RoundRobin([server.url for server in standing.servers]))
        standing.connect(door.url)
    standing.verify()
    return time.monotonic() - began


def _settle(standing: House, staff: Staff, engineers: Engineers, linger: float) -> None:
    """Let everybody finish, then wait until the product has nothing more to do, then a little longer."""
    staff.release(staff.left)
    _await(staff.done)
    engineers.finish()
    _await(standing.servers[0].is_idle)
    time.sleep(linger)
    _await(standing.servers[0].is_idle)


def _await(condition: Callable[[], bool]) -> None:
    """What is not there by then is for the judge to miss."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)


class _Killer:
    """Ends a server at a moment, starts it again, and lets more people come."""

    def __init__(self, standing: House, book: Book, staff: Staff, rng: random.Random, usual: float, tell: Tell) -> None:
        self._house, self._book, self._staff, self._rng = standing, book, staff, rng
        self._usual, self._tell = usual, tell

    def kill(self, number: int) -> list[Kill]:
        """All kills of the run; afterwards every server is ready again."""
        kinds, killed = moments.kinds(self._rng, number), []
        for count, kind in enumerate(kinds):
            server = self._rng.choice(self._house.servers)
            if kind == moments.STARTING:
                moments.await_start(self._rng, server, self._usual)
            else:
                server.wait_ready()
                self._staff.release(math.ceil(self._staff.left / (number - count)))
                moments.await_moment(self._rng, kind, self._book, self._house.sides)
            killed.append(Kill(self._end(server), kind))
            self._again(server)
            self._tell(f"{count + 1}/{number} {kind}")
        for server in self._house.servers:
            server.wait_ready()
        return killed

    def _end(self, server: Server) -> float:
        at = server.kill()
        for side in self._house.sides:
            side.heal()
        return at

    def _again(self, server: Server) -> None:
        """Start it with whoever is on duty now: each engineer's pager has its turn."""
        self._house.write_roster(self._rng.choice((("zhang", "li"), ("li", "zhang"))))
        server.start()
