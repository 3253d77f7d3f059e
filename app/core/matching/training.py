"""Learns a Model from labelled phrases. Pure computation: the same phrases give the same weights."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.core.matching.calibration import Trials
from app.core.matching.features import Featurizer
from app.core.matching.labels import is_topic
from app.core.matching.model import Floats, Model, softmax, vectorize

RARE = {"c": 3, "w": 2, "p": 3, "k": 1, "e": 1}  # a feature of fewer phrases is dropped
RARE_OF_FEW = {"c": 2, "w": 1, "p": 1, "k": 1, "e": 1}  # where there are few phrases, rare ones are needed
FEW = 3_000
COST = 1.0  # of a phrase on the wrong side of its margin, against small weights
STRETCH = 4.0  # margins are near 1; stretched, a softmax over them has room for its temperature
MOST_FOLDS = 12  # writers that are held out in turn
SHUFFLED_FOLDS = 5
SEED = 20261123
NO_TRIALS = Trials(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.bool_))

Progress = Callable[[str, int, int], None]  # what, done, of


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase, its label, and who wrote it: folds are cut between writers, never through one."""

    text: str
    label: str
    writer: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What the model said of examples that it had not seen: logits by row, labels by column."""

    labels: tuple[str, ...]
    truth: NDArray[np.int64]
    logits: Floats


def quiet(_what: str, _done: int, _of: int) -> None:
    """No progress shown."""


def train(examples: Sequence[Example], featurize: Featurizer, progress: Progress = quiet) -> Model:
    """Fit on all examples; the temperature comes from predictions on writers that were left out.

    Raises ValueError with fewer than two labels.
    """
    labels = tuple(sorted({example.label for example in examples}))
    if len(labels) < 2:
        raise ValueError("at least two labels are needed")
    counts = [featurize(example.text) for example in examples]
    held = cross_predict(examples, counts, labels, progress)
    model = fit(counts, [example.label for example in examples], labels)
    progress("fit", 1, 1)
    temperature = best_temperature(held)
    return replace(model, temperature=temperature, trials=trials_of(held, temperature))


def fit(counts: Sequence[Counter[str]], truth: Sequence[str], labels: tuple[str, ...]) -> Model:
    """One margin a label (linear support vectors, one against the rest), temperature 1."""
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    vocabulary, scales = _vocabulary(counts)
    rows = [vectorize(count, vocabulary, scales) for count in counts]
    matrix = csr_matrix(
        (
            np.concatenate([values for _, values in rows]),
            np.concatenate([indices for indices, _ in rows]),
            np.cumsum([0, *(len(indices) for indices, _ in rows)]),
        ),
        shape=(len(rows), len(vocabulary)),
    )
    target = np.array([labels.index(label) for label in truth])
    learner = LinearSVC(C=COST, max_iter=300, tol=1e-2, random_state=SEED)
    learner.fit(matrix, target)
    weights = np.zeros((len(vocabulary), len(labels)), dtype=np.float32)
    bias = np.full(len(labels), -20.0, dtype=np.float32)  # a label without examples never wins
    coefficients, intercepts = _both_sides(learner.coef_ * STRETCH, learner.intercept_ * STRETCH)
    weights[:, learner.classes_] = coefficients.T
    bias[learner.classes_] = intercepts
    return Model(labels, vocabulary, scales, weights, bias, 1.0, NO_TRIALS)


def _both_sides(coefficients: Floats, intercepts: Floats) -> tuple[Floats, Floats]:
    """With two classes the learner keeps one row for the second; the softmax wants both."""
    if len(coefficients) > 1:
        return coefficients, intercepts
    return np.vstack([-coefficients / 2, coefficients / 2]), np.concatenate([-intercepts / 2, intercepts / 2])


def _vocabulary(counts: Sequence[Counter[str]]) -> tuple[dict[str, int], Floats]:
    frequency: Counter[str] = Counter()
    for count in counts:
        frequency.update(count.keys())
    rare = RARE if len(counts) >= FEW else RARE_OF_FEW
    kept = sorted(name for name, n in frequency.items() if n >= rare[name[0]])
    total = len(counts)
    scales = np.array([np.log((1 + total) / (1 + frequency[name])) + 1 for name in kept], dtype=np.float32)
    return {name: index for index, name in enumerate(kept)}, scales


def folds(examples: Sequence[Example]) -> list[NDArray[np.bool_]]:
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


def cross_predict(
    examples: Sequence[Example],
    counts: Sequence[Counter[str]],
    labels: tuple[str, ...],
    progress: Progress = quiet,
) -> Held:
    """Logits for the examples that were held out, from models that had not seen their writer."""
    masks = folds(examples)
    rows: list[int] = []
    logits: list[Floats] = []
    for number, mask in enumerate(masks):
        progress("cross", number, len(masks) + 1)
        inside = [i for i in range(len(examples)) if not mask[i]]
        if len({examples[i].label for i in inside}) < 2:
            continue
        model = fit([counts[i] for i in inside], [examples[i].label for i in inside], labels)
        rows.extend(int(i) for i in np.flatnonzero(mask))
        logits.extend(model.scores(counts[int(i)]) for i in np.flatnonzero(mask))
    progress("cross", len(masks), len(masks) + 1)
    truth = np.array([labels.index(examples[i].label) for i in rows], dtype=np.int64)
    return Held(labels, truth, np.array(logits, dtype=np.float32).reshape(len(rows), len(labels)))


def best_temperature(held: Held) -> float:
    """The temperature under which the held-out predictions are least surprised (grid, coarse is enough)."""
    grid = np.linspace(0.2, 3.0, 29)
    if not len(held.truth):
        return 1.0
    rows = np.arange(len(held.truth))
    loss = [-np.log(softmax(held.logits / t)[rows, held.truth] + 1e-9).mean() for t in grid]
    return float(grid[int(np.argmin(loss))])


def trials_of(held: Held, temperature: float) -> Trials:
    """The held-out examples whose best label is a topic, as trials of answering it."""
    if not len(held.truth):
        return NO_TRIALS
    probabilities = softmax(held.logits / temperature)
    best = probabilities.argmax(axis=1)
    topic = np.array([is_topic(label) for label in held.labels])
    asked = topic[best]
    return Trials(probabilities.max(axis=1)[asked], (best == held.truth)[asked])
