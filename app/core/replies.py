"""What the text means as a reply to what the desk said before: it works, it does not, what next, who comes."""

import re

from app.core import context
from app.core.heard import Before, Cue, Heard
from app.core.library import Library, judge_text
from app.core.matching.labels import HUMAN
from app.core.matching.ranking import Action, Candidate

_CUES = {
    "solved": Cue.SOLVED,
    "still": Cue.STILL,
    "partly": Cue.STILL,
    "told": Cue.TOLD,
    "ack": Cue.ACKNOWLEDGED,
    "progress": Cue.PROGRESS,
    "urgent": Cue.PROGRESS,
    "withdraw": Cue.WITHDRAW,
    "howto_step": Cue.DETAIL,
    "next": Cue.NEXT,
    "denial": Cue.NONE_OF_THESE,
}
_ENDINGS = ("solved", "withdraw")
_BEFORE_AN_END = ("partly", "still", "told", "next", "ack")  # “删了重新加，好了” begins like one of these
_HEARD_IN_IT = 0.15
# Meanings that give way when the words name, surely, another problem.
_YIELDING = (Cue.SOLVED, Cue.STILL, Cue.TOLD, Cue.DETAIL, Cue.NEXT, Cue.ACKNOWLEDGED)
_SHORT = 8  # characters: “我也是”, “+1 同样”; who writes more may tell his own
_SURE_ENOUGH_TO_CLOSE = 0.9
_SURELY_THANKS = 0.8
_SURELY_OVER = 0.95
_SURELY_THE_SAME = 0.9
_SUCCESS_TOLD = 0.5  # enough where the words say besides that it works again
_SURELY_ANOTHER = 0.97  # so sure must the words be of another problem, where they sound like a reply
_SURE = 0.5
# “第一个可以了，第二个呢”: one of two problems is over.
_ONE_OF_TWO = re.compile(r"(?:第([一二12])个|(前|后)一个|(前|后)面那个).{0,8}(?:好|可以|行|解决|搞定|弄好|(?i:ok))了")


def other_of_two(topics: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Of two problems the one that is left, when the text says that the other is over."""
    match = _ONE_OF_TWO.search(text)
    if not match or len(topics) != 2 or not text[match.end() :].strip("。！!，, "):
        return ()
    over = 0 if match[1] in ("一", "1") or "前" in (match[2], match[3]) else 1
    return (topics[1 - over],)


def is_new_matter(library: Library, text: str) -> bool:
    """Whether the words do not sound like a reply at all."""
    best = library.followups.rank(text).best
    return best.label == context.NEW_MATTER and best.confidence >= _SURE


def _is_an_end(best: Candidate, text: str) -> bool:
    told = best.confidence >= _SURE_ENOUGH_TO_CLOSE or context.may_be_over(text)
    return told and not context.insists(text)


def is_the_same_again(library: Library, text: str) -> bool:
    """Whether somebody says that he has what another person has just reported."""
    best = library.followups.rank(text).best
    return best.label == context.ME_TOO and best.confidence >= _SURE


def reply(library: Library, before: Before, text: str) -> Heard | None:
    """What the text means as a reply; None when it stands by itself."""
    best = _best(library, text)
    if best.confidence < _SURE:
        return None
    if best.label == context.ME_TOO and before.others and _is_the_same(library, best, text):
        return Heard(Cue.QUESTION, before.others)
    cue = _CUES.get(best.label)
    over = best.confidence >= _SUCCESS_TOLD and context.reports_success(text)
    if cue is Cue.WITHDRAW and over:
        cue = Cue.SOLVED
    if before.waiting and cue is Cue.DETAIL and context.asks_how_long(text):
        cue = Cue.DETAIL if context.tells_how_long(library, before.topics) else Cue.PROGRESS
    if before.guided and cue is Cue.NONE_OF_THESE and context.only_asks(text):
        cue = Cue.DETAIL
    if before.guided and cue is Cue.ACKNOWLEDGED and context.ends_asking(text):
        cue = Cue.DETAIL
    if cue is None or not _fits(cue, before, over=over):
        return None
    if cue is Cue.PROGRESS and before.guided and not before.waiting:
        return _impatient(library, before, best, text)
    if cue is Cue.SOLVED and not over and not _is_an_end(best, text):
        if before.waiting:
            return None
        cue = Cue.TOLD  # how it ended is not said: going on costs less than ending too early
    ends = cue in (Cue.SOLVED, Cue.WITHDRAW)
    if before.waiting and ends and not over and _only_thanks(library, text, best.confidence):
        return None
    if cue is not Cue.PROGRESS and not over and _asks_for_a_person(library, best, text):
        return Heard(Cue.HUMAN)
    stays = _stays(cue, best, text, over=over)
    return None if not stays and _gives_way(library, before, cue, text) else _of_which(library, before, cue, text)


def _impatient(library: Library, before: Before, best: Candidate, text: str) -> Heard | None:
    """Nobody was called yet: a person, unless the words ask about the guidance or name one of two problems."""
    if judge_text(library, text).action is Action.ANSWER:
        return None
    meant = context.nearer(library, before.topics, text)
    if meant:
        return Heard(Cue.TOLD, meant)
    if best.confidence < _SURE_ENOUGH_TO_CLOSE and context.only_asks(text) and best.label == "progress":
        return Heard(Cue.DETAIL, before.topics)
    return Heard(Cue.HUMAN if _asks_for_a_person(library, best, text) else Cue.PROGRESS, before.topics)


def _asks_for_a_person(library: Library, best: Candidate, text: str) -> bool:
    by_itself = judge_text(library, text).ranking.best
    enough = best.confidence if best.label == "withdraw" else _SURE
    return by_itself.label == HUMAN and (best.label == "urgent" or by_itself.confidence > enough)


def _gives_way(library: Library, before: Before, cue: Cue, text: str) -> bool:
    """Whether the words by themselves say more than such a reply would."""
    decision = judge_text(library, text)
    answers = decision.action is Action.ANSWER
    if cue is Cue.NONE_OF_THESE:
        return answers or decision.action is Action.HANDOFF
    if cue in (Cue.WITHDRAW, Cue.PROGRESS):
        return answers and not (cue is Cue.PROGRESS and before.waiting)
    if cue not in _YIELDING or not answers or set(decision.intents) & set(before.topics):
        return False
    return decision.confidence >= _SURELY_ANOTHER or context.is_near(library, before.topics, decision.intents)


def _of_which(library: Library, before: Before, cue: Cue, text: str) -> Heard:
    """The reply with what it is about: of two problems, the one that its words are nearer to."""
    meant = context.nearer(library, before.topics, text)
    if cue is Cue.SOLVED and meant and not context.says_both(text):
        return Heard(Cue.TOLD, tuple(topic for topic in before.topics if topic not in meant), over=meant)
    if cue in (Cue.STILL, Cue.TOLD, Cue.DETAIL):
        back = context.earlier(library, before.conversation, text)
        return Heard(Cue.QUESTION, back) if back else Heard(cue, meant or before.topics)
    return Heard(cue, before.topics)


def _best(library: Library, text: str) -> Candidate:
    """The likeliest meaning; “撤销，刚才好了” is both endings at once, and as sure as both together.

    Where the words themselves say that it works, that counts before how they begin.
    """
    ranking = library.followups.rank(text)
    over = sum(map(ranking.confidence, _ENDINGS))
    if context.reports_success(text) and ranking.best.label in _BEFORE_AN_END and over >= _HEARD_IN_IT:
        return Candidate("solved", over + ranking.best.confidence)
    if ranking.best.label in _ENDINGS:
        return Candidate(ranking.best.label, over)
    return ranking.best


def _is_the_same(library: Library, best: Candidate, text: str) -> bool:
    """“我也是”, alone or with something that is no problem of its own."""
    brief = len(text) <= _SHORT or best.confidence >= _SURELY_THE_SAME
    decision = judge_text(library, text)
    own = decision.action is Action.HANDOFF and decision.confidence >= _SURELY_THE_SAME
    return brief and not own and decision.action is not Action.ANSWER


def _fits(cue: Cue, before: Before, *, over: bool) -> bool:
    """Whether such a reply makes sense here: most answer something that the desk said before.

    `over`: the words say surely that it works again; that may be said to a question of the desk as well.
    """
    if not before.engaged:
        return False
    if cue is Cue.SOLVED and over:
        return True
    if cue is Cue.TOLD:
        return before.guided or before.waiting
    if cue in (Cue.DETAIL, Cue.NEXT):
        return before.guided or (before.waiting and bool(before.topics))
    return before.guided or before.waiting or cue not in (Cue.STILL, Cue.SOLVED, Cue.ACKNOWLEDGED)


def _stays(cue: Cue, best: Candidate, text: str, *, over: bool) -> bool:
    """Whether the meaning holds even where the words name another problem."""
    if best.label in ("partly", "next"):
        return best.confidence >= _SURE_ENOUGH_TO_CLOSE
    if cue is Cue.SOLVED:
        return over or (best.confidence >= _SURELY_OVER and context.may_be_over(text))
    return cue in (Cue.STILL, Cue.TOLD) and context.reports_a_check(text)


def _only_thanks(library: Library, text: str, confidence: float) -> bool:
    """Whether this may be mere thanks: a case is not closed on a guess. “好了，谢谢” is more than thanks."""
    if confidence < _SURE_ENOUGH_TO_CLOSE or not (context.may_be_over(text) or context.calls_off(text)):
        return True
    decision = judge_text(library, text)
    thanks = decision.action is Action.SMALLTALK and decision.confidence >= _SURELY_THANKS
    return thanks and confidence < _SURELY_OVER
