"""Text as platforms want it: bytes counted in UTF-8, cut between characters, mentions of the desk taken off."""

import json
import re
import unicodedata
from collections.abc import Sequence

_SPACES = " \t\r\n\u2005\u00a0\u200b\u3000"


def cut_bytes(text: str, most: int, mark: str = "…") -> str:
    """`text` in at most `most` bytes of UTF-8, never inside a character; `mark` shows that something was cut."""
    if len(text.encode()) <= most:
        return text
    if most < len(mark.encode()):
        mark = ""
    room = max(0, most - len(mark.encode()))
    kept = text.encode()[:room].decode(errors="ignore")
    while kept and unicodedata.combining(kept[-1]):
        kept = kept[:-1]
    return kept + mark


def cut_json(text: str, most: int) -> str:
    """`text` cut so that it takes at most `most` bytes as a JSON string: quotes and line feeds take two there."""
    while (over := len(json.dumps(text, ensure_ascii=False).encode()) - most) > 0 and text:
        text = cut_bytes(text, max(0, len(text.encode()) - over))
    return text


def strip_mention(text: str, names: Sequence[str]) -> str:
    """Take `@name` of the desk off (either sign, any place that ends the name), and blanks around.

    Never takes an arbitrary `@word` off: that could eat the first line of an error text.
    """
    for name in sorted(names, key=len, reverse=True):
        pattern = rf"[@＠]{re.escape(name)}(?=[{_SPACES}，,。.:：!！?？]|$|[^\w])|^[{_SPACES}]*[@＠]{re.escape(name)}"
        text = re.sub(pattern, " ", text)
    return text.strip(_SPACES)


_INERT = str.maketrans({"@": "＠", "<": "＜", ">": "＞", "[": "［", "]": "］", "`": "'", "*": "＊", "#": "＃"})


def inert(text: str) -> str:
    """What staff wrote, made harmless for a page: no mention, no link, no Markdown."""
    return text.replace("](", "］（").translate(_INERT)


def plain(markdown: str) -> str:
    """Markdown as plain text, for platforms' kinds of message that show no Markdown."""
    return re.sub(r"^#{1,6} ", "", markdown.replace("**", "").replace("`", ""), flags=re.M)
