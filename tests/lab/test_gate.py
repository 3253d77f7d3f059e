"""The gate holds every test sentence against all topics, and names file and line of what does not hold."""

from dataclasses import replace

import pytest

from app.core.content import Content, Sentence
from app.core.library import Library
from app.core.matching.training import Example
from app.lab.gate import broken_sentences, pulled_phrases


@pytest.mark.parametrize(
    ("label", "must_match", "reason"),
    [
        ("quota.full", True, None),
        ("login.locked", False, None),
        ("login.locked", True, "应是 login.locked，现在判成 quota.full"),
        ("quota.full", False, "不该是 quota.full"),
    ],
)
def test_a_sentence_must_be_taken_for_what_it_says(
    content: Content, library: Library, label: str, must_match: bool, reason: str | None
) -> None:
    """Or must not; at its own line."""
    sentence = Sentence("邮箱容量已达上限", label, must_match, "quota.yaml", 7)
    faults = [str(fault) for fault in broken_sentences(replace(content, sentences=(sentence,)), library)]
    assert len(faults) == (1 if reason else 0)
    assert not reason or (faults[0].startswith("quota.yaml:7: ") and reason in faults[0])


def test_a_phrase_that_is_taken_for_another_topic_is_named(content: Content, library: Library) -> None:
    """Two topics that claim the same words pull each other about."""
    phrase = "邮箱容量已达上限"
    torn = replace(content, examples=(Example(phrase, "login.locked"),), places={phrase: ("login.yaml", 3)})
    assert "login.yaml:3: “邮箱容量已达上限”写在 login.locked 下，却更像 quota.full" in str(
        *pulled_phrases(torn, library)
    )
