"""@-mentions: how clients insert them, and which ones the platform recognises."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

THIN_GAP = "\u2005"
_EDGE = rf"(?=[ {THIN_GAP}\n]|$)"
_USERID = re.compile(r"<@([^<>@\s]+)>")


@dataclass(frozen=True)
class MentionStyle:
    """Where the client puts the mention and which characters it uses."""

    sign: str = "@"
    gap: str = " "
    at_end: bool = False

    def insert(self, names: Iterable[str], text: str) -> str:
        marks = [self.sign + name for name in names]
        if not marks:
            return text
        if self.at_end:
            return self.gap.join([text, *marks])
        return self.gap.join([*marks, text])


FRONT = MentionStyle()
END = MentionStyle(at_end=True)
FULL_WIDTH = MentionStyle(sign="＠")
THIN_SPACE = MentionStyle(gap=THIN_GAP)
END_FULL_WIDTH = MentionStyle(sign="＠", gap=THIN_GAP, at_end=True)


def mentions(text: str, name: str) -> bool:
    """Whether `text` carries @name, ended by a space, U+2005 or the end (assumption MENTION_EDGE)."""
    return re.search(rf"[@＠]{re.escape(name)}{_EDGE}", text) is not None


def bracketed_userids(text: str) -> list[str]:
    """The ids of every `<@userid>` in a push or app text."""
    return _USERID.findall(text)


def show_bracketed(text: str, names: dict[str, str]) -> str:
    """Replace `<@userid>` of known members by @显示名, and leave the others as they stand."""

    def shown(match: re.Match[str]) -> str:
        name = names.get(match.group(1))
        return f"@{name}" if name else match.group(0)

    return _USERID.sub(shown, text)
