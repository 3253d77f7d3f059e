"""What the contestants learn from and what they are asked."""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.matching.labels import SPECIAL, is_topic

ROOT = Path(__file__).resolve().parents[2]
HELD_OUT = sorted(p for p in (ROOT / "tests" / "held_out").glob("*.jsonl") if not p.name.startswith("dialogs"))
CACHE = ROOT / "data" / "cache"
SEED = 20261123


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase to learn from."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """A message to judge: what it may be taken for, and which part of the test set it belongs to."""

    text: str
    labels: tuple[str, ...]
    part: str

    @property
    def inside(self) -> bool:
        return is_topic(self.labels[0])


@dataclass(frozen=True, slots=True)
class Task:
    """The same phrases for everybody, the same messages for everybody."""

    title: str
    phrases: Sequence[Phrase]
    questions: Sequence[Question]
    concepts: dict[str, list[str]]  # the lexicon that only ours can use

    def as_json(self) -> str:
        """What a contestant is told: everything but the answers."""
        chinese = sum("\u4e00" <= ch <= "\u9fff" for phrase in self.phrases for ch in phrase.text)
        return json.dumps(
            {
                "train": [{"text": p.text, "label": p.label} for p in self.phrases],
                "test": [q.text for q in self.questions],
                "special": sorted(SPECIAL),
                "language": "zh" if chinese > len(self.phrases) else "en",
                "concepts": self.concepts,
            },
            ensure_ascii=False,
        )


def read_phrases(path: Path) -> list[Phrase]:
    """`{"text", "label"}` a line."""
    return [Phrase(row["text"], row["label"]) for row in _rows(path)]


def read_questions(paths: Iterable[Path]) -> list[Question]:
    """`{"text", "label"}` or `{"text", "labels"}` a line; a part is named by what follows the last `_` or `-`."""
    found = []
    for path in paths:
        part = path.stem.replace("-", "_").rsplit("_", 1)[-1]
        for row in _rows(path):
            labels = tuple(row.get("labels") or [row["label"]])
            found.append(Question(row["text"], labels, part))
    return found


def from_files(train: Path, tests: Sequence[Path], negatives: Path | None) -> Task:
    """Somebody else's labelled phrases; `negatives` are lines that all count as outside."""
    phrases = read_phrases(train)
    title = train.name
    if negatives:
        phrases += [Phrase(row["text"], "none") for row in _rows(negatives)]
        title += f" + {negatives.name}"
    return Task(title, phrases, read_questions(tests), {})


def from_intents(each: int, outside: int, tests: Sequence[Path]) -> Task:
    """`each` phrases a topic (0: all) and `outside` negatives, drawn from `intents/` with a fixed seed."""
    from app.store.library import read_content

    content = read_content(ROOT / "intents", ROOT / "knowledge")
    groups: dict[str, list[Phrase]] = {}
    for example in content.examples:
        groups.setdefault(example.label, []).append(Phrase(example.text, example.label))
    chance = random.Random(SEED)
    phrases: list[Phrase] = []
    for label in sorted(groups):
        if is_topic(label):
            phrases += chance.sample(groups[label], min(each or len(groups[label]), len(groups[label])))
    rest = [phrase for label in sorted(groups) if not is_topic(label) for phrase in groups[label]]
    phrases += chance.sample(rest, min(outside, len(rest)))
    title = f"intents/：每主题 {each or '全部'} 句 + 手册外 {min(outside, len(rest))} 句"
    concepts = {name: list(words) for name, words in content.concepts.items()}
    return Task(title, phrases, read_questions(tests), concepts)


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
