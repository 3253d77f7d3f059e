"""Error codes and bounces are told in one line, the most specific that is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.codes import CodeTable, read_error
from app.core.content import Content

TABLE = CodeTable.model_validate(
    {
        "source": "公开资料",
        "codes": [
            {"code": "550", "means": "被拒绝", "side": "看情况", "act": "看后面的英文"},
            {"code": "5.1.1", "means": "地址不存在", "side": "自己", "act": "核对地址", "topic": "send.failed"},
            {"code": "550 5.1.1", "means": "收件人不存在", "side": "自己", "act": "核对收件人"},
            {"code": "0x800ccc0e", "means": "连不上服务器", "side": "网络", "act": "换个网络"},
        ],
        "prompts": [
            {"text": "user unknown", "means": "没有这个人", "side": "自己", "act": "核对收件人"},
            {"text": "user unknown in virtual", "means": "对方没有这个邮箱", "side": "对方", "act": "问对方"},
        ],
    }
)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("outlook 报 0x800CCC0E 发不出去", "连不上服务器"),
        ("退信 550 怎么办", "被拒绝"),
        ("退信 550 5.1.1 怎么办", "收件人不存在"),
        ("550-5.1.1 <a@b.com> rejected", "收件人不存在"),
        ("5.1.1 是什么", "地址不存在"),
        ("550 5.1.1 User Unknown", "没有这个人"),
        ("User unknown in virtual mailbox table", "对方没有这个邮箱"),
        ("550 元的发票", None),
        ("邮箱满了", None),
        ("", None),
    ],
)
def test_the_most_specific_entry_wins(text: str, means: str | None) -> None:
    """A phrase before a code, a combined code before its parts."""
    found = read_error(TABLE, text)
    assert (found.means if found else None) == means


def test_a_finding_says_what_whose_and_what_to_do() -> None:
    """In one line, with the code as programs write it."""
    assert str(read_error(TABLE, "0x800ccc0e")) == "0x800CCC0E：连不上服务器。网络问题：换个网络。"
    assert str(read_error(TABLE, "550 收到退信")) == "550：被拒绝。看后面的英文。"


def test_every_code_of_the_house_is_found_by_its_own_words(content: Content) -> None:
    """No entry is written so that it can never be found."""
    entries = [(entry.code, entry.means) for entry in content.codes.codes]
    lost = [
        code for code, means in entries if getattr(read_error(content.codes, f"退信 {code} "), "means", "") != means
    ]
    assert lost == []


def test_every_prompt_of_the_house_is_found_in_a_bounce(content: Content) -> None:
    """Whatever stands around it."""
    texts = [prompt.text for prompt in content.codes.prompts]
    lost = [text for text in texts if text not in str(read_error(content.codes, f"<< {text.upper()} >>")).lower()]
    assert lost == []


@given(st.text(max_size=200))
def test_any_text_is_looked_at(text: str) -> None:
    """And never raises."""
    found = read_error(TABLE, text)
    assert found is None or str(found)
