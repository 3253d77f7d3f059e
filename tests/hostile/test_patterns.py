"""No text makes a pattern, or a reader of texts, slow: eight times as much text takes about eight times as long.

Measured in processor time, in one run, and only believed when it shows three times in a row.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from app.channels.payload import LONGEST_TEXT
from app.channels.text import cut_bytes, cut_json, inert, plain, strip_mention
from app.core.codes import CodeTable, read_error
from app.core.commands import parse_command
from app.core.matching.normalise import codes_in, normalise
from app.core.secrets import mask
from app.logs import redact
from app.web.pages import render
from app.web.webhooks import too_deep
from tests.hostile.patterns import Found, all_patterns, hurtful
from tests.hostile.strategies import pieces

SMALL, TIMES = 500, 8
NOTICED = 0.008  # seconds; what is faster than this at the larger size is no danger
STEEPEST = 3.0 * TIMES  # a square would be TIMES * TIMES
PATTERNS = all_patterns()


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def grows_too_fast(small: Callable[[], object], large: Callable[[], object]) -> bool:
    """Whether the larger text takes far more than its share, time after time."""
    for _ in range(3):
        long = seconds(large)
        if long < NOTICED or long < STEEPEST * max(seconds(small), NOTICED / TIMES / 4):
            return False
    return True


def everything(found: Found, text: Any) -> Callable[[], object]:
    """All the ways in which the product uses the pattern."""
    pattern = found.pattern

    def work() -> None:
        for _ in () if found.anchored else pattern.finditer(text):
            pass
        pattern.match(text)
        pattern.fullmatch(text)

    return work


@pytest.mark.parametrize("found", PATTERNS, ids=[found.place for found in PATTERNS])
def test_a_pattern_takes_no_longer_than_its_text(found: Found) -> None:
    small, large = hurtful(found.pattern, SMALL), hurtful(found.pattern, SMALL * TIMES)
    for short, long in zip(small, large, strict=True):
        work = everything(found, long)
        slow = grows_too_fast(everything(found, short), work)
        assert not slow, f"{found.place} {found.pattern.pattern!r} 在这样的文字上越来越慢：{short[:40]!r}"


def test_the_patterns_are_really_found() -> None:
    """So that the test above cannot pass for want of anything to try."""
    places = {found.place.split(":")[0] for found in PATTERNS}
    assert {"app.core.secrets", "app.core.commands", "app.web.webhooks", "app.channels.text"} <= places | {
        place.rsplit(".", 1)[0] for place in places
    }
    assert len(PATTERNS) > 30


@pytest.mark.parametrize("bad", [r"\s*x\s*$", r"\d+mb", r"a.*b.*c"])
def test_a_pattern_that_grows_like_a_square_would_be_noticed(bad: str) -> None:
    found = Found("", re.compile(bad))
    pairs = zip(hurtful(found.pattern, SMALL), hurtful(found.pattern, SMALL * TIMES), strict=True)
    assert any(grows_too_fast(everything(found, short), everything(found, long)) for short, long in pairs)


EXPLODING = [
    (r"(a+)+$", 20),
    (r"(a|a)*b", 20),
    (r"(?:\w+\s?)+!", 20),
    (r"^(\d+)*[a-z]", 20),
    (r"(?:用|用的是|的|是)*!", 48),
]


@pytest.mark.parametrize(("bad", "size"), EXPLODING)
def test_a_pattern_that_explodes_would_be_noticed(bad: str, size: int) -> None:
    """These never end on a thousand characters; a few dozen show it."""
    found = Found("", re.compile(bad))
    pairs = zip(hurtful(found.pattern, size // 2), hurtful(found.pattern, size), strict=True)
    assert any(seconds(everything(found, long)) > 50 * seconds(everything(found, short)) for short, long in pairs)


NOTHING = CodeTable(source="没有", codes=(), prompts=())
READERS: dict[str, Callable[[str], object]] = {
    "mask": mask,
    "inert": inert,
    "plain": plain,
    "normalise": normalise,
    "codes_in": codes_in,
    "parse_command": parse_command,
    "render": render,
    "strip_mention": lambda text: strip_mention(text, ["IT小助手", "@@@@"]),
    "read_error": lambda text: read_error(NOTHING, text),
    "cut_bytes": lambda text: cut_bytes(text, len(text) // 2),
    "cut_json": lambda text: cut_json(text, len(text) // 2),
    "redact": lambda text: redact(None, "info", {"url": text}),
    "too_deep": lambda text: too_deep(text.encode()),
    "json": lambda text: too_deep(json.dumps(text).encode()),
}
TEXTS = [
    *pieces(
        "密码： pass 验证码： 6222 1 a @ http:// www. a. ** ` [ { ]( token= session=& 不是 、 😀 是 密码是a1b2c3，"
    ),
    *(
        "密码            ",
        "密码是 a1b2c3 ",
        "-----BEGIN PRIVATE KEY-----",
        "0x00000001 ",
        "550 5.7.1 ",
        "@IT小助手 ",
        "接单 1 ",
    ),
    *("# ", "- ", " ", "\n", '"', "\\", '\\"', "\u0301", "\u202e", "\ufdfa"),
]


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_reader_takes_no_longer_than_its_text(reader: Callable[[str], object]) -> None:
    """Up to the longest text that the doors let in."""
    small = LONGEST_TEXT // TIMES
    for piece in TEXTS:
        short, long = piece * (small // len(piece)), piece * (LONGEST_TEXT // len(piece))
        assert not grows_too_fast(lambda text=short: reader(text), lambda text=long: reader(text)), piece  # type: ignore[misc]
        assert seconds(lambda text=long: reader(text)) < 1, piece  # type: ignore[misc]
