"""What is learned from phrases: the same in bulk as one by one, and with thousands of labels as with a few."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from app.core.matching import training
from app.core.matching.corpus import gather
from app.core.matching.features import Featurizer
from app.core.matching.large import fit_many
from app.core.matching.model import Model, dump, parse
from app.core.matching.training import Example, train
from app.core.matching.weights import UNSEEN, Dense, Floats, Sparse
from app.store.library import make_featurizer

THINGS = [
    "发票",
    "打印机",
    "门禁",
    "投影",
    "工位",
    "班车",
    "食堂",
    "年假",
    "报销",
    "合同",
    "印章",
    "会议室",
    "快递",
    "体检",
    "社保",
    "名片",
]
ASKED = ["怎么申请{}", "{}去哪里办", "{}坏了找谁", "我的{}不见了", "{}要多久", "想问一下{}的事"]


@pytest.fixture(scope="module")
def featurize(tmp_path_factory: pytest.TempPathFactory) -> Featurizer:
    """Words, characters and sounds; no concepts."""
    return make_featurizer({}, tmp_path_factory.mktemp("cut"))


def _examples() -> list[Example]:
    return [Example(asked.format(thing), thing) for thing in THINGS for asked in ASKED]


def _sparse(matrix: Floats) -> Sparse:
    rows, columns = np.nonzero(matrix)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix)))])
    return Sparse(starts.astype(np.int64), columns.astype(np.int32), matrix[rows, columns], matrix.shape[1])


def test_sparse_weights_say_what_dense_ones_say() -> None:
    """Rows without a single weight, repeated places and no places at all among them."""
    chance = np.random.default_rng(1)
    matrix = (chance.standard_normal((40, 7)) * (chance.random((40, 7)) < 0.2)).astype(np.float32)
    dense, sparse = Dense(matrix), _sparse(matrix)
    for size in (0, 1, 5, 60):
        places = chance.integers(0, 40, size)
        values = chance.random(size).astype(np.float32)
        np.testing.assert_allclose(sparse.apply(places, values), dense.apply(places, values), atol=1e-5)
        np.testing.assert_array_equal(sparse.rows(places), dense.rows(places))


def test_phrases_in_bulk_weigh_what_each_weighs_alone(featurize: Featurizer) -> None:
    """Learners see the same numbers as the model that ranks later."""
    bags = [featurize(example.text) for example in _examples()]
    corpus = gather([*bags, Counter()])
    vocabulary = corpus.vocabulary()
    bulk = corpus.weighed(vocabulary).toarray()
    nothing = Dense(np.zeros((len(vocabulary), 2), dtype=np.float32))
    model = Model(
        ("a", "b"),
        vocabulary.places(),
        vocabulary.kinds,
        vocabulary.scales,
        nothing,
        np.zeros(2, dtype=np.float32),
        1.0,
        training.NO_TRIALS,
    )
    for row, bag in zip(bulk, [*bags, Counter({"w:无人说过": 1})], strict=True):
        places, values = model.vector(bag)
        alone = np.zeros(len(vocabulary), dtype=np.float32)
        alone[places] = values
        np.testing.assert_allclose(row, alone, atol=1e-6)


def test_with_very_many_labels_the_right_one_is_still_first(
    featurize: Featurizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is learned against its neighbourhood; the model is kept and read as any other."""
    dense = train(_examples(), featurize)
    monkeypatch.setattr(training, "LARGE", 1)
    steps: list[str] = []
    model = train(_examples(), featurize, lambda what, done, of: steps.append(what))
    assert isinstance(model.weights, Sparse) and isinstance(dense.weights, Dense) and "many" in steps
    assert 0 < len(model.trials.right) <= len(_examples())
    again = parse(dump(model))
    for thing in THINGS:
        counts = featurize(f"请教{thing}怎么弄")
        assert again.labels[int(again.probabilities(counts).argmax())] == thing
        np.testing.assert_array_equal(again.scores(counts), model.scores(counts))


def test_a_label_without_phrases_never_wins() -> None:
    """As when the only writer of a topic is held out."""
    corpus = gather(Counter({f"w:{thing}": 1, "w:的": 1}) for thing in THINGS for _ in range(3))
    matrix = corpus.weighed(corpus.vocabulary())
    target = np.repeat(np.arange(len(THINGS)), 3)
    weights, bias = fit_many(matrix, target, len(THINGS) + 1, lambda done: None)
    assert bias[-1] == UNSEEN and not weights.rows(np.arange(matrix.shape[1]))[:, -1].any()


def test_training_twice_gives_the_same_model(featurize: Featurizer, tmp_path: Path) -> None:
    """Replicas that train for themselves answer alike."""
    first, second = (train(_examples(), featurize) for _ in range(2))
    assert dump(first) == dump(second)
