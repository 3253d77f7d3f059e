"""YAML that people keep is read with the line of everything in it, or refused with `file:line: reason`."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from app.documents import Fault, Invalid, load, parse


class _Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    count: int = Field(ge=1)


class _Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1)
    items: tuple[_Inner, ...] = ()


def _faults(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        load(_Outer, text, "f.yaml")
    return [str(fault) for fault in caught.value.faults]


def test_a_good_file_is_read() -> None:
    """Into the model, checked."""
    assert load(_Outer, "name: 值班\nitems:\n- count: 2\n", "f.yaml").items[0].count == 2


@pytest.mark.parametrize("text", ["", "# only a remark\n", "---\n"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    """Or nothing at all; never an error of its own."""
    assert not parse(text, "f.yaml").data


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name: 值班\nitems:\n- count: 0\n", "f.yaml:3: “items.0.count”不能小于 1"),
        ("name: 值班\nitems:\n- count: many\n", "f.yaml:3: “items.0.count”要写成整数"),
        ("name: 值班\n\nnmae: 班\n", "f.yaml:3: 不认识“nmae”这一项"),
        ("items: []\n", "f.yaml:1: 缺少“name”"),
        ("name: 值班\nitems:\n- {}\n", "f.yaml:3: 缺少“items.0.count”"),
        ("name: ''\n", "f.yaml:1: “name”不能是空的"),
        ("name: [值班]\n", "f.yaml:1: “name”要写成文字"),
        ("name: 12\n", "f.yaml:1: “name”要写成文字"),
        ("name: 值班\nitems: 3\n", "f.yaml:2: “items”要写成列表"),
        ("- name\n", "f.yaml:1: “文件”要写成“名字: 值”的形式"),
        ("name: 值班\nname: 班\n", "f.yaml:2: “name”写了两遍"),
        ("name: 值班\nitems: [\n", "f.yaml:3: YAML 写法有误"),
        ("name: *nobody\n", "f.yaml:1: YAML 写法有误"),
        ("\tname: 值班\n", "f.yaml:1: YAML 写法有误"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: YAML 写法有误"),
        ("name: \x00\n", "f.yaml:1: 读不懂这个文件"),
        ("name: 2026-02-31\n", "f.yaml:1: 读不懂这个文件"),
        ("name: !!python/object:os.system ls\n", "f.yaml:1: YAML 写法有误"),
    ],
)
def test_a_fault_names_file_line_and_reason(text: str, fault: str) -> None:
    """In Chinese, with the key as people wrote it."""
    assert any(found.startswith(fault) for found in _faults(text))


def test_every_fault_is_told_once_in_the_order_of_the_file() -> None:
    """All at once, none twice."""
    faults = _faults("items:\n- count: 0\n- count: x\nnmae: a\n")
    assert [fault.split(":")[1] for fault in faults] == sorted(fault.split(":")[1] for fault in faults)
    assert len(faults) == len(set(faults)) == 4


def test_a_value_never_appears_in_a_fault() -> None:
    """It may be a secret."""
    assert "hunter2" not in "".join(_faults("name: [hunter2]\nitems: hunter2\n"))


@pytest.mark.parametrize(
    "text", ['!!int ""', "!!bool x", '!!float ""', "!!timestamp x", "a: \udcff", "? [a]\n: b", "a: ="]
)
def test_what_the_library_trips_over_is_a_fault_too(text: str) -> None:
    """No exception but Invalid reaches the person."""
    with pytest.raises(Invalid, match=r"^f\.yaml:1: "):
        parse(text, "f.yaml")


def test_an_alias_has_the_lines_of_its_anchor_and_may_hold_itself() -> None:
    """A loop in a file must not become a loop in the program."""
    assert parse("a: &x [1]\nb: *x\n", "f.yaml").line(("a", 0)) == 1
    assert parse("a: &x [*x]\n", "f.yaml").line(("a",)) == 1


def test_many_aliases_of_aliases_are_read_at_once() -> None:
    """Nine levels of ten aliases each would be a thousand million nodes."""
    bomb = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
    assert parse("a0: &a0 x\n" + bomb, "f.yaml").line(("a9",)) == 10


def test_the_line_of_what_is_not_there_is_its_parents() -> None:
    """Nearest first."""
    document = parse("a:\n  b:\n    c: 1\n", "f.yaml")
    assert [document.line(path) for path in (("a", "b", "x"), ("a", "x"), ("x",), ())] == [2, 1, 1, 1]
    assert str(document.fault(("a", "b", "c"), "不对")) == "f.yaml:3: 不对"


def test_faults_are_sorted_and_readable_together() -> None:
    """One a line."""
    error = Invalid([Fault("b", 1, "x"), Fault("a", 2, "y"), Fault("a", 2, "y")])
    assert str(error) == "a:2: y\nb:1: x"


_PIECES = ["a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "'", '"', "&x", "*x", "!!int", "!!map", "|", ">", "? "]
_PIECES += ["#", "---", "...", "%", "<<", "~", "1:2", "0x", "2026-13-41", "\t", "\\u", "=", "值"]
yamls: Any = st.text(max_size=80) | st.lists(st.sampled_from(_PIECES), max_size=25).map("".join)


@given(yamls)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Invalid is the only way to fail, and it has a line."""
    try:
        document = parse(text, "f.yaml")
    except Invalid as error:
        assert error.faults and all(fault.line >= 1 and fault.reason for fault in error.faults)
    else:
        assert all(line >= 1 for line in document.lines.values())


@given(yamls)
def test_any_text_fits_a_model_or_is_refused(text: str) -> None:
    """The check after the reading fails in no other way either."""
    try:
        load(_Outer, text, "f.yaml")
    except Invalid as error:
        assert all(str(fault).startswith("f.yaml:") for fault in error.faults)
