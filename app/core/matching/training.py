"""Learns a Model from labelled phrases. Pure computation: the same phrases give the same weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.matching.calibration import Trials
from app.core.matching.corpus import Corpus, Vocabulary, gather
from app.core.matching.features import Featurizer
from app.core.matching.labels import is_topic
from app.core.matching.large import fit_many
from app.core.matching.model import Model, softmax
from app.core.matching.semantic import SHARES, Head, fit_head
from app.core.matching.weights import UNSEEN, Dense, Floats, Weights

COST = 1.0  # of a phrase on the wrong side of its margin, against small weights
STRETCH = 4.0  # margins are near 1; stretched, a softmax over them has room for its temperature
MOST_FOLDS = 12  # writers that are held out in turn
SHUFFLED_FOLDS = 5
SEED = 20261123
LARGE = 20_000_000  # features times labels; beyond, every label against all phrases takes hours and gigabytes
MOST_TRIED = 5_000  # phrases held out of a large set
TEMPERATURES = np.linspace(0.2, 3.0, 29)
NO_TRIALS = Trials(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.bool_))

Progress = Callable[[str, int, int], None]  # what, done, of
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase, its label, and who wrote it: folds are cut between writers, never through one."""

    text: str
    label: str
    writer: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What was said of phrases by models that had not seen them: logits by row, labels by column."""

    truth: NDArray[np.int64]
    logits: Floats
    semantic: Floats | None = None  # the vectors' logits, to be added in some share


def quiet(_what: str, _done: int, _of: int) -> None:
    """No progress shown."""


def train(
    examples: Sequence[Example], featurize: Featurizer, progress: Progress = quiet, vectors: Floats | None = None
) -> Model:
    """Fit on all examples; the temperature comes from predictions on writers that were left out.

    `vectors`: one sentence vector a row, to learn from as well; what they add is weighed on the same predictions, and
    they are not used where there are very many labels. Raises ValueError with fewer than two labels.
    """
    labels = tuple(sorted({example.label for example in examples}))
    if len(labels) < 2:
        raise ValueError("at least two labels are needed")
    corpus = gather(featurize(example.text) for example in examples)
    place = {label: index for index, label in enumerate(labels)}
    truth = np.array([place[example.label] for example in examples], dtype=np.int64)
    large = len(corpus.vocabulary()) * len(labels) > LARGE
    lesson = _Lesson(corpus, truth, len(labels), None if large else vectors, large)
    masks = [_at_most(folds(examples)[0], MOST_TRIED)] if large else folds(examples)
    held = _cross_predict(lesson, masks, progress)
    everything = np.ones(len(examples), dtype=np.bool_)
    learned = lesson.learn(everything, lambda done: progress("many", len(labels) + done, 2 * len(labels) + 1))
    progress("fit", 1, 1)
    share, temperature = best_share(held)
    return Model(
        labels,
        learned.vocabulary.places(),
        learned.vocabulary.kinds,
        learned.vocabulary.scales,
        learned.weights,
        learned.bias,
        temperature,
        trials_of(held, labels, share, temperature),
        learned.head.times(share) if learned.head and share else None,
        _best_temperature(held, 0.0)[1],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Learned:
    """What some of the phrases taught."""

    vocabulary: Vocabulary
    weights: Weights
    bias: Floats
    head: Head | None

    def logits(self, corpus: Corpus) -> Floats:
        """What the words alone say of other phrases, one row each."""
        matrix = corpus.weighed(self.vocabulary)
        edges = zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
        parts = [self.weights.apply(matrix.indices[a:b].astype(np.int64), matrix.data[a:b]) for a, b in edges]
        return np.array(parts, dtype=np.float32).reshape(len(corpus), len(self.bias)) + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """All that there is to learn from. `large`: every label is learned against its neighbourhood only."""

    corpus: Corpus
    truth: NDArray[np.int64]
    labels: int
    vectors: Floats | None
    large: bool

    def learn(self, inside: Mask, done: Callable[[int], None]) -> _Learned:
        """What the phrases `inside` teach; `done` is told how many labels are, where there are very many."""
        corpus = self.corpus.rows(np.flatnonzero(inside))
        vocabulary = corpus.vocabulary()
        matrix, target = corpus.weighed(vocabulary), self.truth[inside]
        weights: Weights
        if self.large:
            weights, bias = fit_many(matrix, target, self.labels, done)
        else:
            weights, bias = fit_all(matrix, target, self.labels)
        head = fit_head(self.vectors[inside], target, self.labels) if self.vectors is not None else None
        return _Learned(vocabulary, weights, bias, head)


def fit_all(matrix: Any, target: NDArray[np.int64], labels: int) -> tuple[Dense, Floats]:
    """One margin a label (linear support vectors), each against all the rest. Weights and bias."""
    from sklearn.svm import LinearSVC

    learner = LinearSVC(C=COST, max_iter=300, tol=1e-2, random_state=SEED)
    learner.fit(matrix, target)
    weights = np.zeros((matrix.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, UNSEEN, dtype=np.float32)
    coefficients, intercepts = _both_sides(learner.coef_ * STRETCH, learner.intercept_ * STRETCH)
    weights[:, learner.classes_] = coefficients.T
    bias[learner.classes_] = intercepts
    return Dense(weights), bias


def _both_sides(coefficients: Floats, intercepts: Floats) -> tuple[Floats, Floats]:
    """With two classes the learner keeps one row for the second; the softmax wants both."""
    if len(coefficients) > 1:
        return coefficients, intercepts
    return np.vstack([-coefficients / 2, coefficients / 2]), np.concatenate([-intercepts / 2, intercepts / 2])


def folds(examples: Sequence[Example]) -> list[Mask]:
    """Masks of what is held out: one writer at a time where there are several, else a fixed shuffle.

    Phrases without a writer (the company's own) are always learned from and never tried; so are those of a writer
    of one label only, whose lines are no picture of what people ask.
    """
    labels: dict[str, set[str]] = {}
    for example in examples:
        labels.setdefault(example.writer, set()).add(example.label)
    writers = sorted(writer for writer, wrote in labels.items() if writer and len(wrote) > 1)
    if len(writers) > 1:
        return [np.array([example.writer == writer for example in examples]) for writer in writers[:MOST_FOLDS]]
    chosen = np.random.default_rng(SEED).permutation(len(examples)) % SHUFFLED_FOLDS
    return [chosen == fold for fold in range(SHUFFLED_FOLDS)]


def _at_most(mask: Mask, most: int) -> Mask:
    """The same mask, or `most` of it, chosen evenly."""
    chosen = np.flatnonzero(mask)
    fewer = np.zeros_like(mask)
    fewer[chosen[np.linspace(0, len(chosen) - 1, min(most, len(chosen))).astype(np.int64)]] = True
    return fewer


def _cross_predict(lesson: _Lesson, masks: Sequence[Mask], progress: Progress) -> Held:
    """Logits for the phrases that were held out, from models that had not seen their writer."""
    tried: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    logits: list[Floats] = [np.zeros((0, lesson.labels), dtype=np.float32)]
    semantic: list[Floats] = []
    for number, mask in enumerate(masks):
        if not lesson.large:
            progress("cross", number, len(masks) + 1)
        if len(np.unique(lesson.truth[~mask])) < 2:
            continue
        learned = lesson.learn(~mask, lambda labels: progress("many", labels, 2 * lesson.labels + 1))
        out = np.flatnonzero(mask)
        tried.append(out)
        logits.append(learned.logits(lesson.corpus.rows(out)))
        if learned.head is not None and lesson.vectors is not None:
            semantic.append(learned.head.scores(lesson.vectors[out]))
    meant = np.concatenate(semantic) if semantic else None
    return Held(lesson.truth[np.concatenate(tried)], np.concatenate(logits), meant)


def best_share(held: Held) -> tuple[float, float]:
    """How loud the vectors should be, and the temperature, under which what was held out is least surprising."""
    shares = SHARES if held.semantic is not None else (0.0,)
    found = [(loss, share, t) for share in shares for loss, t in [_best_temperature(held, share)]]
    _, share, temperature = min(found)
    return share, temperature


def _best_temperature(held: Held, share: float) -> tuple[float, float]:
    """Loss and temperature; the grid is coarse, which is enough."""
    if not len(held.truth):
        return 0.0, 1.0
    rows = np.arange(len(held.truth))
    logits = _mixed(held, share)
    losses = [float(-np.log(softmax(logits / t)[rows, held.truth] + 1e-9).mean()) for t in TEMPERATURES]
    best = int(np.argmin(losses))
    return losses[best], float(TEMPERATURES[best])


def _mixed(held: Held, share: float) -> Floats:
    return held.logits if held.semantic is None else held.logits + np.float32(share) * held.semantic


def trials_of(held: Held, labels: Sequence[str], share: float, temperature: float) -> Trials:
    """The held-out phrases whose best label is a topic, as trials of answering it."""
    if not len(held.truth):
        return NO_TRIALS
    probabilities = softmax(_mixed(held, share) / temperature)
    best = probabilities.argmax(axis=1)
    topic = np.array([is_topic(label) for label in labels])
    asked = topic[best]
    return Trials(probabilities.max(axis=1)[asked], (best == held.truth)[asked])
