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
    blocks: dict[str, tuple[list[int], list[int]]] = {block: ([], []) for block in BLOCKS}
    for name, number in counts.items():
        place = vocabulary.get(name)
        if place is not None:
            index, count = blocks[name[0]]
            index.append(place)
            count.append(number)
    parts = [_scaled(*blocks[block], scales, weight) for block, weight in BLOCKS.items() if blocks[block][0]]
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    return np.concatenate([index for index, _ in parts]), np.concatenate([value for _, value in parts])


def _scaled(places: list[int], counts: list[int], scales: Floats, weight: float) -> tuple[NDArray[np.int64], Floats]:
    index = np.array(places, dtype=np.int64)
    value: Floats = np.log1p(np.array(counts, dtype=np.float32)) * scales[index]
    length = float(np.sqrt(value @ value)) or 1.0
    return index, value * np.float32(weight / length)


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
