"""The engineer's words: 接单 12, 转交 12 李工, 请假 下周三. Misspellings are forgiven, numbers may be glued on."""

import re
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import DamerauLevenshtein

from app.core.calendar.dates import begins_with_day


class Verb(StrEnum):
    TAKE = "take"
    RESOLVE = "resolve"
    HAND_OVER = "hand_over"
    TAKE_BACK = "take_back"
    ADD = "add"
    WORKING = "working"
    REOPEN = "reopen"
    DETAIL = "detail"
    TEACH = "teach"
    OPEN_CASES = "open_cases"
    MY_CASES = "my_cases"
    DECLARE = "declare"
    NEWS = "news"
    MERGE = "merge"
    SPLIT = "split"
    ON_DUTY = "on_duty"
    PRESENT = "present"
    HAND_OFF_SHIFT = "hand_off_shift"
    LEAVE = "leave"
    SWAP = "swap"
    COVER = "cover"
    AGREE = "agree"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Command:
    """`number` is None when the engineer named no case; `rest` is what follows, such as the reason, a name, a day.

    `exact` is False for a forgiven misspelling: “解压 7 个文件” comes as near to 解决 as a slip of the finger does.
    """

    verb: Verb
    number: int | None = None
    rest: str = ""
    exact: bool = True


# What may follow a word: the number of a case or a request; a day; nothing.
NUMBERED = {
    "接单": Verb.TAKE,
    "接手": Verb.TAKE,
    "我来处理": Verb.TAKE,
    "解决": Verb.RESOLVE,
    "已解决": Verb.RESOLVE,
    "关单": Verb.RESOLVE,
    "结单": Verb.RESOLVE,
    "转交": Verb.HAND_OVER,
    "转单": Verb.HAND_OVER,
    "收回": Verb.TAKE_BACK,
    "加人": Verb.ADD,
    "在弄": Verb.WORKING,
    "处理中": Verb.WORKING,
    "重开": Verb.REOPEN,
    "详情": Verb.DETAIL,
    "教它": Verb.TEACH,
    "通报": Verb.NEWS,
    "并入": Verb.MERGE,
    "合并": Verb.MERGE,
    "拆出": Verb.SPLIT,
    "同意": Verb.AGREE,
    "不行": Verb.REFUSE,
    "销假": Verb.WITHDRAW,
    "取消换班": Verb.WITHDRAW,
}
FREE = {
    "宣布故障": Verb.DECLARE,
    "大面积故障": Verb.DECLARE,
    "请假": Verb.LEAVE,
    "换班": Verb.SWAP,
    "替班": Verb.COVER,
    "谁能替我": Verb.COVER,
}
ALONE = {
    "值班": Verb.ON_DUTY,
    "谁值班": Verb.ON_DUTY,
    "我的单": Verb.MY_CASES,
    "待办": Verb.OPEN_CASES,
    "未结单": Verb.OPEN_CASES,
    "在岗": Verb.PRESENT,
    "到岗": Verb.PRESENT,
    "交班": Verb.HAND_OFF_SHIFT,
}
_ALL = NUMBERED | FREE | ALONE
_NEEDS_NUMBER = ("已解决", "不行", "同意", "处理中")  # staff say them too, of their own problem
_FORM = re.compile(r"^(?P<word>[^\d\s#＃，,:：]{2,6})(?P<said>.{0,600})$", re.S)
_SAID = re.compile(r"^\s{0,5}[#＃]?(?P<number>\d{1,9})?(?:号|单)?[\s，,:：]{0,5}(?P<rest>.{0,500})$", re.S)
_WHO_CAN = re.compile(r"^(?P<when>.{2,24}?)谁(?:能|可以|来)?替(?:一下)?我[？?。]?$")
_WHO_THEN = re.compile(r"^(?P<when>.{2,12}?)谁值班[？?。]?$")


def parse_command(text: str) -> Command | None:
    """The command in `text`, or None when it is none. A word without a number must be exact."""
    text = text.strip()
    for form, verb in ((_WHO_CAN, Verb.COVER), (_WHO_THEN, Verb.ON_DUTY)):
        if (match := form.match(text)) and begins_with_day(match["when"]):
            return Command(verb, None, match["when"].strip())
    for word, verb in (FREE | ALONE).items():  # “请假明天”: a day may be glued on
        if text.startswith(word) and begins_with_day(text[len(word) :]):
            return Command(verb, None, text[len(word) :].strip(" ，,:："))
    match = _FORM.match(text)
    return _read(match["word"], match["said"]) if match else None


def _read(word: str, said: str) -> Command | None:
    if word in FREE or word in ALONE:
        rest = said.strip(" ，,:：。！!？?")
        return None if rest and word in ALONE else Command(_ALL[word], None, rest)
    match = _SAID.match(said)
    if match is None or (word in _NEEDS_NUMBER and not match["number"]):
        return None
    verb = NUMBERED.get(word) or (_nearest(word) if match["number"] else None)
    if verb is None:
        return None
    return Command(verb, int(match["number"]) if match["number"] else None, match["rest"].strip(), word in NUMBERED)


def _nearest(word: str) -> Verb | None:
    close = {verb for known, verb in NUMBERED.items() if DamerauLevenshtein.distance(word, known) <= 1}
    return close.pop() if len(close) == 1 else None
