"""When to kill: at any moment, while it starts, just after a message came, just after something went out."""

import random
import time
from collections.abc import Callable, Sequence

from tests.kill.book import Book
from tests.kill.server import Server
from tests.kill.side import Side

STARTING, ANY, POSTING, SENDING, SLOW = "starting", "any", "posting", "sending", "slow"
_WEIGHTS = {STARTING: 1, ANY: 2, POSTING: 3, SENDING: 3, SLOW: 2}
PATIENCE = 2.0  # for the event that a moment is tied to
SLOW_SECONDS = 0.25  # a platform that shows at once and answers late: the outcome is surely unknown


def kinds(rng: random.Random, number: int) -> list[str]:
    """So many kinds of moments, each kind at least once where there is room."""
    drawn = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=number)
    must = [SLOW, POSTING, SENDING, ANY, STARTING][:number]
    return must + drawn[len(must) :]


def await_start(rng: random.Random, server: Server, usual: float) -> None:
    """Somewhere in a start that takes about `usual` seconds."""
    until = time.monotonic() + rng.uniform(0.05, 1.0) * usual
    while time.monotonic() < until and not server.is_ready():
        time.sleep(0.01)


def await_moment(rng: random.Random, kind: str, book: Book, sides: Sequence[Side]) -> None:
    """Come back at the moment at which to kill a server that is ready."""
    if kind == POSTING:
        _await_more(lambda: book.started)
        time.sleep(rng.uniform(0, 0.08))
    elif kind == SENDING:
        _await_more(lambda: sum(side.sent() for side in sides))
        time.sleep(rng.uniform(0, 0.004))
    elif kind == SLOW:
        for side in sides:
            side.slow(SLOW_SECONDS)
        _await_more(lambda: sum(side.sent() for side in sides))
        time.sleep(rng.uniform(0, SLOW_SECONDS / 2))
    else:
        time.sleep(rng.uniform(0, 1.5))


def _await_more(count: Callable[[], int]) -> None:
    before, deadline = count(), time.monotonic() + PATIENCE
    while count() == before and time.monotonic() < deadline:
        time.sleep(0.001)
