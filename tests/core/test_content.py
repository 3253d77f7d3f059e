"""What people keep is checked as a whole; every fault says file, line and reason."""

from collections.abc import Callable

import pytest

from app.core.content import Content, assemble
from app.documents import Invalid
from tests.core.shelf import FULL, INTENTS, KNOWLEDGE_FILES, topic

QUOTA, GUIDES = "intents/quota.yaml", "knowledge/4-quota.md"


def _assemble(file: str = "", change: Callable[[str], str | None] = lambda text: text) -> Content:
    """The good files with one of them changed, or taken away."""
    intents, knowledge = dict(INTENTS), dict(KNOWLEDGE_FILES)
    for files in (intents, knowledge):
        if file in files:
            text = change(files.pop(file))
            files.update({file: text} if text is not None else {})
    return assemble(intents, knowledge)


def _faults(file: str, change: Callable[[str], str | None]) -> list[str]:
    with pytest.raises(Invalid) as caught:
        _assemble(file, change)
    return [str(fault) for fault in caught.value.faults]


def test_good_files_become_one_whole() -> None:
    """Topics, guides with the company's values, examples with their writers, sentences, follow-ups."""
    content = _assemble()
    assert set(content.topics) == set(content.guides) == {"quota.full", "quota.more"}
    assert content.guides["quota.full"].understanding == "满了了，拨 6666。"
    assert ("邮箱爆了", "quota.full", "甲") in [(e.text, e.label, e.writer) for e in content.examples]
    assert content.places["邮箱爆了"] == ("intents/phrases/a.yaml", 4)
    assert [(s.text, s.must_match) for s in content.sentences][:2] == [("满了吗", True), ("不满了", False)]
    assert [example.label for example in content.followups] == ["solved"]


def test_prompts_are_learned_like_phrases_and_the_same_words_once() -> None:
    """Capitals and blanks make no other phrase."""
    content = _assemble("intents/phrases/a.yaml", lambda text: text.replace("邮箱爆了", "满了 提示"))
    assert [example.text for example in content.examples if "提示" in example.text] == ["满了提示", "加大提示"]


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("topic: quota.more", "topic: quota.most", f"{QUOTA}:8: quota.full 的 not 指向不存在的“quota.most”"),
        ("      quota.more:", "      quota.most:", f"{QUOTA}:10: quota.full 的 apart 指向不存在的“quota.most”"),
        ("    choice: 满了\n", "", f"{QUOTA}:3: 缺少“topics.0.choice”"),
        ("    choice:", "    choose:", f"{QUOTA}:4: 不认识“topics.0.choose”这一项"),
        ("choice: 满了", "choice: " + "满" * 19, f"{QUOTA}:4: “topics.0.choice”最多 18 个字"),
        ("id: quota.full", "id: Quota", f"{QUOTA}:3: “topics.0.id”的格式不对"),
        ("满了说法0, ", "", f"{QUOTA}:11: “topics.0.phrases”至少要有 15 项"),
        ("满了说法0", "加大说法3", f"{QUOTA}:21: “加大说法3”在 quota.more 和 quota.full（{QUOTA}:11）里都有"),
        ("满了说法0", "找人 来", "intents/special.yaml:3: “找人来”在 human 和 quota.full"),
        ('codes: ["552"]', 'codes: ["0X80004005"]', f"{QUOTA}:16: 代码“0x80004005”已经归 quota.full"),
        ("family: quota\n", "", f"{QUOTA}:1: 缺少“family”"),
        ("family: quota\n", "family: [quota\n", f"{QUOTA}:2: YAML 写法有误"),
        (FULL, "", f"{QUOTA}:8: quota.more 的 not 指向不存在的“quota.full”"),
    ],
)
def test_a_fault_in_the_topics(good: str, bad: str, fault: str) -> None:
    """A broken reference, a phrase in two intents, a missing or unknown field, a code with two owners."""
    assert good in INTENTS[QUOTA]
    faults = _faults(QUOTA, lambda text: text.replace(good, bad, 1))
    assert any(found.startswith(fault) for found in faults), faults


def test_a_topic_written_twice_is_a_fault() -> None:
    """At its second place."""
    again = topic("quota.full", "再满", "quota.more", "999")
    assert f"{QUOTA}:23: 主题“quota.full”写了两遍" in _faults(QUOTA, lambda text: text + again)


def test_a_topic_without_a_guide_is_a_fault() -> None:
    """At the topic, since the guide has no place yet."""
    lonely = topic("quota.lonely", "没人管", "quota.more", "999")
    assert _faults(QUOTA, lambda text: text + lonely) == [f"{QUOTA}:23: knowledge 里没有主题“quota.lonely”的办法"]


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("{{phone}}", "{{fax}}", f"{GUIDES}:7: 公司信息里没有“fax”"),
        ("{#quota.more}", "{#quota.full}", f"{GUIDES}:12: 主题“quota.full”的办法写了两遍"),
        ("{#quota.more}", "{#quota.most}", f"{GUIDES}:12: intents 里没有主题“quota.most”"),
        ("1. **先看**：", "1. 先看：", f"{GUIDES}:11: 步骤要写成"),
        ("> 手册 一", "手册 一", f"{GUIDES}:3: quota.full 缺少出处"),
    ],
)
def test_a_fault_in_the_guides(good: str, bad: str, fault: str) -> None:
    """An unknown company value, a guide twice or for no topic, a line that does not fit."""
    assert good in KNOWLEDGE_FILES[GUIDES]
    faults = _faults(GUIDES, lambda text: text.replace(good, bad, 1))
    assert any(found.startswith(fault) for found in faults), faults


@pytest.mark.parametrize(
    ("file", "good", "bad", "fault"),
    [
        ("intents/phrases/a.yaml", "quota.full:", "quota.most:", "intents/phrases/a.yaml:3: 没有主题“quota.most”"),
        (
            "intents/phrases/a.yaml",
            "邮箱爆了",
            "加大说法3",
            "intents/phrases/a.yaml:4: “加大说法3”在 quota.full 和 quota.more",
        ),
        ("intents/phrases/a.yaml", "writer: 甲\n", "", "intents/phrases/a.yaml:1: 缺少“writer”"),
        ("intents/special.yaml", "id: human", "id: humans", "intents/special.yaml:3: 不认识特殊标签“humans”"),
        ("intents/lexicon.yaml", "[邮箱]", "邮箱", "intents/lexicon.yaml:2: “concepts.system.mail”要写成列表"),
        ("knowledge/company.yaml", '"6666"', "6666", "knowledge/company.yaml:1: “phone”要写成文字"),
        ("knowledge/lines.yaml", "solved:", "sloved:", "不认识“sloved”这一项"),
        (
            "knowledge/codes.yaml",
            "topic: quota.full",
            "topic: quota.most",
            "knowledge/codes.yaml:3: 没有主题“quota.most”",
        ),
        ("knowledge/codes.yaml", "side: 自己", "side: 谁", "knowledge/codes.yaml:3: “codes.0.side”只能是"),
    ],
)
def test_a_fault_in_the_other_files(file: str, good: str, bad: str, fault: str) -> None:
    """Phrases, special labels, concepts, company values, lines, codes."""
    faults = _faults(file, lambda text: text.replace(good, bad, 1))
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize("file", ["lexicon.yaml", "followup.yaml", "company.yaml", "lines.yaml"])
def test_a_file_that_is_missing_is_named(file: str) -> None:
    """Without it the desk could not speak, or not listen."""
    folder = "intents" if file in ("lexicon.yaml", "followup.yaml") else "knowledge"
    assert any(f"{file}:1: " in fault for fault in _faults(f"{folder}/{file}", lambda text: None))


def test_the_table_of_codes_may_be_missing() -> None:
    """It is an addition to the manual."""
    assert _assemble("knowledge/codes.yaml", lambda text: None).codes.codes == ()


def test_every_fault_of_every_file_is_told_at_once() -> None:
    """Nobody should have to run the check five times."""
    intents = {**INTENTS, QUOTA: INTENTS[QUOTA].replace("choice: 满了", "choice: 满")}
    knowledge = {**KNOWLEDGE_FILES, GUIDES: KNOWLEDGE_FILES[GUIDES].replace("{{phone}}", "{{fax}}")}
    with pytest.raises(Invalid) as caught:
        assemble(intents, knowledge)
    assert {fault.file for fault in caught.value.faults} >= {QUOTA, GUIDES}
