"""Codes that are sent: “验证码 482913”, “301277 这是验证码”, “my OTP is 120 553”."""

import re
from collections.abc import Iterator

from app.core.secrets import gaps, innocent, ways
from app.core.secrets.kinds import Kind, Span

_A = re.ASCII
_CODE = re.compile(
    r"(?<![0-9A-Za-z])(?!(?:19|20)[0-9]{2}-|106[0-9])"  # a date; who sends it
    r"(?:[0-9]{4}[ \-][0-9]{4}|[0-9]{3}[ \-][0-9]{3}|[0-9]{2}(?:[ \-][0-9]{2}){1,3}|[0-9]{4,8}|[0-9](?: [0-9]){3,7})"
    r"(?![0-9A-Za-z])",
    _A,
)
_MIXED = re.compile(r"(?=[A-Za-z]{0,7}[0-9])(?=[0-9]{0,7}[A-Za-z])[A-Za-z0-9]{4,8}(?![!-~])", _A)
_LOOK_BACK = 72
_COUNTED = 4  # digits of a number that may count something
_USUAL = 6  # digits of a code


def code_around(text: str, cue: re.Match[str]) -> Iterator[Span]:
    """The code before the word that announces one, and the code after it."""
    before = gaps.CODE_BEFORE.search(text, max(0, cue.start() - _LOOK_BACK), cue.start())
    if before:
        yield Span(*before.span(1), Kind.CODE)
    gap = gaps.CODE.match(text, cue.end())
    assert gap is not None, "a gap may be empty"
    span = _code(text, gap.end(), letters=cue.lastgroup == "code") or _in_other_words(text, cue)
    if span:
        yield span


def _code(text: str, start: int, *, letters: bool) -> Span | None:
    match = _CODE.match(text, start)
    if match is None and letters:
        match = _MIXED.match(text, start)
        if match and (innocent.PRODUCT.fullmatch(match.group()) or innocent.CODE_OR_ADDRESS.match(match.group())):
            return None
    if match is None:
        end = ways.spoken(text, start)
        return Span(start, end, Kind.CODE) if end else None
    counts = len(match.group()) <= _COUNTED and innocent.UNIT.match(text, match.end())
    return None if counts else Span(*match.span(), Kind.CODE)


def _in_other_words(text: str, cue: re.Match[str]) -> Span | None:
    """“验证码短信里说是 482913”."""
    gap = None if "位" in cue.group() else gaps.FREE.match(text, cue.end())
    match = _CODE.match(text, gap.end()) if gap else None
    if gap is None or match is None or gaps.SOMETHING_ELSE.search(gap.group()):
        return None
    near = "，" not in gap.group() or len(match.group()) == _USUAL
    return Span(*match.span(), Kind.CODE) if near and gaps.SAYS_SO.search(gap.group()) else None
