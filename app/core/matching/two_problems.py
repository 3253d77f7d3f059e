"""Two problems in one message: where it is best cut, and whether both parts surely stand for one each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.matching.features import BLOCKS
from app.core.matching.labels import is_topic
from app.core.matching.normalise import simplify
from app.core.matching.ranking import Action, Candidate, Decision, Matcher, Ranking, Thresholds, judge
from app.core.matching.weights import Floats

# Words that announce a second matter, or count them.
_ANNOUNCED = re.compile(r"另外|还有|顺便|顺带|再就是|两件事|两个问题|两个事|第二|；|再问|另一|再一个|[2二②][、.．)）]")
# Words that tie what follows to what went before: cause, contrast or time of one story.
_TIED = re.compile(
    r"结果|可是|但|却|所以|导致|因为|唯独|偏偏|只有|还是|照样|以后|之后|之前|改完|换了|自从|原来|昨天|前天|上次|上周|刚才|一直"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EDGE = "，。；！？、,.;!? \n"
_SHORT = 14  # characters; nobody tells two problems in fewer
_GAIN = 1.2  # two topics, one for each part, must explain the words so much better than one
_SHORTEST = 4  # Chinese characters that a part must have to stand for a problem
_LONGEST = 300  # characters; whoever writes more tells one story
_CUTS = 4  # places that are tried
_FAINT = 0.0003  # the second topic of the whole message; below, there is no sign of two
# How much each sign of two problems weighs, and how sure they must make us: found on pairs of phrases by writers that
# the model had not seen, against their single phrases, long ones above all (`python -m tests.bench two` finds them).
WEIGHTS = (0.4, 0.46, -0.3, -2.83, 1.1, 0.85, 1.83, -1.63)
BIAS = -10.19
SURE = 0.6


@dataclass(frozen=True, slots=True)
class Cut:
    """A message in two parts, and what speaks for two problems in it: one number a sign, as `WEIGHTS` has them."""

    parts: tuple[Candidate, Candidate]
    signs: tuple[float, ...]

    @property
    def belief(self) -> float:
        """How likely it is that the message holds these two problems."""
        total = BIAS + sum(weight * sign for weight, sign in zip(WEIGHTS, self.signs, strict=True))
        return float(1 / (1 + np.exp(-total)))


def decide(matcher: Matcher, text: str, thresholds: Thresholds) -> Decision:
    """Rank `text` and say what to do with it when nothing else is known."""
    ranking = matcher.rank(text)
    both = two_problems(matcher, ranking)
    if both:
        confidence = min(c.confidence for c in both)
        return Decision(Action.ANSWER, tuple(c.label for c in both), confidence, ranking, "一句话里有两个问题")
    return judge(ranking, thresholds)


def two_problems(matcher: Matcher, whole: Ranking) -> tuple[Candidate, ...]:
    """Two different topics, in the order told, when the message surely holds both; else nothing."""
    cut = best_cut(matcher, whole)
    return cut.parts if cut is not None and cut.belief >= SURE else ()


def best_cut(matcher: Matcher, whole: Ranking) -> Cut | None:
    """The cut whose parts most surely stand for two different topics; None where there is no sign of two."""
    text = whole.text
    topics = whole.topics
    if not _SHORT <= len(text) <= _LONGEST or len(topics) < 2 or topics[1].confidence < _FAINT:
        return None
    found: list[tuple[float, int, tuple[Candidate, Candidate]]] = []
    for place in _places(matcher, text):
        first, second = (matcher.rank_words(part.strip(_EDGE)).best for part in (text[:place], text[place:]))
        if first.label != second.label and is_topic(first.label) and is_topic(second.label):
            found.append((min(first.confidence, second.confidence), place, (first, second)))
    if not found:
        return None
    weaker, place, parts = max(found)
    labels = {part.label for part in parts}
    near = text[max(0, place - 3) : place + 6]
    signs = (
        _logit(weaker),
        _logit(max(part.confidence for part in parts)),
        _logit(whole.best.confidence),
        float(frozenset(labels) in matcher.neighbours),
        float(announced(text)),
        float(sum({part.label for part in other} == labels for _, _, other in found)),
        float(np.log(min(place, len(text) - place))),
        float(_TIED.search(near) is not None),
    )
    return Cut(parts, signs)


def announced(text: str) -> bool:
    """Whether the words say that a second matter comes."""
    return _ANNOUNCED.search(text) is not None


def _logit(share: float) -> float:
    return float(np.log((share + 1e-5) / (1 - share + 1e-5)))


def _places(matcher: Matcher, text: str) -> Iterator[int]:
    """Where the words in front speak for one topic and those behind for another, most of all first."""
    borders, leaning = _leanings(matcher, text)
    if len(borders) < 2:
        return
    front = np.cumsum(leaning, axis=0)[:-1]
    whole = leaning.sum(axis=0)
    two = _best_two(front, whole - front)
    chosen: list[int] = []
    for index in np.argsort(-two, kind="stable"):
        place = borders[int(index) + 1]
        if two[index] < _GAIN * whole.max() or len(chosen) == _CUTS:
            return
        parts = (text[:place], text[place:])
        long_enough = all(len(_CHINESE.findall(part)) >= _SHORTEST for part in parts)
        if long_enough and all(abs(place - other) > 1 for other in chosen):
            chosen.append(place)
            yield place


def _best_two(front: Floats, back: Floats) -> Floats:
    """For each border the most that two different labels can have, one in front and one behind."""
    first, second = front.argmax(axis=1), back.argmax(axis=1)
    total = front.max(axis=1) + back.max(axis=1)
    runner_front, runner_back = np.partition(front, -2, axis=1)[:, -2], np.partition(back, -2, axis=1)[:, -2]
    otherwise = np.maximum(runner_front + back.max(axis=1), front.max(axis=1) + runner_back)
    best: Floats = np.where(first == second, otherwise, total)
    return best


def _leanings(matcher: Matcher, text: str) -> tuple[list[int], Floats]:
    """Where words begin, and how much each word speaks for each topic: cheap, as nothing is ranked for it."""
    model = matcher.model
    plain = simplify(text.lower())
    plain = plain if len(plain) == len(text) else text
    spans = list(_spans(matcher.featurize.cut(plain), plain))
    found: list[tuple[int, int, float]] = []
    for number, (start, end) in enumerate(spans):
        following = spans[number + 1 : number + 2]
        names = [f"w:{plain[start:end]}", *(f"w:{plain[start:end]}_{plain[a:b]}" for a, b in following)]
        names += [f"c:{plain[at : at + size]}" for at in range(start, end) for size in (1, 2, 3, 4)]
        found += [(number, model.vocabulary[name], BLOCKS[name[0]]) for name in names if name in model.vocabulary]
    if not found:
        return [], np.zeros((0, 0), dtype=np.float32)
    owners, places = np.array([o for o, _, _ in found]), np.array([p for _, p, _ in found])
    values = model.scales[places] * np.array([share for _, _, share in found], dtype=np.float32)
    rows = model.weights.rows(places)[:, _topics(model.labels)] * values[:, None]
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return [spans[int(owner)][0] for owner in owners[starts]], np.add.reduceat(rows, starts, axis=0)


def _topics(labels: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([is_topic(label) for label in labels])


def _spans(words: list[str], text: str) -> Iterator[tuple[int, int]]:
    """Where the words stand in the text that they were cut from."""
    position = 0
    for word in words:
        start = text.find(word, position)
        if start >= 0:
            position = start + len(word)
            yield start, position
