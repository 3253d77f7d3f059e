"""The over-match gate: every test sentence against all topics, and phrases that pull two topics together."""

from collections.abc import Iterator

from app.core.content import Content
from app.core.library import Library
from app.core.matching.labels import is_topic
from app.documents import Fault


def broken_sentences(content: Content, library: Library) -> Iterator[Fault]:
    """Test sentences that are not taken for what they must, or are taken for what they must not."""
    for sentence in content.sentences:
        best = library.matcher.rank(sentence.text).best
        if sentence.must_match and best.label != sentence.label:
            reason = f"测试句“{sentence.text}”应是 {sentence.label}，现在判成 {best.label}（{best.confidence:.0%}）"
            yield Fault(sentence.file, sentence.line, reason)
        elif not sentence.must_match and best.label == sentence.label:
            reason = f"测试句“{sentence.text}”不该是 {sentence.label}，现在却判成它（{best.confidence:.0%}）"
            yield Fault(sentence.file, sentence.line, reason)


def pulled_phrases(content: Content, library: Library) -> Iterator[Fault]:
    """Phrases that, although learned under one topic, are taken for another: the two say the same there."""
    for example in content.examples:
        best = library.matcher.rank(example.text).best
        if best.label != example.label and (is_topic(best.label) or is_topic(example.label)):
            file, line = content.places[example.text]
            reason = f"“{example.text}”写在 {example.label} 下，却更像 {best.label}（{best.confidence:.0%}）"
            yield Fault(file, line, reason)
