"""The engineer's words: 接单 12, 解决 12 原因, 值班. Misspellings are forgiven, numbers may be glued on."""

import re
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import DamerauLevenshtein


class Verb(StrEnum):
    TAKE = "take"
    RESOLVE = "resolve"
    ON_DUTY = "on_duty"
    OPEN_CASES = "open_cases"
    MY_CASES = "my_cases"
    DECLARE = "declare"
    NEWS = "news"
    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Command:
    """`number` is None when the engineer named no case; `rest` is what follows, such as the reason.

    `exact` is False for a forgiven misspelling: “解压 7 个文件” comes as near to 解决 as a slip of the finger does.
    """

    verb: Verb
    number: int | None = None
    rest: str = ""
    exact: bool = True


_WORDS: dict[str, Verb] = {
    "接单": Verb.TAKE,
    "接手": Verb.TAKE,
    "我来处理": Verb.TAKE,
    "解决": Verb.RESOLVE,
    "已解决": Verb.RESOLVE,
    "关单": Verb.RESOLVE,
    "结单": Verb.RESOLVE,
    "值班": Verb.ON_DUTY,
    "谁值班": Verb.ON_DUTY,
    "我的单": Verb.MY_CASES,
    "待办": Verb.OPEN_CASES,
    "未结单": Verb.OPEN_CASES,
    "宣布故障": Verb.DECLARE,
    "大面积故障": Verb.DECLARE,
    "通报": Verb.NEWS,
    "并入": Verb.MERGE,
    "合并": Verb.MERGE,
    "拆出": Verb.SPLIT,
}
_FORM = re.compile(
    r"^(?P<word>[^\d\s#＃，,:：]{2,6})\s{0,5}[#＃]?(?P<number>\d{1,9})?(?:号|单)?[\s，,:：]{0,5}(?P<rest>.{0,500})$",
    re.S,
)
_NEEDS_NO_NUMBER = (Verb.ON_DUTY, Verb.OPEN_CASES, Verb.MY_CASES)
_NEEDS_NUMBER = ("已解决",)  # staff say it too, of their own problem


def parse_command(text: str) -> Command | None:
    """The command in `text`, or None when it is none. A word without a number must be exact."""
    match = _FORM.match(text.strip())
    if not match:
        return None
    word, number = match["word"], match["number"]
    verb = None if word in _NEEDS_NUMBER and not number else _WORDS.get(word)
    exact = verb is not None
    if verb is None and number:
        verb = _nearest(word)
    if verb is None or (verb in _NEEDS_NO_NUMBER and match["rest"].strip()):
        return None
    return Command(verb, int(number) if number else None, match["rest"].strip(), exact)


def _nearest(word: str) -> Verb | None:
    close = [verb for known, verb in _WORDS.items() if DamerauLevenshtein.distance(word, known) <= 1]
    return close[0] if len(set(close)) == 1 else None
