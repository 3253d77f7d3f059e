"""Reads `intents/` and `knowledge/` from disk and gives the Library; trained models are kept beside the data.

Training is part of loading: an artefact is rebuilt when what it was trained on changes, never by hand.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

from app.core.content import Content, assemble
from app.core.library import Library
from app.core.matching.features import Featurizer
from app.core.matching.lexicon import Lexicon
from app.core.matching.model import Model, dump, parse
from app.core.matching.ranking import Matcher, Thresholds
from app.core.matching.semantic import Embedder
from app.core.matching.training import Example, Progress, quiet, train
from app.core.matching.words import make_cut
from app.documents import Fault, Invalid
from app.store.embedders import vectors_of

GENERATION = 9  # counted up when features or training change, so that old artefacts are not read


def read_texts(folder: Path, patterns: Sequence[str]) -> dict[str, str]:
    """Every matching file below `folder`, by its path as people would write it. Raises Invalid when unreadable."""
    if not folder.is_dir():
        raise Invalid([Fault(str(folder), 1, "没有这个目录")])
    texts = {}
    for pattern in patterns:
        for path in sorted(folder.rglob(pattern)):
            try:
                texts[str(path)] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise Invalid([Fault(str(path), 1, f"读不了：{error}")]) from None
    return texts


def read_content(intents: Path, knowledge: Path) -> Content:
    """The checked content of both folders. Raises Invalid with every fault."""
    return assemble(read_texts(intents, ["*.yaml"]), read_texts(knowledge, ["*.md", "*.yaml"]))


def load_library(
    intents: Path,
    knowledge: Path,
    cache: Path,
    *,
    promised_wrong: float = 0.02,
    progress: Progress = quiet,
    embedder: Embedder | None = None,
) -> Library:
    """Read, check, train or take the kept models. Raises Invalid with every fault."""
    return build_library(read_content(intents, knowledge), cache, promised_wrong, progress, embedder)


def build_library(
    content: Content,
    cache: Path,
    promised_wrong: float = 0.02,
    progress: Progress = quiet,
    embedder: Embedder | None = None,
) -> Library:
    """The Library of checked content; with an `embedder`, its sentence vectors have a say in what a message is."""
    featurize = make_featurizer(content.concepts, cache)
    neighbours = frozenset(frozenset((id, other)) for id, topic in content.topics.items() for other in topic.apart)
    model = trained(content.examples, content.concepts, featurize, cache, progress, embedder)
    matcher = Matcher(model, featurize, neighbours, embedder)
    followups = Matcher(trained(content.followups, content.concepts, featurize, cache, progress), featurize)
    matcher.rank("預熱")  # loads the converters of writing and sound now, not with the first message
    return Library(
        content.topics,
        content.guides,
        content.company,
        content.lines,
        content.codes,
        content.faults,
        matcher,
        followups,
        Thresholds(answer=matcher.model.trials.threshold(promised_wrong)),
        content.examples,
    )


def make_featurizer(concepts: Mapping[str, Sequence[str]], cache: Path) -> Featurizer:
    """Tokenizer and lexicon that know the concepts' terms."""
    cache.mkdir(parents=True, exist_ok=True)
    terms = sorted({term.lower() for words in concepts.values() for term in words if len(term) > 1})
    return Featurizer(make_cut(terms, str(cache)), Lexicon.of(concepts))


def trained(
    examples: Sequence[Example],
    concepts: Mapping[str, Sequence[str]],
    featurize: Featurizer,
    cache: Path,
    progress: Progress,
    embedder: Embedder | None = None,
) -> Model:
    """The model of these examples: from the cache when it is there and whole, else trained and kept."""
    path = cache / f"matcher-{_fingerprint(examples, concepts, embedder)}.npz"
    if path.exists():
        try:
            return parse(path.read_bytes())
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            path.unlink(missing_ok=True)  # half-written by a crash: train again
    vectors = vectors_of(embedder, [e.text for e in examples], cache, progress) if embedder else None
    model = train(examples, featurize, progress, vectors)
    _keep(path, dump(model))
    return model


def _keep(path: Path, data: bytes) -> None:
    """Write whole or not at all; a read-only place only costs the next start its time."""
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)


def _fingerprint(examples: Sequence[Example], concepts: Mapping[str, Sequence[str]], embedder: Embedder | None) -> str:
    facts = [
        embedder.name if embedder else "",
        GENERATION,
        [[e.text, e.label, e.writer] for e in examples],
        {k: list(v) for k, v in concepts.items()},
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:20]
