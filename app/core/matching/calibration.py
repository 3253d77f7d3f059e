"""From a promise (“答错不超过 2 %”) to a threshold, by trials on writers that the model had not seen."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ENOUGH = 500  # trials; with fewer, the bound would forbid every answer
SURELY = 1.64  # standard errors: nineteen of twenty repetitions stay below


class Price(NamedTuple):
    """Shares of the messages that lead to a topic: not answered but asked back or handed over; of all, and in vain."""

    withheld: float
    in_vain: float


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Cross-validated trials: for each, the confidence of the best topic and whether answering it was right."""

    confidence: NDArray[np.float32]
    right: NDArray[np.bool_]

    def threshold(self, promised_wrong: float, smallest: float = 0.35) -> float:
        """The lowest confidence above which at most `promised_wrong` of the answers are wrong.

        Where there are trials enough, so that it would hold in most repetitions of them, not in every second.
        """
        order = np.argsort(-self.confidence, kind="stable")
        wrong = np.cumsum(~self.right[order])
        given = np.arange(1, len(order) + 1)
        share = wrong / given
        if len(order) >= ENOUGH:
            share = _bounds(share, given, SURELY)[1]
        kept = np.flatnonzero(share <= promised_wrong)
        if not len(kept):
            return 1.0
        return max(smallest, float(self.confidence[order[kept[-1]]]))

    def price(self, threshold: float) -> Price:
        """What `threshold` withholds, compared with answering everything."""
        withheld = self.confidence < threshold
        of = max(1, len(self.right))
        return Price(int(withheld.sum()) / of, int((withheld & self.right).sum()) / of)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson score); (0, 1) when nothing was tried."""
    if of == 0:
        return 0.0, 1.0
    low, high = _bounds(np.array(hits / of), np.array(of), 1.96)
    return max(0.0, float(low)), min(1.0, float(high))


def _bounds(share: NDArray[np.float64], of: NDArray[np.int64], z: float) -> tuple[Any, Any]:
    """Between which the true share lies, `z` standard errors either side (Wilson score)."""
    centre = share + z * z / (2 * of)
    spread = z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return (centre - spread) / scale, (centre + spread) / scale
