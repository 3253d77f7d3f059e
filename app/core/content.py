"""From the texts of `intents/` and `knowledge/` to one checked whole, or to every fault at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import RootModel

from app.core.codes import CodeTable
from app.core.guidance import Guide, fill, parse_guides, unknown_values
from app.core.incidents import FaultFile, Faults
from app.core.intents import IntentFile, LexiconFile, PhraseFile, SpecialLabel, TestSentences, Topic
from app.core.lines import Lines
from app.core.matching.labels import SPECIAL
from app.core.matching.training import Example
from app.documents import Document, Fault, Invalid, Model, parse, validate

LEXICON, FOLLOWUP, FOLLOWUPS = "lexicon.yaml", "followup.yaml", "followup/"
COMPANY, LINES, CODES, FAULTS = "company.yaml", "lines.yaml", "codes.yaml", "incidents.yaml"


class Company(RootModel[dict[str, str]]):
    """Company values, name to text."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A test sentence: it must, or must not, be taken for `label`. Never used for training."""

    text: str
    label: str
    must_match: bool
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Content:
    """What people wrote, checked and cross-checked, before any model is trained."""

    topics: Mapping[str, Topic]
    specials: Mapping[str, SpecialLabel]
    guides: Mapping[str, Guide]
    company: Mapping[str, str]
    lines: Lines
    codes: CodeTable
    faults: Faults
    concepts: Mapping[str, tuple[str, ...]]
    examples: tuple[Example, ...]
    followups: tuple[Example, ...]
    sentences: tuple[Sentence, ...]
    places: Mapping[str, tuple[str, int]]  # where each phrase stands: file, line


@dataclass
class _Builder:
    """Gathers content and faults while the files are read."""

    faults: list[Fault] = field(default_factory=list)
    topics: dict[str, Topic] = field(default_factory=dict)
    specials: dict[str, SpecialLabel] = field(default_factory=dict)
    guides: dict[str, Guide] = field(default_factory=dict)
    places: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # phrase -> label, file, line
    homes: dict[str, tuple[Document, int]] = field(default_factory=dict)  # topic -> its file, its place there
    codes: dict[str, str] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    followups: list[Example] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)

    def read(self, model: type[Model], text: str, file: str) -> tuple[Model, Document] | None:
        try:
            document = parse(text, file)
            return validate(model, document), document
        except Invalid as error:
            self.faults.extend(error.faults)
            return None

    def learn(self, text: str, label: str, file: str, line: int) -> None:
        """A phrase that a table gives; never in the way of what people wrote."""
        if _key(text) not in self.places:
            self.places[_key(text)] = (label, file, line)
            self.examples.append(Example(text, label))

    def phrase(self, text: str, label: str, writer: str, file: str, line: int) -> None:
        """Take one phrase; the same words under two labels are a fault, twice under one are one."""
        key = _key(text)
        known = self.places.get(key)
        if known is None:
            self.places[key] = (label, file, line)
            self.examples.append(Example(text, label, writer))
        elif known[0] != label:
            self.faults.append(Fault(file, line, f"“{text}”在 {label} 和 {known[0]}（{known[1]}:{known[2]}）里都有"))


def assemble(intents: Mapping[str, str], knowledge: Mapping[str, str]) -> Content:
    """File names to texts in, content out. Raises Invalid with every fault of every file."""
    builder = _Builder()
    for file, text in sorted(intents.items()):
        name = file.rsplit("/", 1)[-1]
        if name not in (LEXICON, FOLLOWUP) and "phrases/" not in file and FOLLOWUPS not in file:
            _take_intents(builder, text, file)
    for file, text in sorted(intents.items()):
        if "phrases/" in file:
            _take_phrases(builder, text, file)
    _take_followups(builder, intents)
    lexicon = _read_one(builder, LexiconFile, intents, LEXICON)
    values = _read_one(builder, Company, knowledge, COMPANY)
    lines = _read_one(builder, Lines, knowledge, LINES)
    codes = _take_codes(builder, knowledge)
    faults = _take_faults(builder, knowledge)
    company = values.root if values else {}
    _take_guides(builder, knowledge, company)
    if builder.faults or lines is None or lexicon is None:
        raise Invalid(builder.faults)
    return Content(
        builder.topics,
        builder.specials,
        builder.guides,
        company,
        lines,
        codes,
        faults,
        lexicon.concepts,
        tuple(builder.examples),
        tuple(builder.followups),
        tuple(builder.sentences),
        {e.text: builder.places[_key(e.text)][1:] for e in builder.examples},
    )


def _key(text: str) -> str:
    return "".join(text.lower().split())


def _take_intents(builder: _Builder, text: str, file: str) -> None:
    loaded = builder.read(IntentFile, text, file)
    if not loaded:
        return
    model, document = loaded
    for index, topic in enumerate(model.topics):
        line = document.line(("topics", index))
        if topic.id in builder.topics:
            builder.faults.append(Fault(file, line, f"主题“{topic.id}”写了两遍"))
        builder.topics[topic.id] = topic
        builder.homes[topic.id] = (document, index)
        for place, phrase in enumerate(topic.phrases):
            at = document.line(("topics", index, "phrases", place))
            builder.phrase(phrase, topic.id, "", file, at)
        for place, prompt in enumerate(topic.prompts):
            at = document.line(("topics", index, "prompts", place))
            builder.phrase(prompt, topic.id, "", file, at)
        _take_sentences(builder, topic.tests, topic.id, document, ("topics", index, "tests"))
        for place, code in enumerate(topic.codes):
            at = document.line(("topics", index, "codes", place))
            builder.phrase(f"报错 {code}", topic.id, "", file, at)
            other = builder.codes.setdefault(code.lower(), topic.id)
            if other != topic.id:
                builder.faults.append(Fault(file, at, f"代码“{code}”已经归 {other}"))
    for index, label in enumerate(model.labels):
        if label.id not in SPECIAL:
            builder.faults.append(document.fault(("labels", index, "id"), f"不认识特殊标签“{label.id}”"))
        builder.specials[label.id] = label
        _take_sentences(builder, label.tests, label.id, document, ("labels", index, "tests"))
        for place, phrase in enumerate(label.phrases):
            builder.phrase(phrase, label.id, "", file, document.line(("labels", index, "phrases", place)))


def _take_sentences(
    builder: _Builder, tests: TestSentences, label: str, document: Document, path: tuple[str | int, ...]
) -> None:
    for part, texts in (("match", tests.match), ("reject", tests.reject)):
        for place, text in enumerate(texts):
            line = document.line((*path, part, place))
            builder.sentences.append(Sentence(text, label, part == "match", document.file, line))


def _take_phrases(builder: _Builder, text: str, file: str) -> None:
    loaded = builder.read(PhraseFile, text, file)
    if not loaded:
        return
    model, document = loaded
    for label, phrases in model.phrases.items():
        if label not in builder.topics and label not in SPECIAL:
            builder.faults.append(document.fault(("phrases", label), f"没有主题“{label}”"))
        for place, phrase in enumerate(phrases):
            builder.phrase(phrase, label, model.writer, file, document.line(("phrases", label, place)))


def _take_followups(builder: _Builder, intents: Mapping[str, str]) -> None:
    """What replies to the desk mean: the labels with the company's own phrases, then those of other writers."""
    loaded = _read_one(builder, IntentFile, intents, FOLLOWUP)
    known = {label.id for label in loaded.labels} if loaded else set()
    for label in loaded.labels if loaded else ():
        builder.followups.extend(Example(phrase, label.id) for phrase in label.phrases)
    for file, text in sorted(intents.items()):
        read = builder.read(PhraseFile, text, file) if FOLLOWUPS in file else None
        if read is None:
            continue
        model, document = read
        for meaning, phrases in model.phrases.items():
            if loaded and meaning not in known:
                builder.faults.append(document.fault(("phrases", meaning), f"{FOLLOWUP} 里没有“{meaning}”"))
            builder.followups.extend(Example(phrase, meaning, model.writer) for phrase in phrases)


def _read_one(builder: _Builder, model: type[Model], texts: Mapping[str, str], name: str) -> Model | None:
    """The one file of that name. Its absence is a fault."""
    for file, text in texts.items():
        if file.rsplit("/", 1)[-1] == name:
            loaded = builder.read(model, text, file)
            return loaded[0] if loaded else None
    builder.faults.append(Fault(name, 1, "缺少这个文件"))
    return None


def _take_codes(builder: _Builder, knowledge: Mapping[str, str]) -> CodeTable:
    """The table of error codes, which a company may leave out; what it says of a topic is learned from, too."""
    nothing = CodeTable(source="没有代码表", codes=(), prompts=())
    file = next((file for file in knowledge if file.rsplit("/", 1)[-1] == CODES), None)
    loaded = builder.read(CodeTable, knowledge[file], file) if file else None
    if file is None or loaded is None:
        return nothing
    table, document = loaded
    entries = [("codes", i, code.topic, f"报错 {code.code}") for i, code in enumerate(table.codes)]
    entries += [("prompts", i, prompt.topic, f"提示 {prompt.text}") for i, prompt in enumerate(table.prompts)]
    for part, index, topic, text in entries:
        if topic and topic not in builder.topics:
            builder.faults.append(document.fault((part, index, "topic"), f"没有主题“{topic}”"))
        elif topic:
            builder.learn(text, topic, file, document.line((part, index)))
    return table


def _take_faults(builder: _Builder, knowledge: Mapping[str, str]) -> Faults:
    """Which topics one outage explains; a company may leave the file out, then each topic stands for itself."""
    file = next((file for file in knowledge if file.rsplit("/", 1)[-1] == FAULTS), None)
    loaded = builder.read(FaultFile, knowledge[file], file) if file else None
    if loaded is None:
        return Faults()
    table, document = loaded
    places: list[tuple[tuple[str | int, ...], str, str]]
    places = [(("never", i), topic, "") for i, topic in enumerate(table.never)]
    for i, fault in enumerate(table.faults):
        places += [(("faults", i, "topics", j), topic, fault.name) for j, topic in enumerate(fault.topics)]
    seen: set[str] = set()
    for place, topic, _ in places:
        if topic not in builder.topics:
            builder.faults.append(document.fault(place, f"没有主题“{topic}”"))
        elif topic in seen:
            builder.faults.append(document.fault(place, f"主题“{topic}”写了两次"))
        seen.add(topic)
    return Faults({topic: name for _, topic, name in places if name}, frozenset(table.never))


def _take_guides(builder: _Builder, knowledge: Mapping[str, str], company: Mapping[str, str]) -> None:
    whole = True
    for file, text in sorted(knowledge.items()):
        if not file.endswith(".md"):
            continue
        builder.faults.extend(unknown_values(text, file, company))
        try:
            guides = parse_guides(fill(text, company), file)
        except Invalid as error:
            builder.faults.extend(error.faults)
            whole = False
            continue
        for guide in guides:
            line = _heading_line(text, guide.topic)
            if guide.topic in builder.guides:
                builder.faults.append(Fault(file, line, f"主题“{guide.topic}”的办法写了两遍"))
            if guide.topic not in builder.topics:
                builder.faults.append(Fault(file, line, f"intents 里没有主题“{guide.topic}”"))
            builder.guides[guide.topic] = guide
    # A chapter that cannot be read hides its topics: its own faults are told, not what follows from them.
    builder.faults.extend(_broken_references(builder, guides_are_whole=whole))


def _heading_line(text: str, topic: str) -> int:
    """The line of the last heading of `topic`."""
    return max((n for n, line in enumerate(text.splitlines(), 1) if line.endswith(f"{{#{topic}}}")), default=1)


def _broken_references(builder: _Builder, *, guides_are_whole: bool) -> Iterator[Fault]:
    for topic in builder.topics.values():
        document, index = builder.homes[topic.id]
        if topic.id not in builder.guides and guides_are_whole:
            yield document.fault(("topics", index, "id"), f"knowledge 里没有主题“{topic.id}”的办法")
        for place, entry in enumerate(topic.not_):
            if entry.topic not in builder.topics and entry.topic not in SPECIAL:
                reason = f"{topic.id} 的 not 指向不存在的“{entry.topic}”"
                yield document.fault(("topics", index, "not", place, "topic"), reason)
        for neighbour in topic.apart:
            if neighbour not in builder.topics:
                reason = f"{topic.id} 的 apart 指向不存在的“{neighbour}”"
                yield document.fault(("topics", index, "apart", neighbour), reason)
