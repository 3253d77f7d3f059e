"""Thousands of labels: each is learned against the phrases that could be taken for it, not against all of them.

A label's centroid finds those; some others, drawn at random, keep it from claiming what is far away. The largest
weights of a label are kept. So time grows with labels times a constant, and memory with what is kept.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.matching.weights import UNSEEN, Floats, Sparse

HARDEST = 500  # phrases of other labels that are nearest to a label's centroid
RANDOM = 200  # any other phrases
KEPT = 2_500  # weights a label
COST = 0.3  # of a phrase on the wrong side; softer than for few labels, where nothing was left out
STRETCH = 4.0
AT_ONCE = 50  # labels whose near phrases are looked for together: bounds the memory
SEED = 20261123


def fit_many(matrix: Any, target: NDArray[np.int64], labels: int, done: Callable[[int], None]) -> tuple[Sparse, Floats]:
    """One margin a label against its neighbourhood. Weights and bias; `done` is told how many labels are."""
    from scipy.sparse import csr_matrix

    centroids = _centroids(matrix, target, labels)
    order = np.argsort(target, kind="stable")
    edges = np.searchsorted(target[order], np.arange(labels + 1))
    chance = np.random.default_rng(SEED)
    columns: list[NDArray[np.int64]] = []
    values: list[Floats] = []
    bias = np.full(labels, UNSEEN, dtype=np.float32)
    for label in range(labels):
        if label % AT_ONCE == 0:
            done(label)
            near = _nearest(matrix, target, centroids, range(label, min(label + AT_ONCE, labels)))
        own = order[edges[label] : edges[label + 1]]
        if not len(own):
            columns.append(np.zeros(0, dtype=np.int64))
            values.append(np.zeros(0, dtype=np.float32))
            continue
        others = np.concatenate([near[label % AT_ONCE], chance.integers(0, len(target), RANDOM)])
        rows = np.union1d(own, others)
        weights, bias[label] = _margin(matrix[rows], target[rows] == label)
        kept = _largest(weights)
        columns.append(kept)
        values.append(weights[kept])
    ends = np.cumsum([0, *map(len, columns)])
    found = csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(labels, matrix.shape[1]))
    by_feature = found.T.tocsr()
    starts, across = by_feature.indptr.astype(np.int64), by_feature.indices.astype(np.int32)
    return Sparse(starts, across, by_feature.data.astype(np.float32), labels), bias


def _centroids(matrix: Any, target: NDArray[np.int64], labels: int) -> Any:
    """The sum of each label's phrases, brought to length one."""
    from scipy.sparse import csr_matrix, diags

    phrases = len(target)
    member = csr_matrix((np.ones(phrases, dtype=np.float32), (target, np.arange(phrases))), shape=(labels, phrases))
    sums = member @ matrix
    length = np.sqrt(np.asarray(sums.multiply(sums).sum(axis=1)).ravel())
    length[length == 0] = 1.0
    return (diags((1 / length).astype(np.float32)) @ sums).tocsr()


def _nearest(matrix: Any, target: NDArray[np.int64], centroids: Any, labels: range) -> NDArray[np.int64]:
    """For each of `labels` the phrases of others that are most like it."""
    likeness = matrix @ centroids[labels.start : labels.stop].T.toarray()
    likeness[target[:, None] == np.array(labels)[None, :]] = -np.inf
    most = min(HARDEST, len(target) - 1)
    found: NDArray[np.int64] = np.argpartition(-likeness, most, axis=0)[:most].T
    return found


def _margin(matrix: Any, own: NDArray[np.bool_]) -> tuple[Floats, float]:
    from sklearn.svm import LinearSVC

    learner = LinearSVC(C=COST, max_iter=300, tol=1e-2, random_state=SEED)
    learner.fit(matrix, own)
    return (learner.coef_[0] * STRETCH).astype(np.float32), float(learner.intercept_[0] * STRETCH)


def _largest(weights: Floats) -> NDArray[np.int64]:
    """Where the largest weights stand, in order."""
    kept = np.flatnonzero(weights)
    if len(kept) > KEPT:
        kept = kept[np.argpartition(-np.abs(weights[kept]), KEPT)[:KEPT]]
    return np.sort(kept)
