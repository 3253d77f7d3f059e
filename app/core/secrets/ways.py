"""The ways in which people write one secret: between quotation marks, in groups, in spoken words."""

import re

from app.core.secrets import innocent
from app.core.secrets.guess import Place, is_password, mixed, token_at

_A = re.ASCII
_I = re.ASCII | re.IGNORECASE
_OPENING = "\"'`“‘「『【[《（("
_CLOSING = dict(zip(_OPENING, ('"', "'", "`", '”“"', "’", "」", "』", "】", "]", "》", "）)", ")）"), strict=True))
_LONGEST_QUOTED = 128
_GROUP = re.compile(r" ?(?<![A-Za-z0-9])([A-Za-z0-9]{1,4})(?![!-~])", _A)
_MOST_GROUPS = 12
_FOURS = re.compile(r"[a-z]{4}(?: [a-z]{4}){3}(?![A-Za-z0-9])", _A)
# “六个8”, “大写A小写b一二三”, “三三零一九八”.
_HAN = "零〇一二三四五六七八九幺"
_CASE = re.compile("[大小][写寫]")
_SPOKEN = re.compile(
    rf"[{_HAN}](?:\s?[{_HAN}]){{3,19}}+"
    rf"|[两三四五六七八九十2-9][个個](?:[0-9a-z](?![0-9a-z])|[{_HAN}](?![样樣起直般定半月位]))"
    rf"(?:加?[一二两三四五六七八九十1-9][个個][0-9a-z{_HAN}]){{0,3}}"
    rf"|(?P<cased>(?=.{{0,20}}[大小][写寫])(?:[大小][写寫](?:字母)?的?[a-z](?![a-z])|[{_HAN}]"
    r"|感叹号|井号|艾特|下划线|横杠|星号|百分号|加|然后|后面|再|[a-z0-9@#!]++|、|\s){2,24}+)",
    _I,
)


def quoted(place: Place) -> int:
    """The end of a secret between the quotation marks that are open here; 0 when there is none."""
    text, start = place.text, place.start
    closing = _CLOSING.get(place.gap[-1:])
    if closing is None:
        return 0
    end = next((i for i in range(start, min(start + _LONGEST_QUOTED, len(text))) if not _inside(text[i], closing)), 0)
    if not end or text[end] not in closing:
        return 0
    inner = text[start:end]
    aside = ")" in closing and inner.isalpha()  # (temporary)
    if len(inner) < 3 or aside or not is_password(inner, place._replace(gap="=")):
        return 0
    goes_on = text[end] in "\"'`" and text[end + 1 : end + 2].isalnum()
    return end + len(token_at(text, end)) if goes_on else end


def _inside(sign: str, closing: str) -> bool:
    return sign not in closing and " " <= sign <= "~"


def spoken(text: str, start: int) -> int:
    """The end of a secret as one says it; 0 when there is none."""
    match = _SPOKEN.match(text, start)
    if match is None or innocent.UNIT.match(text, match.end()):
        return 0
    if match.lastgroup == "cased" and not _CASE.search(match.group()):
        return 0
    return start + len(match.group().rstrip())


def grouped(place: Place) -> int:
    """The end of a secret in short groups, “abc 123 XYZ” or “abcd efgh ijkl mnop”; 0 when there are no two."""
    text, groups, end = place.text, list[str](), place.start
    fours = _FOURS.match(text, end)
    if fours:
        return fours.end()
    while len(groups) < _MOST_GROUPS and not place.english:
        group = _GROUP.match(text, end)
        if group is None or _is_something(text, group):
            break
        groups.append(group[1])
        end = group.end()
    digits = place.explicit and all(map(str.isdecimal, groups))
    return end if len(groups) > 1 and (digits or mixed("".join(groups))) else 0


def _is_something(text: str, group: re.Match[str]) -> bool:
    known = group[1].lower() in innocent.WORDS or innocent.MAIL_NUMBER.fullmatch(group[1])
    return bool(known or innocent.PRODUCT.fullmatch(group[1]) or innocent.UNIT.match(text, group.end()))
