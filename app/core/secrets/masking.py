"""One text, masked: rounds of looking until nothing is found any more."""

import re

from app.core.secrets import keys, numbers, said
from app.core.secrets.kinds import MASK, Kind, Span

_ROUNDS = 4  # what is masked may bring two halves of another secret together
# Width does not matter for what a character is. Punctuation that ends a Chinese clause keeps its width, but for
# whoever types everything wide.
_WIDE = re.compile("[Ａ-Ｚａ-ｚ０-９]")
_ALL_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "，；"}
_NARROW = {code: narrow for code, narrow in _ALL_NARROW.items() if chr(code) not in "：？！（）"}
_BLANKS = (0x3000, 0xA0, 0x2002, 0x2003, 0x2005, 0x2009, 0x202F, 0x200B, 0x2060, 0xFEFF)
_NARROW |= dict.fromkeys(_BLANKS, 0x20)
_ALL_NARROW |= _NARROW


def mask(text: str) -> tuple[str, tuple[Kind, ...]]:
    """The text with every secret replaced by MASK, and of which kinds there were any; empty: none, text unchanged."""
    if not text:
        return text, ()
    kinds: set[Kind] = set()
    for _ in range(_ROUNDS):
        flat = text.translate(_ALL_NARROW if _WIDE.search(text) else _NARROW)
        lower = flat.lower()
        spans = [*numbers.find(flat, lower), *keys.find(flat, lower), *said.find(flat, lower)]
        if not spans:
            break
        kinds.update(span.kind for span in spans)
        text = _replaced(text, spans)
    return text, tuple(kind for kind in Kind if kind in kinds)


def _replaced(text: str, spans: list[Span]) -> str:
    """Spans that overlap become one mask."""
    parts, at = [], 0
    for start, end, _ in sorted(spans):
        if start >= at:
            parts += [text[at:start], MASK]
        at = max(at, end)
    return "".join([*parts, text[at:]])
