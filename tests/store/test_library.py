"""Files become a library; a trained model is kept, and made again when it is damaged or out of date."""

from pathlib import Path

import pytest

from app.core.content import Content
from app.core.library import Library, judge_text, rank
from app.core.matching.training import Example
from app.documents import Invalid
from app.store.library import make_featurizer, read_texts, trained
from app.store.roster import read_roster

EXAMPLES = tuple(
    Example(text, label, writer)
    for writer in ("甲", "乙", "丙")
    for label, words in (
        ("quota.full", "邮箱满了 空间不足 容量已达上限"),
        ("login.password", "密码错误 忘记密码 认证失败"),
    )
    for text in words.split()
)


def _train(cache: Path, examples: tuple[Example, ...] = EXAMPLES) -> list[str]:
    steps: list[str] = []
    featurize = make_featurizer({}, cache)
    model = trained(examples, {}, featurize, cache, lambda what, done, of: steps.append(what))
    assert set(model.labels) == {"quota.full", "login.password"}
    return steps


def test_a_model_is_trained_once_and_then_taken_from_the_cache(tmp_path: Path) -> None:
    """The second start has nothing to learn."""
    assert _train(tmp_path)
    assert not _train(tmp_path)


def test_a_changed_phrase_trains_again(tmp_path: Path) -> None:
    """Nobody has to empty a cache by hand."""
    _train(tmp_path)
    assert _train(tmp_path, (*EXAMPLES, Example("收件箱爆了", "quota.full", "丁")))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half"])
def test_a_damaged_model_is_trained_again(tmp_path: Path, damage: bytes) -> None:
    """A crash while writing costs time, not the start."""
    _train(tmp_path)
    for file in tmp_path.glob("*.npz"):
        file.write_bytes(damage)
    assert _train(tmp_path)
    assert not _train(tmp_path)


def test_the_librarys_ranking_is_whole_and_adds_up(library: Library) -> None:
    """Every label once, best first, shares of one."""
    ranking = rank(library, "邮箱容量已达上限，发不出也收不到")
    confidences = [candidate.confidence for candidate in ranking.candidates]
    assert confidences == sorted(confidences, reverse=True) and abs(sum(confidences) - 1) < 1e-3
    assert judge_text(library, "邮箱容量已达上限，发不出也收不到").intents == ("quota.full",)


def test_the_library_holds_what_was_read(library: Library, content: Content) -> None:
    """Topics and guides pass unchanged; neighbours know the question between them, whichever way round."""
    assert library.topics == content.topics and library.guides == content.guides
    apart = next((a, b) for a, topic in content.topics.items() for b in topic.apart)
    assert library.apart(*apart) == library.apart(*reversed(apart)) or library.apart(*reversed(apart))
    assert library.choice(apart[0]) == content.topics[apart[0]].choice


def test_a_folder_that_is_missing_is_named() -> None:
    """Not a stack trace."""
    with pytest.raises(Invalid, match=r"^nowhere:1: 没有这个目录"):
        read_texts(Path("nowhere"), ["*.yaml"])


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """GBK from an old editor is told, with its place."""
    (tmp_path / "login.yaml").write_bytes("登录".encode("gbk"))
    with pytest.raises(Invalid, match=r"login\.yaml:1: 读不了"):
        read_texts(tmp_path, ["*.yaml"])


def test_the_example_roster_is_a_good_one() -> None:
    """What the docs show can be copied."""
    root = Path(__file__).resolve().parents[2]
    assert [person.name for person in read_roster(root / "docs/examples/roster.yaml").people] == [
        "张工",
        "李工",
        "王主管",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, r":1: 没有值班名册"),
        (b"\xff\xfe", r":1: 读不了"),
        (b"people: []\nfallback: zhang\n", r":1: “people”至少要有 1 项"),
        (b"people:\n- {id: zhang, name: x}\nfallback: li\n", r"fallback“li”不在 people 里"),
    ],
)
def test_a_wrong_roster_file_is_named_with_its_fault(tmp_path: Path, text: bytes | None, fault: str) -> None:
    """Missing, unreadable, empty, or pointing at nobody."""
    file = tmp_path / "roster.yaml"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(Invalid, match=r"roster\.yaml.*" + fault):
        read_roster(file)
