"""Labelled phrases as one matrix of counts, for learning. Says row by row what `Model.vector` says of one message."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.matching.model import KINDS, kinds_of, scale_blocks
from app.core.matching.weights import Floats

RARE = {"c": 3, "w": 2, "p": 3, "k": 1, "e": 1}  # a feature of fewer phrases is dropped
RARE_OF_FEW = {"c": 2, "w": 1, "p": 1, "k": 1, "e": 1}  # where there are few phrases, rare ones are needed
FEW = 3_000


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """One row a phrase, one column a feature; columns in the order of their names."""

    names: NDArray[Any]
    kinds: NDArray[np.int8]
    counts: Any  # scipy.sparse.csr_matrix

    def __len__(self) -> int:
        rows: int = self.counts.shape[0]
        return rows

    def rows(self, which: NDArray[Any]) -> "Corpus":
        """Some of the phrases, with all columns."""
        return Corpus(self.names, self.kinds, self.counts[which])

    def vocabulary(self) -> "Vocabulary":
        """The features that are worth a weight, and how much each is worth counting."""
        frequency = np.bincount(self.counts.indices, minlength=len(self.names))
        limits = RARE if len(self) >= FEW else RARE_OF_FEW
        enough = np.array([limits[kind] for kind in KINDS])[self.kinds]
        kept = np.flatnonzero((frequency >= enough) & (frequency > 0))
        scales = (np.log((1 + len(self)) / (1 + frequency[kept])) + 1).astype(np.float32)
        return Vocabulary(self.names[kept], self.kinds[kept], kept, scales)

    def weighed(self, vocabulary: "Vocabulary") -> Any:
        """The phrases as learners take them: a csr_matrix of float32 with one column a word of the vocabulary."""
        from scipy.sparse import csr_matrix

        place = np.full(len(self.names), -1, dtype=np.int32)
        place[vocabulary.columns] = np.arange(len(vocabulary.columns), dtype=np.int32)
        columns = place[self.counts.indices]
        known = columns >= 0
        row = np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.counts.indptr))[known]
        columns = columns[known]
        group = row * len(KINDS) + vocabulary.kinds[columns]
        values = np.log1p(self.counts.data[known].astype(np.float32)) * vocabulary.scales[columns]
        values = scale_blocks(values, group, len(self) * len(KINDS))
        starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(self)))]).astype(np.int32)
        return csr_matrix((values, columns, starts), shape=(len(self), len(vocabulary.columns)))


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Features by name, in order; `columns` says where each stands in the corpus."""

    names: NDArray[Any]
    kinds: NDArray[np.int8]
    columns: NDArray[np.int64]
    scales: Floats

    def __len__(self) -> int:
        return len(self.columns)

    def places(self) -> Mapping[str, int]:
        return {str(name): place for place, name in enumerate(self.names)}


def gather(bags: Iterable[Counter[str]]) -> Corpus:
    """The corpus of these counts; one bag at a time is looked at, so that it may be made on the way."""
    from scipy.sparse import csr_matrix

    seen: dict[str, int] = {}
    columns, numbers, starts = array("i"), array("i"), array("q", [0])
    for bag in bags:
        for name, number in bag.items():
            columns.append(seen.setdefault(name, len(seen)))
            numbers.append(number)
        starts.append(len(columns))
    names = np.empty(len(seen), dtype=object)
    names[:] = sorted(seen)
    place = np.empty(len(seen), dtype=np.int32)
    place[[seen[name] for name in names]] = np.arange(len(seen), dtype=np.int32)
    found = (np.frombuffer(numbers, dtype=np.int32), place[np.frombuffer(columns, dtype=np.int32)], np.array(starts))
    counts = csr_matrix(found, shape=(len(starts) - 1, len(seen)))
    return Corpus(names, kinds_of(names), counts)
