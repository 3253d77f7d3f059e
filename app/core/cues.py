"""What a message means here and now: a question, a pick from our choices, an outcome, a wish for a person."""

import re

from app.core import context
from app.core.conversation import Conversation, Phase
from app.core.heard import Before, Cue, Heard
from app.core.library import Library, judge_text
from app.core.matching.labels import HUMAN, NOT_IT, VAGUE
from app.core.matching.ranking import Action, Decision
from app.core.message import InboundMessage, MessageKind
from app.core.replies import is_new_matter, is_the_same_again, other_of_two, reply
from app.core.secrets import MASK

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
_SHORT, _A_WORD = 8, 3  # characters
_SURELY_OTHER = 0.8
_SURELY_ANOTHER = 0.9  # another system or nothing of ours, said in the middle of guidance
_CLEAR = (Cue.QUESTION, Cue.HUMAN, Cue.SOLVED, Cue.WITHDRAW)  # needs no “不是…，是…” to be understood
_ORDINALS = {"1": 0, "一": 0, "2": 1, "二": 1, "3": 2, "三": 2}
# “@小林 你看下这个”: a mention in front that is not the desk's, which the channel has taken away.
_TO_A_COLLEAGUE = re.compile(r"@(?![^\s]*\.)[^\s@]{1,24}[\s\u2005]+\S")
_DEVICE_ONLY = re.compile(
    r"(?:那|那么|我|我们|是|用|在|如果|要是|的|呢|，|,)*"  # none made of others: that could be read in endless ways
    r"(?:手机|电脑|网页|outlook|foxmail|浏览器|苹果|安卓|iphone|ipad)(?:上|端|版|客户端|里|的|上面|这边|那边)*"
    r"(?:呢|怎么办|怎么弄|怎么搞|咋办|咋弄|啊|吗|用的)*[?？。!！]*",
    re.I,
)
_AND_ON = re.compile(
    r"(?:^|[\s，,。！!])那?(?:手机|电脑|网页|outlook|foxmail)(?:上|端|版)?(?:的|那边|这边)?呢[?？]?$", re.I
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
    text, before = message.text.strip(), Before(conversation, waiting, others)
    heard = _at_first_sight(before, message, text)
    if heard:
        return heard
    text = (context.after_preface(library, text) if before.engaged else "") or text
    heard = reply(library, before, text) or _by_itself(_judge(library, text, message.quoted))
    heard = _in_context(library, before, text, heard)
    # Who pastes a password wants something; a pleasantry is no answer to that.
    return Heard(Cue.VAGUE) if heard.cue is Cue.SMALLTALK and MASK in text else heard


def _at_first_sight(before: Before, message: InboundMessage, text: str) -> Heard | None:
    """What needs no weighing: no text at all, the desk's own words, a number, a device."""
    if message.kind in _KINDS:
        return Heard(_KINDS[message.kind])
    if not text:
        return Heard(Cue.PICTURE if message.pictures else Cue.EMPTY)
    word = _WORDS.get(text.rstrip("。.!！~～ "))
    if word and (word is not Cue.NEXT or before.conversation.phase is Phase.GUIDED):
        return Heard(word)
    if _TO_A_COLLEAGUE.match(text) and ("你" in text or "您" in text):
        return Heard(Cue.ASIDE)
    picked = _pick(before.conversation, text)
    if picked:
        return Heard(Cue.QUESTION, (picked,))
    if before.guided:
        if _DEVICE_ONLY.fullmatch(text.replace(" ", "")) or _AND_ON.search(text):
            return Heard(Cue.DEVICE, before.topics)
        rest = other_of_two(before.topics, text)
        if rest:
            return Heard(Cue.TOLD, rest, over=tuple(topic for topic in before.topics if topic not in rest))
    if before.engaged and context.asks_for_telephone(text):
        return Heard(Cue.CONTACT, before.topics)
    if before.engaged and message.pictures and context.points_at_picture(text):
        return Heard(Cue.PICTURE)
    return None


def _in_context(library: Library, before: Before, text: str, heard: Heard) -> Heard:
    """What is not clear by itself, by what came before it in the room."""
    if before.engaged and heard.cue not in _CLEAR:
        decision = context.surely(library, context.corrected(text))
        if decision:
            return _by_itself(decision)
    decision = heard.decision
    if decision is None:
        return heard
    if not before.engaged and heard.cue is Cue.OTHER_IT and _is_too_short(text, decision):
        return Heard(Cue.VAGUE, (), (), decision)
    if heard.cue in (Cue.UNSURE, Cue.VAGUE) and context.same_as(library, before.others, text, decision):
        return Heard(Cue.QUESTION, before.others, (), decision)
    if before.guided:
        return _about_the_same(library, before, text, heard, decision)
    if before.waiting and _may_be_of_the_case(library, text, heard.cue, decision):
        return Heard(Cue.TOLD, before.topics, (), decision)
    return heard


def _is_too_short(text: str, decision: Decision) -> bool:
    """Too few words to send anybody for."""
    return len(text) <= _A_WORD or (len(text) <= _SHORT and decision.confidence < _SURELY_OTHER)


def _about_the_same(library: Library, before: Before, text: str, heard: Heard, decision: Decision) -> Heard:
    """Under guidance, words that stand for nothing else surely are about what is being worked on."""
    if heard.cue is Cue.QUESTION:
        told = context.answers_a_check(library, before.topics, text) and not set(heard.topics) & set(before.topics)
        return Heard(Cue.TOLD, before.topics, (), decision) if told else heard
    near = context.earlier(library, before.conversation, text) or context.neighbour(library, before.topics, decision)
    if near:
        return Heard(Cue.QUESTION, near, (), decision)
    new = is_new_matter(library, text)
    if heard.cue in (Cue.OTHER_IT, Cue.NOT_IT):
        asks = heard.cue is Cue.NOT_IT and context.only_asks(text)
        same = not new and (asks or decision.confidence < _SURELY_ANOTHER)
    else:
        same = heard.cue in (Cue.UNSURE, Cue.VAGUE) and (not new or context.still_about(before.topics, decision))
    if not same:
        return heard
    return Heard(Cue.DETAIL if context.only_asks(text) else Cue.TOLD, before.topics, (), decision)


def _may_be_of_the_case(library: Library, text: str, cue: Cue, decision: Decision) -> bool:
    """Whether words that stand for nothing surely are meant for the engineer who was called."""
    if cue is Cue.NOT_IT:
        return context.only_asks(text) and not is_new_matter(library, text)
    if cue not in (Cue.UNSURE, Cue.VAGUE):
        return False
    return not is_new_matter(library, text) or decision.confidence < context.NOTHING_NEW


def reported(library: Library, conversation: Conversation, heard: Heard, text: str, others: str = "") -> str:
    """The fault that the message tells of: by what it surely or most likely is; '' where there is none.

    `others`: what somebody else in the room has reported just now, for “+1，急诊也打不开”.
    """
    if heard.cue is Cue.QUESTION:
        return library.faults.of(heard.topics)
    if others and heard.cue in (Cue.UNSURE, Cue.VAGUE, Cue.OTHER_IT) and is_the_same_again(library, text):
        return others
    if heard.cue is Cue.UNSURE:
        return library.faults.of(heard.choices[:1])
    if heard.cue is Cue.VAGUE and heard.decision:
        return library.faults.of(heard.decision.choices[:1])
    if heard.cue in (Cue.STILL, Cue.PROGRESS):
        return library.faults.of(conversation.topics)
    return ""


def _judge(library: Library, text: str, quoted: str) -> Decision:
    """By the person's own words; where those do not say it (“这个怎么办”), together with what was quoted.

    What was masked says nothing of the problem; where the rest does, the rest counts.
    """
    decision = judge_text(library, text)
    if decision.action is not Action.ANSWER and MASK in text:
        rest = context.without_secret(text)
        decision = context.surely(library, rest) or decision
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
