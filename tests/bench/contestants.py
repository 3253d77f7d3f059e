"""The peers that live in Python. Each learns the phrases and judges a message: best topic, confidence, in or out."""

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from app.core.matching.semantic import Embedder

Scores = Callable[[str], NDArray[Any]]  # one score a column of `labels`
Made = tuple[Sequence[str], Scores]
WARM = 30  # messages asked before the clock runs


def contend(told: dict[str, Any]) -> dict[str, Any]:
    """Learn, then judge every message: `rows` of topic, confidence, whether it would answer, microseconds."""
    started = time.perf_counter()
    labels, scores = MAKERS[told["peer"]](told)
    learned = time.perf_counter() - started
    special = set(told["special"])
    topics = np.array([label not in special for label in labels])
    for text in told["test"][:WARM]:
        scores(text)
    rows = []
    for text in told["test"]:
        before = time.perf_counter_ns()
        found = scores(text)
        best = int(found.argmax())
        took = (time.perf_counter_ns() - before) / 1000
        topic = int(np.where(topics, found, -np.inf).argmax())
        rows.append([labels[topic], float(found[topic]), bool(topics[best]), took])
    return {"rows": rows, "learn_seconds": learned}


def _ours(told: dict[str, Any]) -> Made:
    return _with(told, None)


def _ours_semantic(told: dict[str, Any]) -> Made:
    from app.store.embedders import wanted_embedder

    return _with(told, wanted_embedder(True))


def _with(told: dict[str, Any], embedder: "Embedder | None") -> Made:
    from app.core.matching.ranking import Matcher
    from app.core.matching.training import Example, quiet
    from app.store.library import make_featurizer, trained

    examples = [Example(row["text"], row["label"]) for row in told["train"]]
    with TemporaryDirectory() as folder:
        featurize = make_featurizer(told["concepts"], Path(folder))
        model = trained(examples, told["concepts"], featurize, Path(folder), quiet, embedder)
    matcher = Matcher(model, featurize, embedder=embedder)
    places = {label: place for place, label in enumerate(model.labels)}

    def scores(text: str) -> NDArray[Any]:
        shares = np.zeros(len(places))
        for candidate in matcher.rank(text).candidates:
            shares[places[candidate.label]] = candidate.confidence
        return shares

    return model.labels, scores


def _sklearn(told: dict[str, Any]) -> Made:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    analyzer, sizes = ("char", (1, 3)) if told["language"] == "zh" else ("char_wb", (1, 4))
    model = make_pipeline(
        TfidfVectorizer(analyzer=analyzer, ngram_range=sizes, sublinear_tf=True, lowercase=True),
        LogisticRegression(C=20, max_iter=300),
    )
    model.fit([row["text"] for row in told["train"]], [row["label"] for row in told["train"]])
    return list(model.classes_), lambda text: np.asarray(model.predict_proba([text])[0])


def _bm25s(told: dict[str, Any]) -> Made:
    return [row["label"] for row in told["train"]], bm25s_scores([row["text"] for row in told["train"]])


def bm25s_scores(phrases: Sequence[str]) -> Scores:
    """bm25s over jieba's words: one score a phrase."""
    bm25s = import_module("bm25s")
    cut = plain_cut()
    index = bm25s.BM25()
    index.index([cut(phrase.lower()) for phrase in phrases], show_progress=False)
    return lambda text: np.asarray(index.get_scores(cut(text.lower())))


def _rapidfuzz(scorer: str) -> Callable[[dict[str, Any]], Made]:
    def make(told: dict[str, Any]) -> Made:
        from rapidfuzz import fuzz, process, utils

        measure = getattr(fuzz, scorer)
        phrases = [utils.default_process(row["text"]) for row in told["train"]]

        def scores(text: str) -> NDArray[Any]:
            return np.asarray(process.cdist([utils.default_process(text)], phrases, scorer=measure)[0])

        return [row["label"] for row in told["train"]], scores

    return make


def plain_cut() -> Callable[[str], list[str]]:
    """jieba as it comes, silent; words only."""
    import jieba

    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return lambda text: [word for word in tokenizer.lcut(text) if word.strip()]


MAKERS: dict[str, Callable[[dict[str, Any]], Made]] = {
    "zhiban": _ours,
    "zhiban+semantic": _ours_semantic,
    "scikit-learn": _sklearn,
    "bm25s": _bm25s,
    "rapidfuzz WRatio": _rapidfuzz("WRatio"),
    "rapidfuzz token": _rapidfuzz("token_ratio"),  # its best over whole sentences; WRatio falls for short phrases
}
