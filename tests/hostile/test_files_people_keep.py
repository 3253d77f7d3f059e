"""The files that people keep, under any text at all: read whole, or refused with a line and a reason; nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.content import assemble
from app.core.duty.plan import Plan, on_duty
from app.core.duty.weak import gaps
from app.core.guidance import parse_guides, unknown_values
from app.core.roster import Roster
from app.documents import Fault, Invalid, load, parse
from app.settings import Settings, load_settings
from tests.hostile.strategies import JSON, TEXT, WHOLE_TEXT, pieces

YAML_PIECES = pieces(
    """a|: |- |
|  |{|}|[|]|&a |*a|<<: |!!int |!!binary |!!timestamp |? |> |!!python/object:os.system |!!set |!!omap |---
|...
|%YAML 9.9
|'|#|2026-02-30|0o9|1_0|.inf|1e999|~|12:60:60""",
    "|",
)
MORE_PIECES = ["|", '"', "\t", "\0", "\ud800", "\x85", "\ufeff"]
YAML = st.lists(st.sampled_from([*YAML_PIECES, *MORE_PIECES]) | st.text(max_size=5), max_size=14).map("".join)


def told(error: Invalid, file: str = "a.yaml") -> None:
    """Every fault has its file, a line from 1 on, and something to read."""
    assert error.faults
    for fault in error.faults:
        assert isinstance(fault, Fault)
        assert fault.file in (file, "环境变量") or fault.file.startswith("ZHIBAN_")
        assert fault.line >= 1 and fault.reason


@given(YAML)
@example("a: &a [*a]")
@example("&a {x: *a}")
@example("? {a: 1}\n: b")
@example("!!int ''")
@example("!!timestamp x")
@example("a: " + "9" * 5000)
@example("\ud800: 1")
@example("a: 2026-02-30")
@example("&a [&b [*a, *a], *a]")
def test_any_text_as_yaml(text: str) -> None:
    try:
        document = parse(text, "a.yaml")
    except Invalid as error:
        told(error)
        return
    assert all(line >= 1 for line in document.lines.values())


DEEP = [deep * 100_000 for deep in ("[", "{a: ", "- ", "? ", "- ? ", "{[")]
STAIRS = "\n".join(" " * step + "a:" for step in range(100))


@pytest.mark.parametrize("text", [*DEEP, STAIRS], ids=["[", "{a:", "-", "?", "- ?", "{[", "stairs"])
def test_endless_nesting_is_refused(text: str) -> None:
    """It once took the whole process down, at a reload."""
    with pytest.raises(Invalid, match="嵌套超过"):
        parse(text, "a.yaml")


def laughs(levels: int) -> str:
    """Ten of the line before, and ten of those: small to read, endless to unfold."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines)


def test_aliases_within_aliases_are_not_unfolded() -> None:
    with pytest.raises(Invalid) as caught:
        load(Roster, laughs(12), "roster.yaml")
    assert len(str(caught.value)) < 10_000


@given(YAML)
@example("fallback: a\npeople: [{id: a, name: 张工}]\nshifts: [{days: [周一], from: '24:00', to: '24:00', who: [a]}]")
@example("timezone: ../../etc/passwd\nfallback: a\npeople: [{id: a, name: b}]")
@example('timezone: "a\\0b"\nfallback: a\npeople: [{id: a, name: b}]')
@example("timezone: /etc/localtime\nfallback: a\npeople: [{id: a, name: b}]")
@example(f"timezone: {'a' * 300}\nfallback: a\npeople: [{{id: a, name: b}}]")
def test_any_text_as_a_roster(text: str) -> None:
    try:
        roster = load(Roster, text, "a.yaml")
    except Invalid as error:
        told(error)
        return
    assert on_duty(Plan(roster), NOW).order


NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CLOCK = st.sampled_from(["00:00", "24:00", "23:59", "12:00:30", "T09", "0900", "9:00", "-1:00", "25:00", ""]) | TEXT
SHIFT = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(["周一", "周日", "周八"]), max_size=3),
        "from": CLOCK,
        "to": CLOCK,
        "who": st.just(["a"]),
    }
)


@given(st.lists(SHIFT | JSON, max_size=3), st.datetimes(timezones=st.just(UTC)))
@example([{"days": ["周一"], "from": "12:00+05:00", "to": "24:00", "who": ["a"]}], datetime(9999, 12, 31, tzinfo=UTC))
@example([], datetime(1, 1, 1, tzinfo=UTC))
def test_any_shifts_give_somebody_at_any_time(shifts: list[Any], at: datetime) -> None:
    data = {"people": [{"id": "a", "name": "张工"}], "fallback": "a", "shifts": shifts}
    try:
        roster = Roster.model_validate(data)
    except ValueError:
        return
    if at.year not in (1, 9999):  # a clock that shows these is beyond help
        assert on_duty(Plan(roster), at).order[-1].id == "a"
        assert all(start < end for start, end in gaps(Plan(roster), at))


NAMES = pieces(
    "ZHIBAN_DATABASE_URL ZHIBAN_CHANNELS__A__TOKEN ZHIBAN_LISTEN ZHIBAN_ ZHIBAN___ ZHIBAN_A__B__C "
    "ZHIBAN_SECRET_KEY_FILE ZHIBAN_TEST_HOSTS PATH"
)
ENVIRONMENT = st.dictionaries(st.sampled_from(NAMES), TEXT.filter(lambda text: "\0" not in text), max_size=3)


@given(YAML, ENVIRONMENT)
@example("", {"ZHIBAN_TEST_HOSTS": "[" * 5000})
@example("", {"ZHIBAN_SECRET_KEY_FILE": "/"})
@example("", {"ZHIBAN_SECRET_KEY_FILE": "\ud800"})
@example("- 1", {})
@example("1: 2", {"ZHIBAN_A": "x"})
@example("{[1]: 2}", {})
def test_any_text_as_settings(text: str, environment: dict[str, str]) -> None:
    try:
        settings = load_settings(text, "a.yaml", environment)
    except Invalid as error:
        told(error)
        return
    assert isinstance(settings, Settings)


SECRET = "geheimgeheim"


@pytest.mark.parametrize(
    "text",
    [
        f"secret_key: [{SECRET}]",
        f"channels: {{a: {{kind: wecom, token: {SECRET}, encoding_aes_key: {SECRET}}}}}",
        f"channels: {{a: {{kind: wecom, token: {{x: {SECRET}}}, encoding_aes_key: x}}}}",
        f"database_url: {{a: {SECRET}}}",
    ],
)
def test_a_value_that_is_wrong_is_not_shown(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_settings(text, "a.yaml", {})
    assert SECRET not in str(caught.value)


MARKDOWN_PIECES = pieces(
    """## 标题 {#login.password}
|## 标题
|> 手册 三
|一段话
|### 步骤
|### 先看
|1. 【电脑】**做**：这样
|- 看
|{{phone}}|{{|}}|
|### 别的
|99999999999. x
""",
    "|",
)
MORE_MARKDOWN = [f"1. **{'x' * 50}**：y\n", "\ud800", "\x85", "\u2028"]
MARKDOWN = st.lists(st.sampled_from([*MARKDOWN_PIECES, *MORE_MARKDOWN]) | st.text(max_size=6), max_size=12).map("".join)


@given(MARKDOWN)
def test_any_text_as_a_chapter(text: str) -> None:
    try:
        guides = parse_guides(text, "a.md")
    except Invalid as error:
        told(error, "a.md")
        return
    for guide in guides:
        assert guide.steps and guide.markdown().endswith(guide.source)
    for fault in unknown_values(text, "a.md", {"phone": "8000"}):
        assert fault.line >= 1


FILES = st.sampled_from(["intents/a.yaml", "intents/phrases/b.yaml", "intents/lexicon.yaml", "intents/followup.yaml"])
KNOWLEDGE = st.sampled_from(
    ["knowledge/a.md", "knowledge/company.yaml", "knowledge/lines.yaml", "knowledge/codes.yaml"]
)


@given(st.dictionaries(FILES, YAML | MARKDOWN, max_size=3), st.dictionaries(KNOWLEDGE, YAML | MARKDOWN, max_size=3))
def test_any_texts_as_the_whole_content(intents: dict[str, str], knowledge: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        assemble(intents, knowledge)
    assert all(fault.line >= 1 and fault.reason for fault in caught.value.faults)


KEPT = st.dictionaries(WHOLE_TEXT, WHOLE_TEXT | st.integers() | st.booleans() | st.none(), max_size=4)


@given(st.dictionaries(WHOLE_TEXT, KEPT | st.lists(WHOLE_TEXT, max_size=3), max_size=3))
def test_what_yaml_wrote_is_read_back_with_a_line_for_every_key(value: dict[str, Any]) -> None:
    document = parse(yaml.safe_dump(value), "a.yaml")
    assert document.data == value
    assert all((key,) in document.lines for key in value)
