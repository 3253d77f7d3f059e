"""Two problems in one message: pairs of phrases by writers that the model had not seen, and their single phrases.

Says how often both problems of a pair are answered, how often a single phrase is taken for two, and what weights
`core/matching/two_problems.py` should have.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.content import Content
from app.core.matching import two_problems
from app.core.matching.labels import is_topic
from app.core.matching.ranking import Matcher
from app.core.matching.training import Example, folds, train
from app.core.matching.two_problems import BIAS, SURE, WEIGHTS, Cut, best_cut
from app.store.library import make_featurizer, read_content
from tests.bench.data import CACHE, ROOT, SEED
from tests.bench.show import percent, say, table

JOINTS = {
    "逗号": ["，"],
    "句号": ["。", "？", "！"],
    "空格": [" "],
    "什么也没有": [""],
    "虚词": ["然后", "再", "又", "而且", "同时", "，也", "和"],
    "说了还有": ["，另外", "，还有", "，顺便问一下", "。还有个事，", "，再就是", "另外"],
}
PAIRS = 150  # of each joint
SHORT = 14  # characters; shorter ones are never cut
LONG = 30  # characters; people tell more around one problem than the phrases do,
LONG_COUNTS = 8  # so each long phrase counts for several
BARE = 0.35  # of the second halves lose their “公司邮箱”
_SUBJECT = re.compile(r"^(?:我的|我们|我)?(?:公司|企业)?邮箱")
_END = "。？?！!，,~…"


@dataclass(frozen=True, slots=True)
class Case:
    """A message, by whom, with what it is about and how it was joined ('' for a single phrase)."""

    text: str
    labels: frozenset[str]
    writer: str
    joint: str


def measure() -> None:
    """Print the shares of today's weights, then the weights that fit best."""
    content = read_content(ROOT / "intents", ROOT / "knowledge")
    matchers = dict(_left_out(content))
    cases = [*_pairs(content, set(matchers)), *_singles(content, set(matchers))]
    cuts = [best_cut(matchers[case.writer], matchers[case.writer].rank(case.text)) for case in cases]
    _print("今天的权重", cases, cuts, np.array([cut.belief if cut else 0.0 for cut in cuts]))
    weights, bias, beliefs = _refit(cases, cuts)
    _print("重新拟合的权重（交叉验证）", cases, cuts, beliefs)
    say(f"今天：{WEIGHTS} {BIAS}；拟合：{tuple(round(w, 2) for w in weights)} {bias:.2f}")


def _left_out(content: Content) -> Iterator[tuple[str, Matcher]]:
    """A matcher for each writer, that has seen nothing of his."""
    featurize = make_featurizer(content.concepts, CACHE)
    neighbours = frozenset(frozenset((id, other)) for id, topic in content.topics.items() for other in topic.apart)
    for mask in folds(content.examples):
        writer = content.examples[int(np.flatnonzero(mask)[0])].writer
        others = [_unsigned(e) for e, out in zip(content.examples, mask, strict=True) if not out]
        say(f"… {writer}")
        yield writer, Matcher(train(others, featurize), featurize, neighbours)


def _unsigned(example: Example) -> Example:
    """As if written by one of two, so that the temperature costs two folds, not eleven."""
    return Example(example.text, example.label, "甲" if len(example.text) % 2 else "乙")


def _pairs(content: Content, writers: set[str]) -> Iterator[Case]:
    chance = random.Random(SEED)
    told: dict[str, dict[str, list[str]]] = {}
    for e in content.examples:
        if e.writer in writers and is_topic(e.label) and 6 <= len(e.text) <= 45 and not two_problems.announced(e.text):
            told.setdefault(e.writer, {}).setdefault(e.label, []).append(e.text)
    for joint, words in JOINTS.items():
        for _ in range(PAIRS):
            writer = chance.choice(sorted(told))
            first, second = chance.sample(sorted(told[writer]), 2)
            front, behind = chance.choice(told[writer][first]).rstrip(_END), chance.choice(told[writer][second])
            if chance.random() < BARE:
                behind = _SUBJECT.sub("", behind) or behind
            yield Case(front + chance.choice(words) + behind, frozenset((first, second)), writer, joint)


def _singles(content: Content, writers: set[str]) -> Iterator[Case]:
    for e in content.examples:
        if e.writer in writers and len(e.text) >= SHORT:
            yield Case(e.text, frozenset((e.label,)), e.writer, "")


def _right(case: Case, cut: Cut | None) -> bool:
    return cut is not None and {part.label for part in cut.parts} == case.labels


def _refit(cases: Sequence[Case], cuts: Sequence[Cut | None]) -> tuple[list[float], float, NDArray[np.float64]]:
    """Logistic regression over the signs, and what it believes of cases by writers that it has not seen."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    have = [at for at, cut in enumerate(cuts) if cut is not None]
    signs = np.array([cut.signs for cut in cuts if cut is not None])
    right = np.array([_right(cases[at], cuts[at]) for at in have])
    weight = np.array([LONG_COUNTS if not cases[at].joint and len(cases[at].text) >= LONG else 1.0 for at in have])
    writers = np.array([cases[at].writer for at in have])
    learner = LogisticRegression(max_iter=3000)
    beliefs = np.zeros(len(cases))
    for inside, outside in GroupKFold(len(set(writers))).split(signs, right, writers):
        learner.fit(signs[inside], right[inside], weight[inside])
        beliefs[np.array(have)[outside]] = learner.predict_proba(signs[outside])[:, 1]
    learner.fit(signs, right, weight)
    return [float(w) for w in learner.coef_[0]], float(learner.intercept_[0]), beliefs


def _print(title: str, cases: Sequence[Case], cuts: Sequence[Cut | None], beliefs: NDArray[np.float64]) -> None:
    right = np.array([_right(case, cut) for case, cut in zip(cases, cuts, strict=True)])
    joints = np.array([case.joint for case in cases])
    single = joints == ""
    long = single & np.array([len(case.text) >= LONG for case in cases])
    rows = []
    for sure in sorted({SURE, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}):
        said = beliefs >= sure
        shares = [(said & right)[joints == joint].mean() for joint in JOINTS]
        wrong = (said & ~right)[~single].mean()
        row = [f"{sure}", *map(percent, shares), percent((said & right)[~single].mean()), percent(wrong)]
        rows.append([*row, f"{(said & single).sum()}/{single.sum()}", f"{(said & long).sum()}/{long.sum()}"])
    table(f"两个问题：{title}", ["门槛", *JOINTS, "合计", "拆错", "单句误拆", "其中长句"], rows)
