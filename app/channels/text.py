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
    """As much of `text` as takes at most `most` bytes as a JSON string: quotes and line feeds take two there."""
    if _json_bytes(text) <= most:
        return text
    fits, too_much = 0, min(most, len(text.encode())) + 1
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        if _json_bytes(cut_bytes(text, middle)) <= most:
            fits = middle
        else:
            too_much = middle
    return cut_bytes(text, fits)


def _json_bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode())


def strip_mention(text: str, names: Sequence[str]) -> str:
    """Take `@name` of the desk off (either sign, any place that ends the name), and blanks around.

    Never takes an arbitrary `@word` off: that could eat the first line of an error text.
    """
    for name in sorted(names, key=len, reverse=True):
        pattern = rf"[@＠]{re.escape(name)}(?=[{_SPACES}，,。.:：!！?？]|$|[^\w])|^[{_SPACES}]*[@＠]{re.escape(name)}"
        text = re.sub(pattern, " ", text)
    return text.strip(_SPACES)


_INERT = str.maketrans({"@": "＠", "<": "＜", ">": "＞", "[": "［", "]": "］", "`": "'", "*": "＊", "#": "＃"})
# What turns a line round or takes no room could make a page read otherwise than it is.
_UNSEEN = re.compile("[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# Clients make links of bare addresses, too. Between digits a full stop stays: that is how codes are written.
_LINKED = re.compile(r"(?<=\w)\.(?=[^\W\d])|(?<=[^\W\d])\.(?=\w)")


def inert(text: str) -> str:
    """What people wrote, made harmless for a page or a group: one line, no mention, no link, no Markdown."""
    line = " / ".join(part for part in _UNSEEN.sub("", text).splitlines() if part.strip())
    return _LINKED.sub("．", line.replace("](", "］（").replace("://", "：//")).translate(_INERT)


def plain(markdown: str) -> str:
    """Markdown as plain text, for platforms' kinds of message that show no Markdown."""
    return re.sub(r"^#{1,6} ", "", markdown.replace("**", "").replace("`", ""), flags=re.M)
