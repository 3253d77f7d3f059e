"""Text as platforms want it: tables, and what holds for any text at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.text import cut_bytes, cut_json, inert, plain, strip_mention

TEXT = st.text(st.characters(exclude_categories=["Cs"]))  # no halves of characters: the doors take them out


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "…"),
        ("abcdef", 5, "ab…"),
        ("邮箱打不开", 15, "邮箱打不开"),
        ("邮箱打不开", 14, "邮箱打…"),
        ("邮箱打不开", 11, "邮箱…"),
        ("🔥🔥🔥", 11, "🔥🔥…"),
        ("🔥🔥🔥", 10, "🔥…"),
        ("", 0, ""),
        ("邮箱", 2, ""),
        ("ab", 1, "a"),
    ],
)
def test_cutting_between_characters(text: str, most: int, cut: str) -> None:
    assert cut_bytes(text, most) == cut


@given(TEXT, st.integers(0, 60))
def test_a_cut_text_fits_and_is_a_beginning(text: str, most: int) -> None:
    cut = cut_bytes(text, most)
    assert len(cut.encode()) <= most
    assert cut == text or text.startswith(cut.removesuffix("…"))


@given(st.text('ab"\\\n\t邮🔥\x01', max_size=200), st.integers(2, 120))
def test_a_text_cut_for_json_fits_with_its_escapes(text: str, most: int) -> None:
    cut = cut_json(text, most)
    assert len(json.dumps(cut, ensure_ascii=False).encode()) <= most
    assert cut == text or text.startswith(cut.removesuffix("…"))


NAMES = ("IT小助手", "IT Desk")


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("@IT小助手 打不开", "打不开"),
        ("＠IT小助手 打不开", "打不开"),
        ("@IT小助手\u2005打不开", "打不开"),
        ("@IT小助手\u00a0打不开", "打不开"),
        ("  @IT小助手，打不开", "，打不开"),
        ("@IT小助手打不开", "打不开"),
        ("打不开 @IT小助手", "打不开"),
        ("打不开@IT小助手", "打不开"),
        ("打不开\n@IT小助手\n", "打不开"),
        ("@IT Desk 打不开", "打不开"),
        ("@张工 @IT小助手 打不开", "@张工   打不开"),
        ("@IT小助手 @IT小助手 打不开", "打不开"),
        ("@IT小助手", ""),
        ("@IT小助手 ", ""),
        ("", ""),
        ("@Override 报错了", "@Override 报错了"),
        ("发到 help@IT.example 没人理", "发到 help@IT.example 没人理"),
        ("IT小助手 打不开", "IT小助手 打不开"),
    ],
)
def test_only_the_desks_own_mention_is_taken_off(text: str, stripped: str) -> None:
    assert strip_mention(text, NAMES) == stripped


@given(TEXT.filter(lambda text: "IT" not in text), st.sampled_from(["@", "＠"]), st.booleans())
def test_whatever_is_asked_survives_the_stripping(text: str, sign: str, at_end: bool) -> None:
    mention = f"{sign}IT小助手"
    written = f"{text} {mention}" if at_end else f"{mention} {text}"
    assert strip_mention(written, NAMES) == strip_mention(text, NAMES)


@given(TEXT)
def test_without_a_mention_only_blanks_around_are_lost(text: str) -> None:
    stripped = strip_mention(text, ["没有这个名字"])
    assert stripped in text and text.strip() in (stripped, stripped.strip())


@given(TEXT)
def test_an_inert_text_mentions_links_and_formats_nothing(text: str) -> None:
    assert not set(inert(text)) & set("@<>[]`*#")


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**先看这几点**\n- 一\n- 二", "先看这几点\n- 一\n- 二"),
        ("## 标题\n正文 `zhiban check`", "标题\n正文 zhiban check"),
        ("错误 #12 不是标题", "错误 #12 不是标题"),
    ],
)
def test_markdown_as_plain_text(markdown: str, text: str) -> None:
    assert plain(markdown) == text
