"""What a message means here and now: a question, a pick from our choices, an outcome, a wish for a person."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.core import context
from app.core.conversation import Conversation, Phase
from app.core.library import Library, judge_text
from app.core.matching.labels import HUMAN, NOT_IT, VAGUE
from app.core.matching.ranking import Action, Decision
from app.core.message import InboundMessage, MessageKind
from app.core.secrets import MASK


class Cue(StrEnum):
    EMPTY = "empty"
    ARRIVAL = "arrival"
    PICTURE = "picture"
    UNREADABLE = "unreadable"
    QUESTION = "question"  # one that the library answers
    UNSURE = "unsure"  # like one, but not surely which
    VAGUE = "vague"
    OTHER_IT = "other_it"
    NOT_IT = "not_it"
    SMALLTALK = "smalltalk"
    HUMAN = "human"
    SOLVED = "solved"
    STILL = "still"
    ACKNOWLEDGED = "acknowledged"
    NONE_OF_THESE = "none_of_these"
    PROGRESS = "progress"
    WITHDRAW = "withdraw"
    URGENT = "urgent"
    CONTACT = "contact"  # whom to ring
    DETAIL = "detail"  # how a step is done, who does it, how long it takes
    NEXT = "next"
    DEVICE = "device"  # on what it does not work: “那电脑上呢”, “我用的是手机”
    ASIDE = "aside"  # said to a colleague


@dataclass(frozen=True, slots=True)
class Heard:
    """A cue with the topics that it is about, and the decision behind it where there was one."""

    cue: Cue
    topics: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    decision: Decision | None = None


_KINDS = {
    MessageKind.ARRIVAL: Cue.ARRIVAL,
    MessageKind.UNREADABLE: Cue.UNREADABLE,
    MessageKind.PICTURE: Cue.PICTURE,
}
# Words that the desk itself offers; they work always, whatever the models think.
_WORDS = {
    "人工": Cue.HUMAN,
    "转人工": Cue.HUMAN,
    "已解决": Cue.SOLVED,
    "还是不行": Cue.STILL,
    "下一步": Cue.NEXT,
    "都不是": Cue.NONE_OF_THESE,
    "进度": Cue.PROGRESS,
    "撤销": Cue.WITHDRAW,
    "紧急": Cue.URGENT,
}
_FOLLOWUPS = {
    "solved": Cue.SOLVED,
    "still": Cue.STILL,
    "partly": Cue.STILL,
    "ack": Cue.ACKNOWLEDGED,
    "progress": Cue.PROGRESS,
    "urgent": Cue.PROGRESS,
    "withdraw": Cue.WITHDRAW,
    "howto_step": Cue.DETAIL,
    "next": Cue.NEXT,
    "denial": Cue.NONE_OF_THESE,
}
# Meanings that give way when the words name, surely, another problem.
_YIELDING = (Cue.SOLVED, Cue.STILL, Cue.DETAIL, Cue.NEXT, Cue.ACKNOWLEDGED)
_SHORT = 8  # characters: “我也是”, “+1 同样”; who writes more tells his own
_SURE_ENOUGH_TO_CLOSE = 0.9
_SURELY_OTHER = 0.8
_SURELY_THANKS = 0.8
_SUCCESS_TOLD = 0.6  # enough where the words say besides that it works again
_SURE_FOLLOWUP = 0.5
_ORDINALS = {"1": 0, "一": 0, "2": 1, "二": 1, "3": 2, "三": 2}
# “第一个可以了，第二个呢”: one of two problems is over.
_ONE_OF_TWO = re.compile(r"(?:第([一二12])个|(前|后)一个|(前|后)面那个).{0,8}(?:好|可以|行|解决|搞定|弄好)了")
# “@小林 你看下这个”: a mention in front that is not the desk's, which the channel has taken away.
_TO_A_COLLEAGUE = re.compile(r"@(?![^\s]*\.)[^\s@]{1,24}[\s\u2005]+\S")
_DEVICE_ONLY = re.compile(
    r"(?:那|那么|我|我们|是|用|在|如果|要是|的|呢|，|,)*"  # none made of others: that could be read in endless ways
    r"(?:手机|电脑|网页|outlook|foxmail|浏览器|苹果|安卓|iphone|ipad)(?:上|端|版|客户端|里|的|上面|这边|那边)*"
    r"(?:呢|怎么办|怎么弄|怎么搞|咋办|咋弄|啊|吗|用的)*[?？。!！]*",
    re.I,
)
_PICK = re.compile(r"^(?:选|第)?\s?([123一二三])\s?(?:个|种|号|条)?[。.!！]?$")


def hear(
    library: Library,
    conversation: Conversation,
    message: InboundMessage,
    *,
    waiting: bool,
    others: tuple[str, ...] = (),
) -> Heard:
    """Read one message in the light of what came before.

    `waiting`: a case of this person is open. `others`: what somebody else in the room was just answered.
    """
    text = message.text.strip()
    if message.kind in _KINDS:
        return Heard(_KINDS[message.kind])
    if not text:
        return Heard(Cue.PICTURE if message.pictures else Cue.EMPTY)
    word = _WORDS.get(text.rstrip("。.!！~～ "))
    if word and (word is not Cue.NEXT or conversation.phase is Phase.GUIDED):
        return Heard(word)
    if _TO_A_COLLEAGUE.match(text) and ("你" in text or "您" in text):
        return Heard(Cue.ASIDE)
    picked = _pick(conversation, text)
    if picked:
        return Heard(Cue.QUESTION, (picked,))
    if conversation.phase is Phase.GUIDED:
        if _DEVICE_ONLY.fullmatch(text.replace(" ", "")):
            return Heard(Cue.DEVICE, conversation.topics)
        rest = _other_of_two(conversation, text)
        if rest:
            return Heard(Cue.STILL, rest)
    engaged = conversation.phase is not Phase.FRESH or waiting
    if engaged and context.asks_for_telephone(text):
        return Heard(Cue.CONTACT, conversation.topics)
    if engaged and message.pictures and context.points_at_picture(text):
        return Heard(Cue.PICTURE)
    text = (context.after_preface(library, text) if engaged else "") or text
    followed = _follow_up(library, conversation, text, waiting=waiting, others=others)
    heard = followed or _by_itself(_judge(library, text, message.quoted))
    heard = _in_context(library, conversation, text, heard, waiting=waiting, others=others)
    # Who pastes a password wants something; a pleasantry is no answer to that.
    return Heard(Cue.VAGUE) if heard.cue is Cue.SMALLTALK and MASK in text else heard


def _in_context(
    library: Library, conversation: Conversation, text: str, heard: Heard, *, waiting: bool, others: tuple[str, ...]
) -> Heard:
    """What is not clear by itself, by what came before it in the room."""
    if heard.cue is Cue.NONE_OF_THESE:
        decision = context.surely(library, context.corrected(text))
        return _by_itself(decision) if decision else heard
    if heard.decision is None:
        return heard
    fresh = conversation.phase is Phase.FRESH and not waiting
    if fresh and heard.cue is Cue.OTHER_IT and len(text) <= _SHORT and heard.decision.confidence < _SURELY_OTHER:
        return Heard(Cue.VAGUE, (), (), heard.decision)  # too few words to send anybody for
    if heard.cue not in (Cue.UNSURE, Cue.VAGUE):
        return heard
    if context.same_as(library, others, text, heard.decision):
        return Heard(Cue.QUESTION, others, (), heard.decision)
    if conversation.phase is Phase.GUIDED and context.still_about(conversation.topics, heard.decision):
        return Heard(Cue.DETAIL, conversation.topics, (), heard.decision)
    if waiting and context.still_about(conversation.topics, heard.decision):
        return Heard(Cue.STILL, conversation.topics, (), heard.decision)
    return heard


def reported(library: Library, conversation: Conversation, heard: Heard) -> str:
    """The fault that the message tells of: by what it surely or most likely is; '' where there is none."""
    if heard.cue is Cue.QUESTION:
        return library.faults.of(heard.topics)
    if heard.cue is Cue.UNSURE:
        return library.faults.of(heard.choices[:1])
    if heard.cue in (Cue.STILL, Cue.PROGRESS):
        return library.faults.of(conversation.topics)
    return ""


def _judge(library: Library, text: str, quoted: str) -> Decision:
    """By the person's own words; where those do not say it (“这个怎么办”), together with what was quoted."""
    decision = judge_text(library, text)
    if not quoted.strip() or decision.action is Action.ANSWER:
        return decision
    together = judge_text(library, f"{quoted}\n{text}")
    return together if together.action is Action.ANSWER else decision


def _pick(conversation: Conversation, text: str) -> str | None:
    match = _PICK.match(text)
    if not match or conversation.phase is not Phase.ASKED:
        return None
    index = _ORDINALS[match[1]]
    return conversation.choices[index] if index < len(conversation.choices) else None


def _other_of_two(conversation: Conversation, text: str) -> tuple[str, ...]:
    """Of two problems the one that is left, when the text says that the other is over."""
    match = _ONE_OF_TWO.search(text)
    if not match or len(conversation.topics) != 2 or not text[match.end() :].strip("。！!，, "):
        return ()
    over = 0 if match[1] in ("一", "1") or "前" in (match[2], match[3]) else 1
    return (conversation.topics[1 - over],)


def _follow_up(
    library: Library, conversation: Conversation, text: str, *, waiting: bool, others: tuple[str, ...]
) -> Heard | None:
    """What the text means as a reply to what the desk said; None when it stands by itself."""
    best = library.followups.rank(text).best
    if best.confidence < _SURE_FOLLOWUP:
        return None
    if best.label == context.ME_TOO and others and len(text) <= _SHORT:
        return Heard(Cue.QUESTION, others)
    cue = _FOLLOWUPS.get(best.label)
    sure = best.confidence >= _SURE_ENOUGH_TO_CLOSE
    over = best.confidence >= _SUCCESS_TOLD and context.reports_success(text)
    if waiting and cue is Cue.DETAIL and context.asks_how_long(text):
        cue = Cue.PROGRESS
    if cue is None or not _fits(cue, conversation, waiting=waiting, over=over):
        return None
    if waiting and cue in (Cue.SOLVED, Cue.WITHDRAW) and not over and _only_thanks(library, text, best.confidence):
        return None
    if best.label == "urgent" and judge_text(library, text).ranking.best.label == HUMAN:
        return Heard(Cue.HUMAN)
    stays = (
        (sure and best.label in ("partly", "next"))
        or (cue is Cue.STILL and context.reports_a_check(text))
        or (cue is Cue.SOLVED and over)
    )
    yields = cue in _YIELDING and not stays
    if yields and _about_something_else(library, conversation, text):
        return None
    if cue is Cue.NONE_OF_THESE and judge_text(library, text).action in (Action.ANSWER, Action.HANDOFF):
        return None
    return Heard(cue, conversation.topics)


def _fits(cue: Cue, conversation: Conversation, *, waiting: bool, over: bool) -> bool:
    """Whether such a reply makes sense here: most answer something that the desk said before.

    `over`: the words say surely that it works again; that may be said to a question of the desk as well.
    """
    guided = conversation.phase is Phase.GUIDED
    if conversation.phase is Phase.FRESH and not waiting:
        return False
    if cue is Cue.SOLVED and over:
        return True
    if cue in (Cue.DETAIL, Cue.NEXT):
        return guided or (waiting and bool(conversation.topics))
    return guided or waiting or cue not in (Cue.STILL, Cue.SOLVED, Cue.ACKNOWLEDGED)


def _only_thanks(library: Library, text: str, confidence: float) -> bool:
    """Whether this may be mere thanks: a case is not closed on a guess. “好了，谢谢” is more than thanks."""
    if confidence < _SURE_ENOUGH_TO_CLOSE:
        return True
    decision = judge_text(library, text)
    thanks = decision.action is Action.SMALLTALK and decision.confidence >= _SURELY_THANKS
    return thanks and not context.reports_success(text)


def _about_something_else(library: Library, conversation: Conversation, text: str) -> bool:
    """Whether the text names, surely, another problem than the one that guidance was given for."""
    decision = judge_text(library, text)
    return decision.action is Action.ANSWER and not set(decision.intents) & set(conversation.topics)


def _by_itself(decision: Decision) -> Heard:
    best = decision.ranking.best.label
    if decision.action is Action.ANSWER:
        return Heard(Cue.QUESTION, decision.intents, (), decision)
    if decision.action is Action.SMALLTALK:
        return Heard(Cue.NOT_IT if best == NOT_IT else Cue.SMALLTALK, (), (), decision)
    if decision.action is Action.HANDOFF:
        return Heard(Cue.HUMAN if best == HUMAN else Cue.OTHER_IT, (), (), decision)
    if best == VAGUE:
        return Heard(Cue.VAGUE, (), (), decision)
    return Heard(Cue.UNSURE, (), decision.choices, decision)
