"""Concepts that an engineer listens for: which system, which action, which object, which symptom, what is denied."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BREAK = re.compile(r"[,，。;；!！?？\n]")
_DENIAL = re.compile(r"(?<!是)不是|并非|(?<!是)不关|排除了|别跟我说|不系|唔系|唔係")


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept found at `start:end`; `denied` when the writer says that it is not that."""

    concept: str
    start: int
    end: int
    denied: bool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Terms to concepts. The longest term at a place wins; a term may stand for several concepts.

    `lengths`: how long the terms are that begin with a character, longest first.
    """

    terms: Mapping[str, Sequence[str]]
    lengths: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, concepts: Mapping[str, Sequence[str]]) -> "Lexicon":
        terms: dict[str, list[str]] = {}
        for concept, words in concepts.items():
            for word in words:
                terms.setdefault(word.lower(), []).append(concept)
        lengths: dict[str, set[int]] = {}
        for term in terms:
            lengths.setdefault(term[:1], set()).add(len(term))
        return cls(terms, {first: sorted(found, reverse=True) for first, found in lengths.items()})

    def find(self, text: str) -> list[Hit]:
        """All concepts in `text`, left to right, without overlaps."""
        hits: list[Hit] = []
        denied = denied_spans(text)
        position = 0
        while position < len(text):
            for length in self.lengths.get(text[position], ()):
                end = min(position + length, len(text))
                concepts = self.terms.get(text[position:end])
                if concepts:
                    no = any(a <= position < b for a, b in denied)
                    hits.extend(Hit(concept, position, end, no) for concept in concepts)
                    position = end
                    break
            else:
                position += 1
        return hits


def denied_spans(text: str) -> list[tuple[int, int]]:
    """Stretches that the writer denies: from “不是” to the end of the clause, unless the clause asks back."""
    spans = []
    for match in _DENIAL.finditer(text):
        stop = _BREAK.search(text, match.end())
        end = stop.start() if stop else len(text)
        if not text[match.end() : end].endswith(("吗", "嘛", "么")):
            spans.append((match.start(), end))
    return spans
