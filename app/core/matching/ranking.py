"""The seam: `Matcher.rank` gives candidates, with evidence; `judge` turns them into an action."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from app.core.matching.features import Featurizer
from app.core.matching.labels import CHITCHAT, HUMAN, NONE, NOT_IT, OTHER_IT, VAGUE, is_topic
from app.core.matching.model import Model
from app.core.matching.normalise import codes_in, normalise
from app.core.matching.semantic import Embedder
from app.core.matching.weights import Floats


class Action(StrEnum):
    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    SMALLTALK = "smalltalk"


class Candidate(NamedTuple):
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
    """When to answer. `answer` keeps the promise; `special` is for labels that are no topics."""

    answer: float
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
    """Model and featurizer that belong together. `neighbours`: pairs of topics that one story often touches both.

    `embedder`: what made the vectors that the model has learned from, if any.
    """

    model: Model
    featurize: Featurizer
    neighbours: frozenset[frozenset[str]] = frozenset()
    embedder: Embedder | None = None

    def rank(self, text: str) -> Ranking:
        """Every label by falling confidence. Never raises."""
        return self._ranking(text, self.model.probabilities(self.featurize(text), self._sentence(text)))

    def rank_words(self, text: str) -> Ranking:
        """The same by the words alone: for pieces of a message, of which there may be many."""
        return self._ranking(text, self.model.probabilities(self.featurize(text)))

    def evidence(self, text: str, label: str, most: int = 8) -> list[tuple[str, float]]:
        """What in the text spoke for `label`: features and their weight, strongest first."""
        return self.model.contributions(self.featurize(text), label, self._sentence(text))[:most]

    def _sentence(self, text: str) -> Floats | None:
        if self.embedder is None or self.model.head is None:
            return None
        vector: Floats = self.embedder.embed([normalise(text).text])[0]
        return vector

    def _ranking(self, text: str, shares: Floats) -> Ranking:
        order = np.argsort(-shares, kind="stable")
        labels = self.model.labels
        found = zip(order.tolist(), shares[order].tolist(), strict=True)
        return Ranking(text, tuple(Candidate(labels[place], share) for place, share in found), codes_in(text))


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
