"""Everything that was logged while a story ran, as an operator would find it."""

import io
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from app import logs


class LogBook(io.TextIOBase):
    """A stream that several threads may write into."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        with self._lock:
            self._parts.append(text)
        return len(text)

    @property
    def text(self) -> str:
        with self._lock:
            return "".join(self._parts)

    def expect(self, fragment: str, within: float = 3.0) -> None:
        """Wait for the line: it is written after the table that a story looks at."""
        deadline = time.monotonic() + within
        while fragment not in self.text and time.monotonic() < deadline:
            time.sleep(0.01)
        assert fragment in self.text, f"日志里没有「{fragment}」：\n{self.text}"

    def expect_not(self, *fragments: str) -> None:
        for fragment in fragments:
            assert fragment not in self.text, f"日志里不该有「{fragment}」：\n{self.text}"


@contextmanager
def logbook() -> Iterator[LogBook]:
    """The product's own log configuration, written into a book; other libraries' records from INFO on as well."""
    book, before = LogBook(), structlog.get_config()
    handler, root = logging.StreamHandler(book), logging.getLogger()
    level, stderr = root.level, sys.stderr
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    sys.stderr = book
    logs.configure()
    try:
        yield book
    finally:
        sys.stderr = stderr
        structlog.configure(**before)
        root.setLevel(level)
        root.removeHandler(handler)
