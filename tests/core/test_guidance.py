"""A chapter of the manual is read line by line, and every line that does not fit is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.guidance import Guide, Step, fill, parse_guides, unknown_values
from app.documents import Invalid

GOOD = """# 邮箱空间

章首的话不算主题。

## 邮箱满了 {#quota.full}

> 手册 三(四)1

空间用完了。

### 先看

- 用了多少？

### 步骤

1. 【网页】**先删大邮件**：按“大小”排序。
2. **再看一眼**：降下来就好。

### 补充

- 附件先存一份。
"""


def _faults(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        parse_guides(text, "x.md")
    return [str(fault) for fault in caught.value.faults]


def test_a_chapter_is_read_whole() -> None:
    """Title, source, understanding, checks, steps with their audience, additions."""
    assert parse_guides(GOOD, "x.md") == (
        Guide(
            "quota.full",
            "邮箱满了",
            "手册 三(四)1",
            "空间用完了。",
            ("用了多少？",),
            (Step("网页", "先删大邮件", "按“大小”排序。"), Step("", "再看一眼", "降下来就好。")),
            ("附件先存一份。",),
        ),
    )


def test_the_guidance_as_said_in_a_chat() -> None:
    """Understanding, first checks, numbered steps, what is not of the manual marked so, and the source."""
    assert parse_guides(GOOD, "x.md")[0].markdown() == (
        "空间用完了。\n\n**先看这几点**\n- 用了多少？\n\n"
        "**这样处理**\n1. 【网页】**先删大邮件**：按“大小”排序。\n2. **再看一眼**：降下来就好。\n\n"
        "**补充（手册之外）**\n- 附件先存一份。\n\n出处：手册 三(四)1"
    )


def test_parts_that_are_empty_are_left_out() -> None:
    """No heading without anything below it."""
    bare = GOOD.replace("- 用了多少？", "").replace("- 附件先存一份。", "")
    text = parse_guides(bare, "x.md")[0].markdown()
    assert "先看这几点" not in text and "补充" not in text


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("{#quota.full}", "{#quota}", "x.md:5: 主题标题要写成"),
        (" {#quota.full}", "", "x.md:5: 主题标题要写成"),
        ("### 先看", "### 看看", "x.md:11: 小标题只能是"),
        ("- 用了多少？", "用了多少？", "x.md:13: “先看”里的每一行要以“- ”开头"),
        ("- 附件先存一份。", "* 附件先存一份。", "x.md:22: “补充”里的每一行要以“- ”开头"),
        ("1. 【网页】**先删大邮件**：", "1. 先删大邮件：", "x.md:17: 步骤要写成"),
        ("【网页】", "【传真】", "x.md:17: 步骤的对象只能是"),
        ("空间用完了。", "空间用完了。\n又一段。", "x.md:10: 主题开头只写一段话"),
        ("> 手册 三(四)1", "", "x.md:5: quota.full 缺少出处"),
        ("> 手册 三(四)1", "> 网上看来的", "x.md:5: quota.full 缺少出处"),
        ("空间用完了。", "", "x.md:5: quota.full 缺少开头那段话"),
    ],
)
def test_a_line_that_does_not_fit_is_named(good: str, bad: str, fault: str) -> None:
    """File, line, reason."""
    assert good in GOOD
    assert any(found.startswith(fault) for found in _faults(GOOD.replace(good, bad)))


def test_every_fault_is_told_at_once() -> None:
    """Nobody should have to mend a file five times."""
    assert (
        len(_faults(GOOD.replace("【网页】", "【传真】").replace("> 手册", "> 本子").replace("### 补充", "### 还有")))
        == 3
    )


def test_a_topic_without_steps_is_a_fault() -> None:
    """It would answer nothing."""
    assert _faults(GOOD.split("1. 【")[0]) == ["x.md:5: quota.full 缺少步骤"]


def test_values_are_filled_and_unknown_ones_left_for_later() -> None:
    """Who is on duty is known when it is said, not before."""
    assert fill("拨 {{phone}}，现在是 {{on_duty}}", {"phone": "6666"}) == "拨 6666，现在是 {{on_duty}}"


def test_a_value_that_nobody_gave_is_named_with_its_line() -> None:
    """The live ones are known."""
    text = "拨 {{phone}}\n找 {{on_duty}}\n填 {{fax}} 和 {{telex}}"
    faults = [str(fault) for fault in unknown_values(text, "x.md", {"phone": "6666"})]
    assert faults == ["x.md:3: 公司信息里没有“fax”", "x.md:3: 公司信息里没有“telex”"]


@given(st.text(max_size=300) | st.lists(st.sampled_from(GOOD.splitlines()), max_size=30).map("\n".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Invalid is the only way to fail."""
    try:
        guides = parse_guides(text, "x.md")
    except Invalid as error:
        assert all(fault.line >= 1 and fault.reason for fault in error.faults)
    else:
        assert all(guide.steps and guide.understanding for guide in guides)
