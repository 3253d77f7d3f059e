"""The seam: `rank(matcher, text)` gives candidates with evidence; `decide` turns them into an action."""

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.core.matching.features import Featurizer
from app.core.matching.labels import CHITCHAT, HUMAN, NONE, NOT_IT, OTHER_IT, VAGUE, is_topic
from app.core.matching.model import Model
from app.core.matching.normalise import codes_in


class Action(StrEnum):
    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    SMALLTALK = "smalltalk"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label with the share of belief in it; all labels of one ranking add up to 1."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every label, best first, with special labels among them."""

    text: str
    candidates: tuple[Candidate, ...]
    codes: tuple[str, ...]

    @property
    def best(self) -> Candidate:
        return self.candidates[0]

    @property
    def topics(self) -> tuple[Candidate, ...]:
        """Topics of the library only, best first."""
        return tuple(c for c in self.candidates if is_topic(c.label))

    def confidence(self, label: str) -> float:
        return next((c.confidence for c in self.candidates if c.label == label), 0.0)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to answer. `answer` keeps the promise; the next three are for messages with two problems."""

    answer: float
    announced: float = 0.6
    unannounced: float = 0.93
    runner_up: float = 0.005
    special: float = 0.4


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a message taken by itself, and with what confidence."""

    action: Action
    intents: tuple[str, ...]
    confidence: float
    ranking: Ranking
    reason: str

    @property
    def choices(self) -> tuple[str, ...]:
        """At most three topics worth asking about."""
        return tuple(c.label for c in self.ranking.topics[:3])


@dataclass(frozen=True, slots=True)
class Matcher:
    """Model and featurizer that belong together. `neighbours`: pairs of topics that one story often touches both."""

    model: Model
    featurize: Featurizer
    neighbours: frozenset[frozenset[str]] = frozenset()

    def rank(self, text: str) -> Ranking:
        """Every label by falling confidence. Never raises."""
        shares = self.model.probabilities(self.featurize(text))
        order = np.argsort(-shares, kind="stable")
        labels = self.model.labels
        return Ranking(text, tuple(Candidate(labels[i], float(shares[i])) for i in order), codes_in(text))

    def evidence(self, text: str, label: str, most: int = 8) -> list[tuple[str, float]]:
        """What in the text spoke for `label`: features and their weight, strongest first."""
        return self.model.contributions(self.featurize(text), label)[:most]


# Words that announce a second matter, or count them: then weaker halves are believed.
_ANNOUNCED = re.compile(r"另外|还有|顺便|顺带|再就是|两件事|两个问题|两个事|第二|；|再问|另一|再一个|[2二②][、.．)）]")
_BORDER = re.compile(r"[，。；;！!？?\n,]+|另外|还有|顺便|顺带|以及|再就是|(?<![\d.])[12][、.．)）]?(?=[^\d.\s])|[①②]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SHORTEST, _SHORTEST_ANNOUNCED = 6, 4  # Chinese characters that a half must have to stand for a problem
_LONGEST = 300  # characters; whoever writes more tells one story
_BORDERS = 5
_PLAUSIBLE = 5  # topics of the whole message among which both halves must be


def decide(matcher: Matcher, text: str, thresholds: Thresholds) -> Decision:
    """Rank `text` and say what to do with it when nothing else is known."""
    ranking = matcher.rank(text)
    both = two_problems(matcher, ranking, thresholds)
    if both:
        confidence = min(c.confidence for c in both)
        return Decision(Action.ANSWER, tuple(c.label for c in both), confidence, ranking, "一句话里有两个问题")
    return judge(ranking, thresholds)


def judge(ranking: Ranking, thresholds: Thresholds) -> Decision:
    """The action for one ranking."""
    best = ranking.best
    if is_topic(best.label):
        if best.confidence >= thresholds.answer:
            return Decision(Action.ANSWER, (best.label,), best.confidence, ranking, "把握够大")
        return Decision(Action.CLARIFY, (), best.confidence, ranking, "像是手册里的问题，但把握不够")
    actions = {
        HUMAN: (Action.HANDOFF, "要找人"),
        OTHER_IT: (Action.HANDOFF, "是 IT 问题，但手册里没有"),
        NONE: (Action.HANDOFF, "手册里没有"),
        CHITCHAT: (Action.SMALLTALK, "寒暄"),
        NOT_IT: (Action.SMALLTALK, "不是 IT 的事"),
        VAGUE: (Action.CLARIFY, "说得太笼统"),
    }
    action, reason = actions[best.label]
    if best.confidence < thresholds.special and best.label not in (OTHER_IT, NONE):
        return Decision(Action.CLARIFY, (), best.confidence, ranking, "听不准")
    return Decision(action, (), best.confidence, ranking, reason)


def two_problems(matcher: Matcher, whole: Ranking, thresholds: Thresholds) -> tuple[Candidate, ...]:
    """Two different topics when the message can be cut so that each half stands for one; else nothing."""
    text = whole.text
    if len(text) > _LONGEST:
        return ()
    announced = _ANNOUNCED.search(text) is not None
    needed = thresholds.announced if announced else thresholds.unannounced
    least = 0.0 if announced else thresholds.runner_up
    shortest = _SHORTEST_ANNOUNCED if announced else _SHORTEST
    plausible = {c.label for c in whole.topics[:_PLAUSIBLE] if c.confidence >= least}
    best: tuple[Candidate, ...] = ()
    if len(plausible) < 2:
        return best
    for border in list(_BORDER.finditer(text))[:_BORDERS]:
        halves = (text[: border.start()], text[border.end() :])
        if not all(len(_CHINESE.findall(half)) >= shortest for half in halves):
            continue
        pair = tuple(matcher.rank(half).best for half in halves)
        labels = frozenset(candidate.label for candidate in pair)
        one_story = len(labels) < 2 or (not announced and labels in matcher.neighbours)
        weakest = min(candidate.confidence for candidate in pair)
        if not one_story and weakest >= needed and labels <= plausible:
            best, needed = pair, weakest
    return best
