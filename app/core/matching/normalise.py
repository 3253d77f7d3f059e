"""Brings every way of writing to one: width, case, Traditional, mentions, addresses, codes.

All patterns are linear: no nested repetition, so that hostile text cannot make them slow.
"""

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

LIMIT = 2_000  # characters looked at; whoever pastes more has said enough by then

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；、）)】」]{1,300}", re.I)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII)
_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_MENTION = re.compile(r"@[^\s@,，。:：]{1,20}(?:[\s\u2005]|$)")
_OUTLOOK_CODE = re.compile(r"0x[0-9a-f]{8}", re.I)
_ENHANCED = re.compile(r"(?<![\d.])[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![\d.])")
_REPLY = re.compile(
    r"(?<![\d.:/\-])([2345][0-9][0-9])(?=[\s\-:,，。;；]|[^\x00-\x7f]|$)(?!\s{0,2}[元块人封个条兆天号点份台位楼mMgGkK])"
)
_SIZE = re.compile(r"(?<!\d)\d++(?:\.\d++)?\s{0,2}(?:mb|gb|kb|m|g|兆|个g|个多g)(?![a-z0-9])", re.I)
_NUMBER = re.compile(r"\d+(?:[.:]\d+)?")
_SPACE = re.compile(r"\s+")
# What the converter leaves, or maps to a neighbour of what people here say.
_AFTER_CONVERSION = (
    ("帐号", "账号"),
    ("帐户", "账户"),
    ("逾时", "超时"),
    ("联机", "连线"),
    ("网络上", "网上"),
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """What the matcher looks at. `text` is lower-case Simplified Chinese with places of addresses kept as words."""

    text: str
    codes: tuple[str, ...]


@functools.lru_cache(maxsize=1)
def _converter() -> tuple[Callable[[str], str], Callable[[str], str]]:
    import opencc

    return opencc.OpenCC("t2s").convert, opencc.OpenCC("tw2sp").convert


def simplify(text: str) -> str:
    """Traditional to Simplified, words included; Simplified text stays as it is."""
    plain, with_words = _converter()
    if plain(text) == text:
        return text
    return with_words(text)


def codes_in(text: str) -> tuple[str, ...]:
    """Error codes as written by mail programs and servers, lower-case, in order, each once."""
    found = [m.group().lower() for m in _OUTLOOK_CODE.finditer(text)]
    found += [m.group() for m in _ENHANCED.finditer(text)]
    found += [m.group(1) for m in _REPLY.finditer(text)]
    return tuple(dict.fromkeys(found))


def normalise(raw: str) -> Normalised:
    """One form for ranking. Never raises; looks at the first LIMIT characters only."""
    whole = raw[:LIMIT].encode("utf-8", "replace").decode()  # the converter takes no halves of characters
    text = unicodedata.normalize("NFKC", whole).lower()
    text = "".join(ch for ch in text if ch >= " " or ch in "\n\t")
    text = _URL.sub(" 网址 ", text)
    text = _MAIL.sub(" 某地址 ", text)
    text = _MENTION.sub(" ", text)
    codes = codes_in(text)
    text = _OUTLOOK_CODE.sub(" ", text)
    text = _IP.sub(" 某ip ", text)
    text = simplify(text)
    for before, after in _AFTER_CONVERSION:
        text = text.replace(before, after)
    text = _SIZE.sub(" 若干兆 ", text)
    text = _NUMBER.sub("0", text)
    return Normalised(_SPACE.sub(" ", text).strip(), codes)
