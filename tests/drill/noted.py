"""What the product logs as its own error while it is drilled. Everything else that it logs is dropped."""

import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

CRASHES = ("worker_error", "send_crashed")


@contextmanager
def crashes_noted(into: list[str]) -> Iterator[None]:
    """Inside, errors that a worker outlived are written into the list, with where they came from."""
    before = structlog.get_config()

    def note(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event["event"] in CRASHES:
            into.append(f"{event['event']}\n{traceback.format_exc(limit=-4)}")
        raise structlog.DropEvent

    structlog.configure(processors=[note])
    try:
        yield
    finally:
        structlog.configure(**before)
