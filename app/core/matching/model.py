"""A linear model over sparse features: labels, vocabulary, weights. Immutable once trained; saved as plain arrays."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.matching.calibration import Trials
from app.core.matching.features import BLOCKS

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """`weights[feature, label]`, `scales[feature]` (inverse document frequency times block scale)."""

    labels: tuple[str, ...]
    vocabulary: Mapping[str, int]
    scales: Floats
    weights: Floats
    bias: Floats
    temperature: float
    trials: Trials

    def vector(self, counts: Counter[str]) -> tuple[NDArray[np.int64], Floats]:
        """Indices and values of the features that the model knows, each block of length one times its scale."""
        return vectorize(counts, self.vocabulary, self.scales)

    def scores(self, counts: Counter[str]) -> Floats:
        """One logit a label."""
        indices, values = self.vector(counts)
        result: Floats = values @ self.weights[indices] + self.bias
        return result

    def probabilities(self, counts: Counter[str]) -> Floats:
        return softmax(self.scores(counts) / self.temperature)

    def contributions(self, counts: Counter[str], label: str) -> list[tuple[str, float]]:
        """What spoke for `label` more than for the average label, strongest first."""
        indices, values = self.vector(counts)
        column = self.labels.index(label)
        share = values * (self.weights[indices, column] - self.weights[indices].mean(axis=1))
        names = {self.vocabulary[name]: name for name in counts if name in self.vocabulary}
        found = [(names[int(i)], float(s)) for i, s in zip(indices, share, strict=True) if s > 0]
        return sorted(found, key=lambda item: -item[1])


def softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def vectorize(counts: Counter[str], vocabulary: Mapping[str, int], scales: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Sublinear counts times scale; each block is brought to the same length, so that long texts weigh no more."""
    indices: list[int] = []
    values: list[float] = []
    for block, weight in BLOCKS.items():
        prefix = block + ":"
        known = [(vocabulary[n], c) for n, c in counts.items() if n.startswith(prefix) and n in vocabulary]
        if not known:
            continue
        index = [i for i, _ in known]
        value = np.log1p(np.array([c for _, c in known], dtype=np.float32)) * scales[index]
        length = float(np.sqrt((value * value).sum())) or 1.0
        indices.extend(index)
        values.extend((value * (weight / length)).tolist())
    return np.array(indices, dtype=np.int64), np.array(values, dtype=np.float32)


def dump(model: Model) -> bytes:
    """Plain arrays and JSON, no pickle: loading it runs no code."""
    buffer = io.BytesIO()
    names = json.dumps({"labels": model.labels, "vocabulary": list(model.vocabulary)}, ensure_ascii=False)
    np.savez(
        buffer,
        names=np.frombuffer(names.encode(), dtype=np.uint8),
        scales=model.scales,
        weights=model.weights,
        bias=model.bias,
        temperature=np.float64(model.temperature),
        confidence=model.trials.confidence,
        right=model.trials.right,
    )
    return buffer.getvalue()


def parse(data: bytes) -> Model:
    """The inverse of `dump`. Raises ValueError when the bytes are not a model."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        names = json.loads(arrays["names"].tobytes())
        vocabulary = {name: i for i, name in enumerate(names["vocabulary"])}
        labels: Sequence[str] = names["labels"]
        return Model(
            tuple(labels),
            vocabulary,
            arrays["scales"],
            arrays["weights"],
            arrays["bias"],
            float(arrays["temperature"]),
            Trials(arrays["confidence"], arrays["right"]),
        )
