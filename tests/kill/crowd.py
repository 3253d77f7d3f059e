"""Staff who write and engineers who take cases, each in threads of their own, for as long as a run lasts."""

import queue
import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.kill.book import Book
from tests.kill.pages import pages_in
from tests.kill.side import ROOMS, Person, Side
from tests.kill.talk import YOURS, Script, Turn, resolve, take

THREADS = 6
IN_PRIVATE = 0.2  # of the people who only ask
READS_SECONDS = 20.0  # how long an engineer waits for an answer before he turns to something else


class Staff:
    """People who come one after the other; how many may come is said with `release`."""

    def __init__(self, sides: Sequence[Side], book: Book, scripts: Sequence[Script], seed: int) -> None:
        self._sides, self._book = sides, book
        self._waiting: queue.SimpleQueue[tuple[int, Script] | None] = queue.SimpleQueue()
        self._scripts = list(enumerate(scripts))
        self._seed = seed
        self._open = len(scripts)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    @property
    def left(self) -> int:
        """How many have not come yet."""
        return len(self._scripts)

    def release(self, number: int) -> None:
        """Let so many more come."""
        for _ in range(min(number, self.left)):
            self._waiting.put(self._scripts.pop(0))

    def send_away(self) -> None:
        """Who has not come yet will not come."""
        with self._lock:
            self._open -= self.left
            self._scripts.clear()

    def done(self) -> bool:
        """Whether everybody has written everything, and it was accepted."""
        return self._open == 0

    def close(self) -> None:
        for _ in self._threads:
            self._waiting.put(None)

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            number, script = item
            rng = random.Random(f"{self._seed}-{number}")
            self._act(script, rng)
            with self._lock:
                self._open -= 1

    def _act(self, script: Script, rng: random.Random) -> None:
        side = rng.choice(self._sides)
        only_asks = all("单" not in turn.wants for turn in script)
        room = 0 if only_asks and rng.random() < IN_PRIVATE else rng.randint(1, ROOMS)
        person = side.newcomer(room)
        time.sleep(rng.uniform(0, 0.8))
        for turn in script:
            if self._book.send(side, person, turn).accepted_at is None:
                return
            time.sleep(rng.choice((0.0, 0.05, 0.5)))


class Engineers:
    """They look at the on-call groups; who is called takes the case, most times, and then resolves it, most times."""

    def __init__(self, sides: Sequence[Side], book: Book, seed: int, takes: float = 0.7) -> None:
        self._sides, self._book, self._seed, self._takes = sides, book, seed, takes
        self._seen: set[int] = set()
        self._left: list[tuple[Side, Person, int]] = []  # cases that nobody wants to take
        self._hands: dict[str, threading.Lock] = defaultdict(threading.Lock)  # one message at a time
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Take what is still left, so that nobody is called any more."""
        self._stop.set()
        self._thread.join()
        self._look()
        for side, person, case in self._left:
            self._pool.submit(self._send, side, person, take(case))
        self._pool.shutdown()

    def close(self) -> None:
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self._look()

    def _look(self) -> None:
        """Whoever is called first in a new page."""
        for side in self._sides:
            for line in side.lines():
                person = next((p for p in map(side.engineer, line.persons) if p), None)
                for case in {case for case, _ in pages_in(line)} - self._seen:
                    if person is not None:
                        self._seen.add(case)
                        self._decide(side, person, case)

    def _decide(self, side: Side, person: Person, case: int) -> None:
        rng = random.Random(f"{self._seed}-case-{case}")
        if rng.random() < self._takes:
            self._pool.submit(self._act, side, person, case, rng)
        else:
            self._left.append((side, person, case))

    def _act(self, side: Side, person: Person, case: int, rng: random.Random) -> None:
        time.sleep(rng.uniform(0, 0.3))
        self._send(side, person, take(case))
        if rng.random() < self._takes and self._is_told(side, person, YOURS.format(case=case)):
            time.sleep(rng.uniform(0, 0.3))
            self._send(side, person, resolve(case))

    def _send(self, side: Side, person: Person, turn: Turn) -> None:
        with self._hands[person.id]:
            self._book.send(side, person, turn)

    def _is_told(self, side: Side, person: Person, words: str) -> bool:
        """He reads the answer before he goes on."""
        deadline = time.monotonic() + READS_SECONDS
        while time.monotonic() < deadline and not self._stop.is_set():
            if any(words in line.text and person.id in line.persons for line in side.lines()):
                return True
            time.sleep(0.1)
        return False
