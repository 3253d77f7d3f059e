"""What is weighed of a message: words, characters, sounds, concepts, codes. Strings in, sparse counts out."""

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.core.matching.lexicon import Hit, Lexicon, denied_spans
from app.core.matching.normalise import Normalised, normalise
from app.core.matching.words import Cut

# Blocks are scaled apart, so that the many character pieces do not drown the few concepts.
BLOCKS = {"w": 0.8, "c": 1.0, "p": 0.5, "k": 0.4, "e": 1.0}


@functools.lru_cache(maxsize=32_768)
def syllable(character: str) -> str:
    """The toneless reading of one Chinese character, or '' when it has none."""
    from pypinyin import Style, lazy_pinyin

    if not "\u4e00" <= character <= "\u9fff":
        return ""
    return str(lazy_pinyin(character, style=Style.NORMAL)[0])


@dataclass(frozen=True, slots=True)
class Featurizer:
    """Turns text into named features. The same text gives the same features, whatever came before."""

    cut: Cut
    lexicon: Lexicon

    def __call__(self, raw: str) -> Counter[str]:
        message = normalise(raw)
        hits = self.lexicon.find(message.text)
        affirmed = _without_denied(message.text)
        counts: Counter[str] = Counter()
        counts.update(_words(self.cut(affirmed)))
        counts.update(_characters(affirmed))
        counts.update(_sounds(affirmed))
        counts.update(_concepts(hits))
        counts.update(_codes(message))
        return counts


def _without_denied(text: str) -> str:
    spans = denied_spans(text)
    kept = text
    for start, end in reversed(spans):
        kept = kept[:start] + " " + kept[end:]
    return kept if kept.strip(" ,，。") else text


def _words(words: list[str]) -> Iterator[str]:
    for word in words:
        yield f"w:{word}"
    for first, second in pairwise(words):
        yield f"w:{first}_{second}"


def _characters(text: str) -> Iterator[str]:
    padded = f"^{text}$"
    for size in (1, 2, 3, 4):
        for start in range(len(padded) - size + 1):
            piece = padded[start : start + size]
            if " " not in piece:
                yield f"c:{piece}"


def _sounds(text: str) -> Iterator[str]:
    sounds = [syllable(ch) for ch in text]
    for size in (2, 3):
        for start in range(len(sounds) - size + 1):
            piece = sounds[start : start + size]
            if all(piece):
                yield "p:" + " ".join(piece)


def _concepts(hits: list[Hit]) -> Iterator[str]:
    affirmed = sorted({hit.concept for hit in hits if not hit.denied})
    for concept in affirmed:
        yield f"k:{concept}"
    for index, first in enumerate(affirmed):
        for second in affirmed[index + 1 :]:
            yield f"k:{first}+{second}"
    for concept in sorted({hit.concept for hit in hits if hit.denied}):
        yield f"k:not-{concept}"


def _codes(message: Normalised) -> Iterator[str]:
    for code in message.codes:
        yield f"e:{code}"
