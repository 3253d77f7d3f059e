"""The whole manual stands in `knowledge/`: every topic, and every fact in the guidance of its topic."""

import re

import pytest

from app.core.content import Content
from app.core.guidance import LIVE_VALUES
from app.core.matching.labels import SPECIAL
from tests.core.facts import FACTS, TOPICS

CASES = [pytest.param(topic, said, id=f"{fact}-{topic}") for fact, topics, said in FACTS for topic in topics]


@pytest.mark.parametrize(("topic", "said"), CASES)
def test_every_fact_is_in_the_guidance_of_its_topic(content: Content, topic: str, said: tuple[str, ...]) -> None:
    """Literal prompts, product names, menu paths and numbers, word for word."""
    guidance = content.guides[topic].markdown()
    assert [words for words in said if words not in guidance] == []


def test_no_fact_was_left_out_of_the_table() -> None:
    """18 symptoms, 37 procedures, 5 tools, 7 habits, 3 questions; and every topic has one of them at least."""
    numbered = [
        f"{kind}{n:02}"
        for kind, most in (("S", 18), ("P", 37), ("T", 5), ("V", 7), ("Q", 3))
        for n in range(1, most + 1)
    ]
    assert sorted({fact for fact, _, _ in FACTS}) == sorted(numbered)
    assert {topic for _, topics, _ in FACTS for topic in topics} == set(TOPICS)


def test_the_topics_are_the_thirty_three(content: Content) -> None:
    """None is missing, none was invented, and each has a guide."""
    assert len(TOPICS) == 33 and set(content.topics) == set(content.guides) == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_built_from_the_manual(content: Content, topic: str) -> None:
    """Fifteen phrases of its own, what it is not, what tells it from a neighbour, test sentences, a chapter."""
    entry, guide = content.topics[topic], content.guides[topic]
    assert len(entry.phrases) >= 15 and len(set(entry.phrases)) == len(entry.phrases)
    assert entry.not_ and entry.apart and entry.tests.match and entry.tests.reject
    assert guide.source.startswith("手册") and guide.steps and guide.checks and guide.title


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_said_holds_no_open_value_and_fits_in_a_message(content: Content, topic: str) -> None:
    """Company values are filled, those of the moment excepted; the smallest platform takes 20,480 bytes."""
    guidance = content.guides[topic].markdown()
    assert set(re.findall(r"\{\{(\w+)\}\}", guidance)) <= set(LIVE_VALUES)
    assert len(guidance.encode()) < 6_000


def test_the_special_labels_are_taught_too(content: Content) -> None:
    """What is no topic must be recognised as none."""
    taught = {example.label for example in content.examples}
    assert SPECIAL - {"none"} <= taught and set(TOPICS) <= taught


def test_no_test_sentence_is_a_phrase_that_was_learned(content: Content) -> None:
    """Otherwise it would prove nothing."""
    learned = {example.text for example in content.examples}
    tests = [text for topic in content.topics.values() for text in topic.tests.match]
    assert sorted(set(tests) & learned) == []
