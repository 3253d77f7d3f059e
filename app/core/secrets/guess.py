"""Whether something written can be a password, by what it is made of and by how plainly it was announced."""

import re
from typing import NamedTuple

from app.core.secrets import cues, gaps, innocent
from app.core.secrets.kinds import Kind, Span

_A = re.ASCII
_MOST = 256  # characters of a token that are judged
TOKEN = re.compile(rf"[!-+\-./0-:<-~]{{1,{_MOST}}}+", _A)  # printable ASCII without comma and semicolon
_REST = re.compile(r"[!-+\-./0-:<-~]*+", _A)
_LETTER, _DIGIT, _NOT_DIGIT = re.compile(r"[A-Za-z]"), re.compile(r"[0-9]"), re.compile(r"[^0-9]")
_SYMBOL = re.compile(r"[@#!$%^&*?+=]")
_SPLIT = re.compile(r"[^a-z0-9]+")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])", _A)
_CLAUSE_END = re.compile(r"[ \t]*+(?:$|[，。,;；！!？?）)」』”\"'\n<]|(?:and|but|or|now)\b)", _A | re.IGNORECASE)
_TRAILING = "!?.:'\")>]}*"
_ENDINGS = ("ed", "ing", "ly", "n't")
_SHORTEST, _LONG = 4, 12
_PHRASE = 3  # words of correct-horse-battery
_DATE = 8  # digits


class Place(NamedTuple):
    """Where a secret may begin, and what stands between it and its announcing word."""

    text: str
    start: int
    gap: str
    english: bool

    @property
    def explicit(self) -> bool:
        return gaps.EXPLICIT.search(self.gap) is not None


def token_at(text: str, start: int) -> str:
    """What is written here without a blank, as far as it is judged."""
    match = TOKEN.match(text, start)
    return match.group() if match else ""


def password_at(text: str, start: int, token: str) -> Span:
    """All of a token that was judged to be a password, however long it is."""
    rest = _REST.match(text, start + len(token)) if len(token) == _MOST else None
    return Span(start, rest.end() if rest else start + len(token), Kind.PASSWORD)


def mixed(token: str) -> bool:
    """Letters and digits: nobody writes that by chance."""
    return bool(_LETTER.search(token) and _DIGIT.search(token))


def is_strong(token: str) -> bool:
    """Letters with digits or special characters that are no address, product or code."""
    bare = token.rstrip(_TRAILING)
    if innocent.CODE_OR_ADDRESS.match(token) or innocent.PRODUCT.fullmatch(bare):
        return False
    if len(token) <= _SHORTEST or innocent.HOST_OR_FILE.fullmatch(token):
        return False
    return mixed(token) or bool(_SYMBOL.search(bare) and _LETTER.search(bare))


def is_beyond_doubt(token: str) -> bool:
    """Letters, digits and a special character."""
    return cues.SPECIAL.search(token) is not None and mixed(token) and is_strong(token)


def is_password(token: str, place: Place) -> bool:
    """Whether `token` can be what was announced as a password."""
    if innocent.CODE_OR_ADDRESS.match(token):
        return False
    if mixed(token):
        return _is_mixed(token, place)
    if _DIGIT.search(token):
        return _is_number(token, place)
    return bool(_LETTER.search(token)) and _is_word(token, place)


def _is_mixed(token: str, place: Place) -> bool:
    bare = token.rstrip(_TRAILING)
    after = place.start + len(token)
    if innocent.PRODUCT.fullmatch(bare) and (not place.explicit or place.text[after : after + 1] > "\u2e80"):
        return False
    if place.explicit:
        return len(token) >= _SHORTEST - 1
    mention = token.startswith("@")
    return len(bare) >= _SHORTEST and not mention and not innocent.HOST_OR_FILE.fullmatch(token)


def _is_number(token: str, place: Place) -> bool:
    digits = _NOT_DIGIT.sub("", token)
    end = place.start + len(token)
    said = gaps.IS.search(place.gap) is not None
    if token.rstrip(_TRAILING).isdecimal():
        return _is_plain_number(digits, end, place, said=said)
    if _SYMBOL.search(token.rstrip(_TRAILING + "%")):
        return len(token) > _SHORTEST
    # A date, a range or ports look like this.
    return said and len(digits) >= 6 and not _ADDRESS.match(token) and not innocent.ENDS_THERE.match(place.text, end)


def _is_plain_number(digits: str, end: int, place: Place, *, said: bool) -> bool:
    if len(digits) <= _DATE and innocent.ENDS_THERE.match(place.text, end):
        return False
    if len(digits) <= _SHORTEST and innocent.UNIT.match(place.text, end):
        return False
    if len(digits) == 3:
        return said and digits[0] not in "245"  # with these begin a server's answers
    return len(digits) >= _SHORTEST


def _is_word(token: str, place: Place) -> bool:
    """Letters only: the hardest to tell, since what is wrong with a password is said in the same place."""
    bare = token.rstrip(_TRAILING).lower()
    parts = [part for part in _SPLIT.split(bare) if part]
    if len(bare) < _SHORTEST or token[0] == "@" or cues.LATIN.search(bare):
        return False
    if len(parts) >= _PHRASE and place.explicit and "." not in bare:
        return True
    if not innocent.WORDS.isdisjoint(parts):
        return False
    if _SYMBOL.search(bare):
        return len(bare) > _SHORTEST
    if not place.english and (place.explicit or (len(bare) >= _LONG and len(parts) == 1)):
        return True
    if place.english and not place.explicit:
        return False
    ends = _CLAUSE_END.match(place.text, place.start + len(token)) is not None
    return ends and not (len(parts) == 1 and bare.endswith(_ENDINGS))
