"""What words refer to that do not say it themselves: the topic at hand, what others have, what was corrected."""

import re

from app.core.conversation import Conversation
from app.core.library import Library, judge_text
from app.core.matching.ranking import Action, Decision
from app.core.secrets import MASK
from app.core.steps import ALIKE, shared

_ASKS = re.compile(r"怎么|怎样|如何|咋|哪|多少|多久|什么|啥|谁|几[个点号分]|吗|呢|不[?？]?$|[?？]")
_INSISTS = re.compile(
    r"还是|仍|依旧|依然|照样|照旧|老样子|又(?![能好可行])|没用|不管用|没变|没反应|不行|试过|试了|失效|无效|不对"
)
_ENDS_ASKING = re.compile(r"(?:吗|呢|行不行|可不可以|[?？])[?？]?$")
_TELEPHONE = re.compile(r"电话|分机|热线|联系方式|手机号|座机")
_TELEPHONE_ASKED = re.compile(r"哪|多少|几|什么|啥|呢|吗|有没有|给|发|告诉|\?|？")
_SHORT_QUESTION = 16  # characters; who writes more about a telephone tells a story
_SHORT_POINTER = 8
_POINTS = re.compile(r"[这图屏]|截|如下|看一?下|[发给]你")
_CHECKED = re.compile(
    r"(?:看|查|试|找|翻|清|删|核对|检查|重启|重装|换|改|关|退|登|点|弄|设|加|刷新|清空)(?:过|完|了|好了|一遍|几遍)"
)
_COMPLAINS = re.compile(
    r"还|又|仍|但|却|可是|不[了上到开出进动行能]|没[法有收到反]|无法|失败|报错|提示|弹|错误|打不|收不|发不|登不|卡"
)
_SHORT_REPORT = 14
_CORRECTION = re.compile(r"不是.{1,16}?[，,。；;、 ]{0,3}(?:而|其实|应该)?是(.{1,40})$", re.S)
# Words that say how it ended; “太好了” and “好了吗” do not.
_OUTCOME = re.compile(
    r"(?<!太)好了|解决了|可以了|能\w{1,6}了|能用|正常了|恢复了|搞定|搞掂|通了|没事了|(?:^|[，,。！!\s也就都])不用了|不用来了|没问题了|好使|好用了"
    r"|可以\w{1,4}了|找到了|出来了|进来了|刷出来|行了|(?:连|登|发|进|打|传)(?:上|进去|出去|出来|开|成功)了|(?i:ok)了"
)
# Words that may tell how it ended, or a step on the way; words that call it off.
_MAY_BE_OVER = re.compile(r"[来到出开上通成好进去过有]了|搞[定掂]|秒到|完事|yyds|(?i:ok|work|fixed|solved|done)")
_CALLED_OFF = re.compile(r"撤|不用|算了|取消|不麻烦|不必|别")
# Something was done on the way; how it ended is another matter.
_STEP_DONE = re.compile(r"(?:[批录填报交设装签写存改]|登记|申请|提交|设置|安装|下载|压缩|备份|审批|导出)好了")
_NOT_YET = re.compile(r"还|又|仍|但|却|可是|不行|不能|没好|没用|[吗没呢][?？]?$|[?？]")
_BORDER = re.compile(r"[，,。！!；;\n]+")
_HOW_LONG = re.compile(r"多久|多长时间|几点|什么时候|啥时候|几时|何时")
_PREFACE = ("ack", "withdraw")
NEW_MATTER = "other"  # the label of a reply that is none
_BESIDES = re.compile(r"(?:另外|还有|对了|顺便|另)[，,：: ]*")
_LIKELY = 0.6
_CLEARLY, _HEARD_AT_ALL = 4.0, 0.005  # so many times likelier than the other; what is less likely was not named
_AND_THAT = re.compile(
    r"(?:(?:那|还有)([^，,。；;！!\s]{2,10}?)(?:那个|的|那边)?|(?:^|[，,。！!\s])([^，,。；;！!\s]{2,10}?)(?:那个|那边))呢[?？]?$"
)
_NUMBERED = re.compile(r"第([一二12])个")
_A_TIME = re.compile(r"分钟|小时|\d ?天")
_BOTH = re.compile(r"都|两|全|一起")
_PIECE = re.compile(r"[，,。；;！!？?\s]+")
NOTHING_NEW = 0.3  # a confidence that names no other problem either
ME_TOO = "metoo"
_ALSO = re.compile(r"也|一样|同样|同问")


def asks_for_telephone(text: str) -> bool:
    """Whether the text asks whom to ring, and nothing else."""
    asked = _TELEPHONE.search(text) and _TELEPHONE_ASKED.search(text)
    return bool(asked) and len(text) <= _SHORT_QUESTION


def points_at_picture(text: str) -> bool:
    """“就是这个”: of a picture that comes with it, the words say nothing more."""
    return len(text) <= _SHORT_POINTER and bool(_POINTS.search(text)) and "不" not in text


def reports_a_check(text: str) -> bool:
    """“垃圾箱他也看了”: something was done as told, and no more is said."""
    told = _CHECKED.search(text) and not _COMPLAINS.search(text) and not _ASKS.search(text)
    return bool(told) and len(text) <= _SHORT_REPORT


def reports_success(text: str) -> bool:
    """Whether the words say that it works again, and nothing that takes it back."""
    return bool(_OUTCOME.search(_STEP_DONE.sub("", text))) and not _NOT_YET.search(text)


def may_be_over(text: str) -> bool:
    """Whether anything in the words tells of an end."""
    return bool(_MAY_BE_OVER.search(_STEP_DONE.sub("", text)))


def calls_off(text: str) -> bool:
    """Whether anything in the words says that nobody need come."""
    return bool(_CALLED_OFF.search(text))


def only_asks(text: str) -> bool:
    """A question, rather than a complaint."""
    return bool(_ASKS.search(text)) and not _COMPLAINS.search(text)


def insists(text: str) -> bool:
    """Whether the words say that what was told did not help."""
    return bool(_INSISTS.search(text))


def ends_asking(text: str) -> bool:
    """“那我压缩一下可以吗” is no mere assent."""
    return bool(_ENDS_ASKING.search(text))


def asks_how_long(text: str) -> bool:
    """Which, of a case that waits, is a question for its progress."""
    return bool(_HOW_LONG.search(text))


def corrected(text: str) -> str:
    """Of “不是邮箱，是 D 盘” what it is; '' where nothing is put right."""
    match = _CORRECTION.search(text)
    return match[1].strip() if match else ""


def after_preface(library: Library, text: str) -> str:
    """What follows a word of thanks or assent, where that asks something, or a reply, with “另外”; '' else."""
    border = _BORDER.search(text)
    if not border:
        return ""
    head, rest = text[: border.start()], text[border.end() :].strip()
    label = library.followups.rank(head).best.label
    besides = _BESIDES.match(rest)
    if besides and label != NEW_MATTER:
        return rest[besides.end() :]
    return rest if label in _PREFACE and _ASKS.search(rest) else ""


def same_as(library: Library, others: tuple[str, ...], text: str, decision: Decision) -> bool:
    """Whether an unsure report is most likely what somebody else in the room has just told."""
    too = _ALSO.search(text) or library.followups.rank(text).best.label == ME_TOO
    return bool(too) and bool(set(others) & set(decision.choices))


def still_about(topics: tuple[str, ...], decision: Decision) -> bool:
    """Whether words that stand for nothing surely are most likely about the topic at hand."""
    unsure = decision.action is Action.CLARIFY
    return unsure and (decision.confidence < NOTHING_NEW or bool(set(topics) & set(decision.choices)))


def neighbour(library: Library, topics: tuple[str, ...], decision: Decision) -> tuple[str, ...]:
    """A topic that people often come to from those at hand, where it is likely enough though not sure by itself."""
    if decision.action is not Action.CLARIFY:
        return ()
    best = decision.ranking.best
    near = best.confidence >= _LIKELY and best.label not in topics and is_near(library, topics, (best.label,))
    return (best.label,) if near else ()


def is_near(library: Library, topics: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether one of the others is a neighbour of the topics at hand, as the admin wrote it (`apart`)."""
    return any(other in library.topics[topic].apart for topic in topics for other in others)


def tells_how_long(library: Library, topics: tuple[str, ...]) -> bool:
    """Whether the guidance itself names a time to wait."""
    return any(_A_TIME.search(str(step)) for topic in topics for step in library.guide(topic).steps)


def nearer(library: Library, topics: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Of two topics the one that the words clearly mean; of the last words, where those ask for it: “那手机那个呢”."""
    if len(topics) != 2:
        return ()
    numbered = _NUMBERED.findall(text)
    if len(numbered) == 1:
        return (topics[0 if numbered[0] in "一1" else 1],)
    asked = _AND_THAT.search(text)
    ranking = library.matcher.rank_words((asked[1] or asked[2]) if asked else text)
    one, other = (ranking.confidence(topic) for topic in topics)
    if max(one, other) < _CLEARLY * min(one, other) or max(one, other) < _HEARD_AT_ALL:
        return ()
    return (topics[0 if one > other else 1],)


def says_both(text: str) -> bool:
    """Whether the words are about all that was open."""
    return bool(_BOTH.search(text))


def earlier(library: Library, conversation: Conversation, text: str) -> tuple[str, ...]:
    """A topic that was worked on before the present one, if the words most likely go back to it."""
    worked_on = {key.split("/")[0] for key in conversation.given} - set(conversation.topics)
    asked = _AND_THAT.search(text)
    if asked and len(worked_on) == 1:
        ranking = library.matcher.rank_words(asked[1] or asked[2])
        if sum(map(ranking.confidence, worked_on)) > sum(map(ranking.confidence, conversation.topics)):
            return tuple(worked_on)
    best = judge_text(library, text).ranking.best
    return (best.label,) if best.label in worked_on and best.confidence >= _LIKELY else ()


def answers_a_check(library: Library, topics: tuple[str, ...], text: str) -> bool:
    """“垃圾箱翻过了，没有”: something that the guidance named was looked at, whatever else the words stand for."""
    steps = "".join(str(step) for topic in topics for step in library.guide(topic).steps)
    checks = "".join(check for topic in topics for check in library.guide(topic).checks)
    return len(text) <= _SHORT_REPORT and bool(_CHECKED.search(text)) and shared(text, steps + checks) >= ALIKE


def without_secret(text: str) -> str:
    """The text without the pieces in which something was masked."""
    pieces = [piece for piece in _PIECE.split(text) if MASK not in piece]
    return "，".join(filter(None, pieces))


def surely(library: Library, text: str) -> Decision | None:
    """What the text stands for by itself; None where that is not sure."""
    decision = judge_text(library, text) if text else None
    return decision if decision and decision.action in (Action.ANSWER, Action.HANDOFF) else None
