"""What a model has learned: a weight a feature and label, dense for a few labels, sparse for thousands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

UNSEEN = -20.0  # the bias of a label without examples, so that it never wins


class Weights(Protocol):
    """Features down, labels across."""

    def apply(self, places: Places, values: Floats) -> Floats:
        """The sum of `values` times the rows at `places`: one number a label."""
        ...

    def rows(self, places: Places) -> Floats:
        """The rows at `places`, dense."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is kept on disk, by name."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """Every weight is there."""

    matrix: Floats

    def apply(self, places: Places, values: Floats) -> Floats:
        result: Floats = values @ self.matrix[places]
        return result

    def rows(self, places: Places) -> Floats:
        return self.matrix[places]

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"weights": self.matrix}


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """Feature `f` has the weights `values[starts[f]:starts[f + 1]]` for the labels at the same places of `columns`."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Floats
    labels: int

    def apply(self, places: Places, values: Floats) -> Floats:
        at, owner = self._entries(places)
        shares = self.values[at] * values[owner]
        return np.bincount(self.columns[at], weights=shares, minlength=self.labels).astype(np.float32)

    def rows(self, places: Places) -> Floats:
        at, owner = self._entries(places)
        dense = np.zeros((len(places), self.labels), dtype=np.float32)
        dense[owner, self.columns[at]] = self.values[at]
        return dense

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"starts": self.starts, "columns": self.columns, "values": self.values}

    def _entries(self, places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the entries of all these rows stand, and to which of `places` each belongs."""
        first = self.starts[places]
        lengths = self.starts[places + 1] - first
        owner = np.repeat(np.arange(len(places)), lengths)
        before = np.cumsum(lengths) - lengths
        return np.arange(len(owner)) - before[owner] + first[owner], owner


def weights_of(arrays: Mapping[str, NDArray[Any]], labels: int) -> Weights:
    """The inverse of `arrays()`. Raises KeyError when neither kind is there."""
    if "weights" in arrays:
        return Dense(arrays["weights"])
    return Sparse(arrays["starts"], arrays["columns"], arrays["values"], labels)
