"""The knowledge library: topics, guides, company values, lines and matchers. Immutable; a reload swaps it whole."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.codes import CodeTable
from app.core.guidance import Guide
from app.core.incidents import Faults
from app.core.intents import Topic
from app.core.lines import Lines
from app.core.matching.ranking import Decision, Matcher, Ranking, Thresholds
from app.core.matching.training import Example
from app.core.matching.two_problems import decide


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """Everything that the desk knows. Built by `app.store.library` from the files that people keep."""

    topics: Mapping[str, Topic]
    guides: Mapping[str, Guide]
    company: Mapping[str, str]
    lines: Lines
    codes: CodeTable
    faults: Faults
    matcher: Matcher
    followups: Matcher
    thresholds: Thresholds
    examples: tuple[Example, ...] = ()

    def guide(self, topic: str) -> Guide:
        """The guidance of a topic. Raises KeyError for an unknown id."""
        return self.guides[topic]

    def choice(self, topic: str) -> str:
        """How a topic is named in a list of choices."""
        return self.topics[topic].choice

    def apart(self, first: str, second: str) -> str | None:
        """The question that tells two topics apart, if the admin wrote one."""
        return self.topics[first].apart.get(second) or self.topics[second].apart.get(first)


def rank(library: Library, text: str) -> Ranking:
    """Every label by falling confidence."""
    return library.matcher.rank(text)


def judge_text(library: Library, text: str) -> Decision:
    """What to do with `text` when nothing came before it."""
    return decide(library.matcher, text, library.thresholds)
