"""Secrets that a word announces: “密码是 Abc@1234”, “验证码 482913”, “my password is …”, “token=…”.

For each announcing word (`cues.py`): what stands between (`gaps.py`), then whether what follows can be a secret
(`guess.py`). The less the words between say so, the more it has to look like one.
"""

import re
from collections.abc import Iterator

from app.core.secrets import cues, gaps, innocent, ways
from app.core.secrets.beside import beside_an_account, elsewhere, typed
from app.core.secrets.codes import code_around
from app.core.secrets.guess import Place, is_beyond_doubt, is_password, is_strong, mixed, password_at, token_at
from app.core.secrets.kinds import Kind, Span

_A = re.ASCII
_SPECIAL = "@#!$%^&*"
_ACCOUNT_HINTS = ("/", "@", "密", "口令")
_LEAD = re.compile(r"[!-~]{0,24}$", _A)
_KEY = re.compile(r"[\w+/=.\-~:%]{8,512}+", _A)
_KEY_REST = re.compile(r"[\w+/=.\-~:%]*+", _A)
_LOOK_BACK, _NEAR = 72, 12
_BIRTHDAY = 6  # digits


def find(text: str, lower: str) -> Iterator[Span]:
    """Everything in `text` that a word says to be a secret. `lower` is the text in lower case."""
    if any(hint in lower for hint in _ACCOUNT_HINTS):
        spans, text = beside_an_account(text)
        yield from spans
    if any(sign in lower for sign in _SPECIAL):
        yield from typed(text)
    announced = _cues(text, lower)
    if any(_kind(cue) is Kind.PASSWORD for cue in announced):
        yield from elsewhere(text)
    at = 0
    for cue in announced:
        if cue.start() < at:
            continue
        for span in _around(text, cue):
            yield span
            at = max(at, span.end)


def _cues(text: str, lower: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    for hints, pattern in ((cues.HAN_HINTS, cues.HAN), (cues.LATIN_HINTS, cues.LATIN)):
        if any(hint in lower for hint in hints):
            found += pattern.finditer(text)
    return sorted(found, key=re.Match.start)


def _kind(cue: re.Match[str]) -> Kind:
    return cues.KINDS[str(cue.lastgroup)]


def _around(text: str, cue: re.Match[str]) -> Iterator[Span]:
    kind = _kind(cue)
    if kind is Kind.CODE:
        return code_around(text, cue)
    gap = gaps.PASSWORD.match(text, cue.end())
    assert gap is not None, "a gap may be empty"
    named = kind is Kind.PASSWORD and gap.group().isspace()
    named = named and bool(gaps.AFTER_ACCOUNT.search(text, max(0, cue.start() - _LOOK_BACK), cue.start()))
    place = Place(text, gap.end(), "：" if named else gap.group(), str(cue.lastgroup).isupper())
    return _passwords(place, cue) if kind is Kind.PASSWORD else _key(place)


def _passwords(place: Place, cue: re.Match[str]) -> Iterator[Span]:
    """The one before the word, the one after it, and those that follow: “abc123也不行，是ABC123”."""
    text = place.text
    if text[cue.start() - 1 : cue.start()] in gaps.LAST_BEFORE and not gaps.NOT_AFTER.match(text, cue.end()):
        match = gaps.PASSWORD_BEFORE.search(text, max(0, cue.start() - _LOOK_BACK), cue.start())
        if match and (is_strong(match[1]) or (match[1].isdecimal() and len(match[1]) >= _BIRTHDAY)):
            yield Span(*match.span(1), Kind.PASSWORD)
    asked = not place.explicit and gaps.ASKED_FOR.search(text, max(0, cue.start() - _NEAR), cue.start())
    span = (None if asked else _password(place)) or _in_other_words(text, cue)
    between = gaps.NEXT_ENGLISH if place.english else gaps.NEXT
    while span:
        yield span
        chain = between.match(text, span.end)
        span = _another(Place(text, chain.end(), chain.group(), place.english)) if chain else None


def _password(place: Place) -> Span | None:
    text, start, gap, english = place
    end = ways.quoted(place) or (0 if english else ways.spoken(text, start)) or ways.grouped(place)
    if end:
        return Span(start, end, Kind.PASSWORD)
    token = token_at(text, start)
    if gap.endswith(">") and "</" in token:
        token = token[: token.index("</")]
    if token and is_password(token, place):
        return password_at(text, start, token)
    # The gap may have taken the first signs of the secret for its own.
    lead = _LEAD.search(gap)
    signs = lead.group().removeprefix(":").removeprefix("=") if lead else ""
    longer = place.explicit and signs and len(signs + token) > 4 and mixed(signs + token)
    if longer and not innocent.CODE_OR_ADDRESS.match(token):
        return password_at(text, start, token)._replace(start=start - len(signs))
    return None


def _in_other_words(text: str, cue: re.Match[str]) -> Span | None:
    """“密码前两天重新弄的是 Abc1234”: what is said between is not known, so that the secret has to be beyond doubt."""
    gap = gaps.FREE.match(text, cue.end())
    token = token_at(text, gap.end()) if gap else ""
    if gap is None or gaps.SOMETHING_ELSE.search(gap.group()) or not mixed(token) or not is_strong(token):
        return None
    sure = is_beyond_doubt(token) or gaps.SAYS_SO.search(gap.group())
    return password_at(text, gap.end(), token) if sure else None


def _another(place: Place) -> Span | None:
    token = token_at(place.text, place.start)
    if token.isdecimal():
        sure = len(token) > 1 and place.gap.rstrip().endswith(("加", "是", "成", "为", "->", "→"))
    else:
        sure = is_strong(token)
    return password_at(place.text, place.start, token) if sure else None


def _key(place: Place) -> Iterator[Span]:
    """A key is long and mixed; the more so the less was said before it."""
    match = _KEY.match(place.text, place.start) if place.gap else None
    if match is None or len(match.group()) < (8 if place.explicit else 12) or not mixed(match.group()):
        return
    if innocent.CODE_OR_ADDRESS.match(match.group()) or innocent.PRODUCT.fullmatch(match.group()):
        return
    rest = _KEY_REST.match(place.text, match.end())
    yield Span(match.start(), rest.end() if rest else match.end(), Kind.KEY)
