"""Chromium for the tests of the pages: Debian's own, told to stay at home."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-lcd-text",  # grey edges: screenshots stay small
)


def chromium() -> str:
    """Where the binary is; skips the test when there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("没有 Chromium：apt-get install chromium 之后再跑这组测试")
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser for the length of the block."""
    binary = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=binary, args=list(QUIET))
        try:
            yield running
        finally:
            running.close()
