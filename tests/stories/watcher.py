"""A little watcher: counts who calls it, and answers as it is told. Its address is a secret."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Response

from tests.stories.house import serving

SECRET = "ping-me-7f3c9a"


@dataclass
class LittleWatcher:
    """`status`: what it answers. While `open` is not set it lets callers wait."""

    url: str = ""
    status: int = 200
    calls: int = 0
    waiting: int = 0
    open: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watching() -> Iterator[LittleWatcher]:
    """A watcher on loopback."""
    watcher, app = LittleWatcher(), FastAPI()
    watcher.open.set()

    @app.get(f"/{SECRET}")
    def ping() -> Response:
        watcher.waiting += 1
        watcher.open.wait(20)
        watcher.calls += 1
        return Response("OK", watcher.status, {"Location": "/elsewhere"})

    with serving(app) as address:
        watcher.url = f"{address}/{SECRET}"
        try:
            yield watcher
        finally:
            watcher.open.set()
