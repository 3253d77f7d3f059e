"""A company may reword every line, with the names that the line knows and no others."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.core.content import Content
from app.core.lines import Lines


@pytest.fixture
def words(content: Content) -> dict[str, Any]:
    return content.lines.model_dump()


def test_the_houses_own_lines_are_good(words: dict[str, Any]) -> None:
    """And frozen once read."""
    assert Lines.model_validate(words).model_dump() == words


@pytest.mark.parametrize(
    ("line", "template", "reason"),
    [
        ("solved", "好的 {number}", "不认识 number；这里能用的是：没有"),
        ("greeting", "我是{name}", "不认识 name；这里能用的是：{desk}"),
        ("greeting", "我是{desk.__class__}", "不认识 desk.__class__"),
        ("greeting", "我是{}", "不认识"),
        ("greeting", "我是{0}", "不认识 0"),
        ("greeting", "我是{desk", "花括号没有配对"),
        ("greeting", "我是desk}", "花括号没有配对"),
        ("greeting", "我是{desk:d}", "只能写名字"),
        ("greeting", "我是{desk!r}", "只能写名字"),
        ("page", "单 {number} {password}", "不认识 password"),
        ("greeting", "", "at least 1 character"),
    ],
)
def test_a_template_that_would_fail_when_said_is_refused_when_read(
    words: dict[str, Any], line: str, template: str, reason: str
) -> None:
    """At the start, with the names that it may use."""
    with pytest.raises(ValidationError, match=reason):
        Lines.model_validate({**words, line: template})


def test_a_line_that_is_missing_or_unknown_is_refused(words: dict[str, Any]) -> None:
    """A slip in a key would otherwise silence the desk."""
    with pytest.raises(ValidationError, match="solved"):
        Lines.model_validate({key: text for key, text in words.items() if key != "solved"})
    with pytest.raises(ValidationError, match="slogan"):
        Lines.model_validate({**words, "slogan": "在"})


def test_a_line_may_leave_names_out(words: dict[str, Any]) -> None:
    """Shorter is allowed."""
    assert Lines.model_validate({**words, "greeting": "在。"}).greeting.format(desk="x") == "在。"
