"""A linear model over sparse features: labels, vocabulary, weights. Immutable once trained; saved as plain arrays."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.matching.calibration import Trials
from app.core.matching.features import BLOCKS
from app.core.matching.semantic import Head
from app.core.matching.weights import Floats, Places, Weights, weights_of

KINDS = "".join(BLOCKS)  # the first letter of a feature's name says to which block it belongs
_SHARES = np.array(list(BLOCKS.values()), dtype=np.float32)
MEANING = "m:句意"  # what sentence vectors say, beside the features


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """`scales[feature]` (inverse document frequency), `kinds[feature]` (its block), and what was learned."""

    labels: tuple[str, ...]
    vocabulary: Mapping[str, int]
    kinds: NDArray[np.int8]
    scales: Floats
    weights: Weights
    bias: Floats
    temperature: float
    trials: Trials
    head: Head | None = None
    words_temperature: float = 1.0  # for what is ranked by its words alone

    def vector(self, counts: Counter[str]) -> tuple[Places, Floats]:
        """Places and values of the features that the model knows.

        Counts are sublinear, times scale; each block is brought to the same length, so that long texts weigh no more.
        """
        found = np.array([self.vocabulary.get(name, -1) for name in counts], dtype=np.int64)
        known = found >= 0
        places = found[known]
        number = np.array(list(counts.values()), dtype=np.float32)[known]
        values: Floats = np.log1p(number) * self.scales[places]
        return places, scale_blocks(values, self.kinds[places], len(KINDS))

    def scores(self, counts: Counter[str], sentence: Floats | None = None) -> Floats:
        """One logit a label; `sentence` is the text's vector, where the model has learned from such."""
        result: Floats = self.weights.apply(*self.vector(counts)) + self.bias
        if self.head is not None and sentence is not None:
            result = result + self.head.scores(sentence)
        return result

    def probabilities(self, counts: Counter[str], sentence: Floats | None = None) -> Floats:
        """The share of belief in each label; adds up to 1."""
        heard = self.head is not None and sentence is not None
        return softmax(self.scores(counts, sentence) / (self.temperature if heard else self.words_temperature))

    def contributions(
        self, counts: Counter[str], label: str, sentence: Floats | None = None
    ) -> list[tuple[str, float]]:
        """What spoke for `label` more than for the average label, strongest first."""
        places, values = self.vector(counts)
        column = self.labels.index(label)
        rows = self.weights.rows(places)
        share = values * (rows[:, column] - rows.mean(axis=1))
        names = {self.vocabulary[name]: name for name in counts if name in self.vocabulary}
        found = [(names[int(i)], float(s)) for i, s in zip(places, share, strict=True) if s > 0]
        if self.head is not None and sentence is not None:
            heard = self.head.scores(sentence)
            found += [(MEANING, float(heard[column] - heard.mean()))] if heard[column] > heard.mean() else []
        return sorted(found, key=lambda item: -item[1])


def softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def kinds_of(names: Iterable[str]) -> NDArray[np.int8]:
    """The block of each feature, by the first letter of its name."""
    return np.array([KINDS.index(name[0]) for name in names], dtype=np.int8)


def scale_blocks(values: Floats, group: NDArray[Any], groups: int) -> Floats:
    """Each group of values brought to the length of its block; groups are numbered so that blocks take turns."""
    length = np.sqrt(np.bincount(group, weights=values * values, minlength=groups))
    length[length == 0] = 1.0
    factor = np.tile(_SHARES, groups // len(_SHARES)) / length
    result: Floats = (values * factor[group]).astype(np.float32)
    return result


def dump(model: Model) -> bytes:
    """Plain arrays and JSON, no pickle: loading it runs no code."""
    buffer = io.BytesIO()
    names = json.dumps({"labels": model.labels, "vocabulary": list(model.vocabulary)}, ensure_ascii=False)
    arrays: dict[str, Any] = {
        "names": np.frombuffer(names.encode(), dtype=np.uint8),
        "kinds": model.kinds,
        "scales": model.scales,
        "bias": model.bias,
        "temperatures": np.array([model.temperature, model.words_temperature]),
        "confidence": model.trials.confidence,
        "right": model.trials.right,
        **model.weights.arrays(),
    }
    if model.head is not None:
        arrays |= {"head": model.head.weights, "head_bias": model.head.bias}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def parse(data: bytes) -> Model:
    """The inverse of `dump`. Raises ValueError when the bytes are not a model."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        names = json.loads(arrays["names"].tobytes())
        labels: Sequence[str] = names["labels"]
        return Model(
            tuple(labels),
            {name: i for i, name in enumerate(names["vocabulary"])},
            arrays["kinds"],
            arrays["scales"],
            weights_of(arrays, len(labels)),
            arrays["bias"],
            float(arrays["temperatures"][0]),
            Trials(arrays["confidence"], arrays["right"]),
            Head(arrays["head"], arrays["head_bias"]) if "head" in arrays else None,
            float(arrays["temperatures"][1]),
        )
