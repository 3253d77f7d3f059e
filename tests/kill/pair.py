"""Two replicas on one PostgreSQL behind a round-robin, with people on both platforms: what the tests play with."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.kill.book import Book
from tests.kill.evidence import Evidence, Kill, Message
from tests.kill.house import House, house
from tests.kill.on_dingtalk import DingTalkPost
from tests.kill.on_wecom import WeComPost
from tests.kill.proxy import RoundRobin
from tests.kill.server import Server
from tests.kill.side import ROOMS, Person, Side
from tests.kill.talk import Turn
from tests.kill.verdict import Verdict, judge

PATIENCE = 30.0


def until(what: str, condition: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait until `condition` holds; fail with `what`."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"等了 {within:g} 秒也没有等到：{what}"
        time.sleep(0.05)


@dataclass
class Pair:
    """Both are ready, nobody has said anything yet."""

    house: House
    door: RoundRobin
    book: Book = field(default_factory=Book)
    kills: list[Kill] = field(default_factory=list)
    rooms: int = 0

    @property
    def servers(self) -> Sequence[Server]:
        return self.house.servers

    def newcomer(self, side: Side) -> Person:
        """Somebody in the next group."""
        self.rooms += 1
        return side.newcomer(1 + self.rooms % ROOMS)

    def says(self, side: Side, turn: Turn, *, person: Person | None = None) -> Message:
        """Somebody new, or this person, writes; delivered through whatever address the platforms have."""
        return self.book.send(side, person or self.newcomer(side), turn)

    def arrives_twice(self, side: Side, turn: Turn) -> None:
        """The platform delivers the same message two times at the same moment; each replica gets one."""
        person = self.newcomer(side)
        began = time.time()
        post = self._twice_on_wecom(person, turn) if side is self.house.wecom else self._twice_on_dingtalk(person, turn)
        accepted = time.time() if post.accepted else None
        self.book.add(
            Message(post.id, side.platform, person.id, person.room, turn.text, turn.wants, began, accepted, 2)
        )

    def _twice_on_wecom(self, person: Person, turn: Turn) -> WeComPost:
        policy = self.house.wecom.bot.policy
        policy.copies, policy.at_once = 2, True
        try:
            return self.house.wecom.post(person, turn.text)
        finally:
            policy.copies, policy.at_once = 1, False

    def _twice_on_dingtalk(self, person: Person, turn: Turn) -> DingTalkPost:
        robot = self.house.dingtalk.robot
        url, robot.callback_url = robot.callback_url, ""  # the first delivery goes nowhere
        post = self.house.dingtalk.post(person, turn.text)
        robot.callback_url = url
        post.again_at_once(2)
        return post

    @property
    def alive(self) -> Server:
        """One that answers."""
        return next(server for server in self.servers if server.is_ready())

    def settle(self) -> None:
        """Wait until the product has nothing more to do, and a moment longer."""
        until("手头的事都做完", self.alive.is_idle)
        time.sleep(1.0)

    def verdict(self) -> Verdict:
        """Of everything so far; fails when a promise was broken or a log holds what should not be there."""
        lines = sorted((line for side in self.house.sides for line in side.lines()), key=lambda line: line.at)
        unknown = self.alive.metric("zhiban_outbox", by="way", state="unknown")
        told = {way: int(number) for way, number in unknown.items()}
        found = judge(Evidence(self.book.messages(), lines, self.kills, told))
        troubles = [line for server in self.servers for line in server.troubles()]
        assert not found.problems and not troubles and not self.house.wecom.violations(), (found, troubles)
        return found


@contextmanager
def pair(place: Path, database_url: str) -> Iterator[Pair]:
    """Start both at the same moment, put the door in front."""
    with house(place, database_url, servers=2, wait_minutes=30) as standing:
        for server in standing.servers:
            server.start()
        for server in standing.servers:
            server.wait_ready()
        with RoundRobin([server.url for server in standing.servers]) as door:
            standing.connect(door.url)
            standing.verify()
            yield Pair(standing, door)
