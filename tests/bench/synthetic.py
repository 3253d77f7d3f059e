"""Many intents out of few: the repository's own phrases with their words exchanged, the same for the same seed.

An intent is a topic and an exchange of words: the words that its topic's phrases use most stand for other words of the
corpus, and one made-up name of a system belongs to it. So intents of one topic share their syntax and differ in what
they are about, as hundreds of intents of a large desk do.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence

from app.core.content import Content
from app.core.matching.labels import is_topic
from tests.bench.data import SEED, Phrase

EXCHANGED = 12  # words of a topic that an intent may exchange
KEPT = 0.3  # of them stay as they are, so that neighbours overlap
JOINED = 0.25  # of the phrases go on with a piece of another phrase of their intent
NAMED = 0.5  # of the phrases say which system


def synthesise(content: Content, cut: Callable[[str], list[str]], intents: int, each: int) -> list[Phrase]:
    """`each` different phrases for each of `intents` intents."""
    chance = random.Random(SEED)
    topics = sorted({e.label for e in content.examples if is_topic(e.label)})
    phrases = {t: [cut(e.text) for e in content.examples if e.label == t and len(e.text) <= 60] for t in topics}
    spoken = Counter(word for group in phrases.values() for words in group for word in words if _weighty(word))
    pool = sorted(word for word, times in spoken.items() if times >= 2)
    found: list[Phrase] = []
    for number in range(intents):
        topic = topics[number % len(topics)]
        own = Counter(word for words in phrases[topic] for word in words if _weighty(word))
        exchange = {word: chance.choice(pool) for word, _ in own.most_common(EXCHANGED) if chance.random() >= KEPT}
        system = chance.choice(pool) + chance.choice(pool)
        found += _intent(f"{topic}.{number}", phrases[topic], exchange, system, each, chance)
    return found


def _intent(
    label: str,
    sources: Sequence[Sequence[str]],
    exchange: dict[str, str],
    system: str,
    each: int,
    chance: random.Random,
) -> list[Phrase]:
    texts: dict[str, None] = {}
    while len(texts) < each:
        words = [exchange.get(word, word) for word in chance.choice(sources)]
        if chance.random() < JOINED:
            more = chance.choice(sources)
            start = chance.randrange(len(more))
            words += ["，", *(exchange.get(word, word) for word in more[start : start + 4])]
        if chance.random() < NAMED:
            words.insert(chance.choice([0, len(words)]), system)
        if len(words) > 3 and chance.random() < 0.5:
            del words[chance.randrange(len(words))]
        texts["".join(words)] = None
    return [Phrase(text, label) for text in texts]


def _weighty(word: str) -> bool:
    return len(word) >= 2 and "\u4e00" <= word[0] <= "\u9fff"
