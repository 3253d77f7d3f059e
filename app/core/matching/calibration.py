"""From a promise (“答错不超过 2 %”) to a threshold, by trials on writers that the model had not seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Cross-validated trials: for each, the confidence of the best topic and whether answering it was right."""

    confidence: NDArray[np.float32]
    right: NDArray[np.bool_]

    def threshold(self, promised_wrong: float, smallest: float = 0.35) -> float:
        """The lowest confidence above which at most `promised_wrong` of the answers are wrong."""
        order = np.argsort(-self.confidence, kind="stable")
        wrong = np.cumsum(~self.right[order])
        given = np.arange(1, len(order) + 1)
        kept = np.flatnonzero(wrong <= promised_wrong * given)
        if not len(kept):
            return 1.0
        return max(smallest, float(self.confidence[order[kept[-1]]]))

    def price(self, threshold: float) -> float:
        """The share of right answers that are not given because of `threshold`."""
        right = int(self.right.sum())
        withheld = int((self.right & (self.confidence < threshold)).sum())
        return withheld / right if right else 0.0


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson score); (0, 1) when nothing was tried."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    centre = share + z * z / (2 * of)
    spread = z * float(np.sqrt(share * (1 - share) / of + z * z / (4 * of * of)))
    scale = 1 + z * z / of
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
