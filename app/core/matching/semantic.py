"""A second opinion from sentence vectors: near in meaning, whatever the words. Optional; added to the words' logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.core.matching.weights import UNSEEN, Floats

COST = 20.0  # of the vectors' logistic regression; 5 and 60 gave the same within half a point
LOUDEST = 3.0
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, LOUDEST)  # of the vectors' logits, tried in turn


class Embedder(Protocol):
    """Turns sentences into vectors. The same text gives the same vector, in this process and the next."""

    @property
    def name(self) -> str:
        """Model and version: what was learned from its vectors is of no use to another."""
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row a text, in their order."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One logit a label from a sentence vector. `weights[dimension, label]`."""

    weights: Floats
    bias: Floats

    def scores(self, vectors: Floats) -> Floats:
        """Logits of one vector, or of one vector a row."""
        result: Floats = vectors @ self.weights + self.bias
        return result

    def times(self, share: float) -> "Head":
        """The same opinion, louder or softer."""
        return Head(self.weights * np.float32(share), self.bias * np.float32(share))


def fit_head(vectors: Floats, target: NDArray[np.int64], labels: int) -> Head:
    """Multinomial logistic regression on standardised vectors; standardising is folded into the weights."""
    from sklearn.linear_model import LogisticRegression

    mean = vectors.mean(axis=0)
    spread = (vectors.std(axis=0) + 1e-6) * np.sqrt(vectors.shape[1])
    learner = LogisticRegression(C=COST, max_iter=200)
    learner.fit((vectors - mean) / spread, target)
    found, offsets = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:
        found, offsets = np.vstack([-found / 2, found / 2]), np.concatenate([-offsets / 2, offsets / 2])
    weights = np.zeros((vectors.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, UNSEEN, dtype=np.float32)
    weights[:, learner.classes_] = found.T / spread[:, None]
    bias[learner.classes_] = offsets - mean @ (found.T / spread[:, None])
    return Head(weights, bias)
