"""The schema of `intents/`: what the IT admin writes about a topic, checked to the last key."""

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Not(_Strict):
    """A near matter that is not this topic, and whose it is."""

    when: str = Field(min_length=2)
    topic: str


class TestSentences(_Strict):
    """Sentences that must, or must not, be taken for the topic. Never used for training."""

    __test__ = False
    match: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()


class Topic(_Strict):
    """One situation for which the manual prescribes its own answer."""

    id: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    choice: str = Field(min_length=2, max_length=18)
    prompts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    not_: tuple[Not, ...] = Field(alias="not", min_length=1)
    apart: dict[str, str] = Field(min_length=1)
    phrases: tuple[str, ...] = Field(min_length=15)
    tests: TestSentences


class SpecialLabel(_Strict):
    """A label that is no topic: asks for a person, small talk, other IT, no IT, too vague."""

    id: str
    title: str
    phrases: tuple[str, ...] = Field(min_length=1)
    tests: TestSentences = TestSentences()


class IntentFile(_Strict):
    """One family of topics."""

    family: str
    topics: tuple[Topic, ...] = ()
    labels: tuple[SpecialLabel, ...] = ()


class PhraseFile(_Strict):
    """More phrases by one writer, label to phrases."""

    writer: str = Field(min_length=1)
    phrases: dict[str, tuple[str, ...]]


class LexiconFile(_Strict):
    """Concepts and the words for them."""

    concepts: dict[str, tuple[str, ...]]
