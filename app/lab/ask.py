"""Asks the desk one message at a time, as if nothing came before it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from app.core.codes import read_error
from app.core.conversation import Conversation
from app.core.cues import hear
from app.core.dialogue import Scene, respond
from app.core.effects import OpenCase, Say
from app.core.guidance import fill
from app.core.library import Library, judge_text
from app.core.matching.ranking import Matcher, Ranking, Thresholds
from app.core.matching.semantic import Embedder
from app.core.matching.training import Example, Progress
from app.core.matching.two_problems import decide
from app.core.message import InboundMessage, MessageKind, Person, Room, RoomKind
from app.documents import Fault, Invalid
from app.lab.explain import explain
from app.lab.jsonl import objects, read_objects
from app.store.library import make_featurizer, trained

_MOMENT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # any working hour; nothing here depends on it


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk would do with one message."""

    text: str
    action: str
    intents: tuple[str, ...]
    confidence: float
    ranking: Ranking
    reply: str

    def as_json(self) -> dict[str, Any]:
        """The stable form of `zhiban ask --jsonl` (`design.md` 5)."""
        candidates = [{"intent": c.label, "confidence": round(c.confidence, 4)} for c in self.ranking.topics[:5]]
        return {
            "text": self.text,
            "action": self.action,
            "intents": list(self.intents),
            "confidence": round(self.confidence, 4),
            "candidates": candidates,
            "reply": self.reply,
        }


class Answerer(Protocol):
    def answer(self, text: str) -> Answer: ...

    def reply(self, text: str) -> str: ...

    def explain(self, text: str) -> str: ...


class LibraryAnswerer:
    """Answers from the library, through the dialogue that production uses."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def answer(self, text: str) -> Answer:
        decision = judge_text(self._library, text)
        message = InboundMessage(
            "ask", "1", Room("ask", RoomKind.SINGLE), Person("ask"), MessageKind.TEXT, text, _MOMENT
        )
        heard = hear(self._library, Conversation(), message, waiting=False)
        finding = read_error(self._library.codes, text)
        scene = Scene(self._library, "IT小助手", Conversation(), heard, None, False, finding=finding, at_once=True)
        turn = respond(scene, text, _MOMENT)
        said = [effect.markdown for effect in turn.effects if isinstance(effect, Say)]
        said += [effect.opening for effect in turn.effects if isinstance(effect, OpenCase)]
        action = turn.action if turn.action in ("answer", "clarify", "handoff") else "smalltalk"
        return Answer(text, action, turn.intents, decision.confidence, decision.ranking, _joined(self._library, said))

    def reply(self, text: str) -> str:
        return self.answer(text).reply

    def explain(self, text: str) -> str:
        return explain(self._library.matcher, judge_text(self._library, text), self._library)


def _joined(library: Library, said: list[str]) -> str:
    return fill("\n\n".join(said), {"on_duty": library.lines.duty_elsewhere})


class PhraseAnswerer:
    """The same matcher trained on other people's labelled phrases."""

    def __init__(self, matcher: Matcher, thresholds: Thresholds) -> None:
        self._matcher = matcher
        self._thresholds = thresholds

    def answer(self, text: str) -> Answer:
        decision = decide(self._matcher, text, self._thresholds)
        reply = "、".join(decision.intents)
        return Answer(text, decision.action.value, decision.intents, decision.confidence, decision.ranking, reply)

    def reply(self, text: str) -> str:
        answer = self.answer(text)
        return answer.reply or answer.action

    def explain(self, text: str) -> str:
        return explain(self._matcher, decide(self._matcher, text, self._thresholds))


def make_answerer(
    library: Library | None, phrases: Path | None, cache: Path, progress: Progress, embedder: Embedder | None = None
) -> Answerer:
    """From the library, or from a file of labelled phrases. Raises Invalid when that file is wrong."""
    if library is not None:
        return LibraryAnswerer(library)
    assert phrases is not None, "one of the two is given"
    examples = read_phrases(phrases)
    featurize = make_featurizer({}, cache)
    model = trained(examples, {}, featurize, cache, progress, embedder)
    return PhraseAnswerer(Matcher(model, featurize, embedder=embedder), Thresholds(answer=model.trials.threshold(0.02)))


def read_phrases(path: Path) -> list[Example]:
    """`{"text", "label"}` a line. Raises Invalid naming the line."""
    examples: list[Example] = []
    for number, data in read_objects(path):
        if not isinstance(data.get("text"), str) or not isinstance(data.get("label"), str):
            raise Invalid([Fault(str(path), number, "每行要有文字 text 和 label")])
        examples.append(Example(data["text"], data["label"]))
    if len({example.label for example in examples}) < 2:
        raise Invalid([Fault(str(path), 1, "至少要有两个不同的 label")])
    return examples


def answer_lines(answerer: Answerer, lines: Iterable[str]) -> Iterator[str]:
    """One JSON a line in, one out. Raises Invalid naming the line that is wrong."""
    for number, data in objects(lines, "标准输入"):
        if not isinstance(data.get("text"), str):
            raise Invalid([Fault("标准输入", number, "每行要有文字 text")])
        yield json.dumps(answerer.answer(data["text"]).as_json(), ensure_ascii=False)
