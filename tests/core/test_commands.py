"""The engineer's words are understood as they are typed in a hurry; everything else is no command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands import Command, Verb, parse_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("接单 12", Command(Verb.TAKE, 12)),
        ("接单12", Command(Verb.TAKE, 12)),
        ("接单 #12", Command(Verb.TAKE, 12)),
        ("接单＃12号", Command(Verb.TAKE, 12)),
        (" 接单  12单 ", Command(Verb.TAKE, 12)),
        ("接手 3", Command(Verb.TAKE, 3)),
        ("我来处理 3", Command(Verb.TAKE, 3)),
        ("接单", Command(Verb.TAKE)),
        ("解决 12 清理了附件", Command(Verb.RESOLVE, 12, "清理了附件")),
        ("解决12，换了网线", Command(Verb.RESOLVE, 12, "换了网线")),
        ("解决 12：第一行\n第二行", Command(Verb.RESOLVE, 12, "第一行\n第二行")),
        ("已解决 12", Command(Verb.RESOLVE, 12)),
        ("关单 7", Command(Verb.RESOLVE, 7)),
        ("结单 7 好了", Command(Verb.RESOLVE, 7, "好了")),
        ("解决", Command(Verb.RESOLVE)),
        ("解决 重启了", Command(Verb.RESOLVE, None, "重启了")),
        ("值班", Command(Verb.ON_DUTY)),
        ("谁值班", Command(Verb.ON_DUTY)),
        ("我的单", Command(Verb.MY_CASES)),
        ("待办", Command(Verb.OPEN_CASES)),
        ("未结单", Command(Verb.OPEN_CASES)),
    ],
)
def test_a_command(text: str, command: Command) -> None:
    """Glued or spaced, with or without number and reason."""
    assert parse_command(text) == command


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("接担 12", Verb.TAKE),
        ("接单单 12", Verb.TAKE),
        ("单接 12", Verb.TAKE),
        ("我来处里 12", Verb.TAKE),
        ("解绝 12 好了", Verb.RESOLVE),
        ("解决了 12", Verb.RESOLVE),
        ("已解 12", Verb.RESOLVE),
    ],
)
def test_a_slip_of_the_finger_is_forgiven_when_a_number_stands_behind(text: str, verb: Verb) -> None:
    """And marked as one, so that staff are not taken for engineers."""
    found = parse_command(text)
    assert found is not None and (found.verb, found.number, found.exact) == (verb, 12, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "12",
        "你好",
        "接",
        "已解决",  # staff say it of their own problem
        "接担",  # a slip without a number
        "订单 12",  # as near to 接单 as to 结单
        "邮箱满了",
        "解决方案有吗",
        "值班表在哪里看",
        "值班 明天是谁",
        "outlook 报 0x800CCC0E",
        "3 号楼的打印机坏了",
        "帮我接单 12",
        "接单 1234567890123",  # ten digits and more are no number of a case
    ],
)
def test_everything_else_is_none(text: str) -> None:
    """Staff's questions are not taken for commands."""
    found = parse_command(text)
    assert found is None or found.number is None or found.rest


@given(st.text(max_size=200) | st.from_regex(r"(接单|解决|值班|我的单)[ #]{0,3}[0-9]{0,12}.{0,20}", fullmatch=True))
def test_no_text_raises_and_every_number_is_one_that_a_database_takes(text: str) -> None:
    """Whatever is typed."""
    found = parse_command(text)
    assert found is None or found.number is None or 0 <= found.number < 10**9
