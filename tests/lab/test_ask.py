"""One message at a time, as if nothing came before it, through the dialogue of production."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.library import Library
from app.documents import Invalid
from app.lab.ask import LibraryAnswerer, answer_lines


def _ask(library: Library, *lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer_lines(LibraryAnswerer(library), lines)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "这一行不是 JSON"),
        ("[1]", "这一行不是 JSON 对象"),
        ('"text"', "这一行不是 JSON 对象"),
        ('{"txt": "a"}', "每行要有文字 text"),
        ('{"text": 1}', "每行要有文字 text"),
        ('{"text": null}', "每行要有文字 text"),
        ("[" * 100_000, "这一行不是 JSON"),
    ],
)
def test_a_bad_line_is_named(library: Library, bad: str, reason: str) -> None:
    """By its number; blank lines count."""
    with pytest.raises(Invalid, match=f"^标准输入:3: {reason}"):
        _ask(library, '{"text": "你好"}', "", bad)


@pytest.mark.parametrize(
    ("text", "action", "intents"),
    [
        ("邮箱容量已达上限，收不到邮件", "answer", ["quota.full"]),
        ("输错太多次密码，账号已锁定", "answer", ["login.locked"]),
        ("人工", "handoff", []),
        ("转人工！", "handoff", []),
        ("打印机卡纸了", "handoff", []),
        ("你好", "smalltalk", []),
        ("谢谢", "smalltalk", []),
        ("", "smalltalk", []),
    ],
)
def test_what_the_desk_does(library: Library, text: str, action: str, intents: list[str]) -> None:
    """Action and topics, with a reply for every one."""
    answer = _ask(library, json.dumps({"text": text}))[0]
    assert (answer["action"], answer["intents"]) == (action, intents) and answer["reply"]


def test_who_is_on_duty_is_told_in_words(library: Library) -> None:
    """Outside of a conversation no roster is asked, and no placeholder is shown."""
    reply = LibraryAnswerer(library).reply("怎么联系IT服务台，电话多少")
    assert "6666" in reply and "{" not in reply


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=60))
def test_whatever_is_asked_is_answered_in_the_stable_form(library: Library, text: str) -> None:
    """No text raises; three candidates at least, topics only, best first."""
    answer = _ask(library, json.dumps({"text": text}))[0]
    confidences = [candidate["confidence"] for candidate in answer["candidates"]]
    assert answer["text"] == text and answer["action"] in ("answer", "clarify", "handoff", "smalltalk")
    assert len(confidences) >= 3 and confidences == sorted(confidences, reverse=True)
    assert (answer["action"] == "answer") is bool(answer["intents"])
