"""The figures of `eval`: what counts as right, wrong and refused, on a handful of lines."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.library import Library
from app.core.matching.calibration import Price, Trials
from app.documents import Invalid
from app.lab.evaluate import Line, Promise, Report, Share, compare, evaluate_file, promises
from tests.lab.answers import answer

ROWS = [
    {"text": "邮箱容量已达上限，收不到邮件", "labels": ["quota.full"], "style": "plain"},
    {"text": "人工", "labels": ["human"], "style": "terse"},
    {"text": "你好", "labels": ["chitchat"], "style": "plain"},
    {"text": "打印机卡纸了", "labels": ["none"], "style": "plain"},
]


def _write(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("labels", "action", "intents", "right", "wrong"),
    [
        (("a.x",), "answer", ("a.x",), True, False),
        (("a.x", "a.y"), "answer", ("a.y",), True, False),
        (("a.x", "a.y"), "answer", ("a.x", "a.y"), True, False),
        (("a.x",), "answer", ("a.x", "a.z"), False, True),
        (("a.x",), "answer", ("a.z",), False, True),
        (("a.x",), "clarify", (), False, False),
        (("none",), "answer", ("a.x",), False, True),
        (("none",), "handoff", (), False, False),
    ],
)
def test_one_line(labels: tuple[str, ...], action: str, intents: tuple[str, ...], right: bool, wrong: bool) -> None:
    """Any accepted label is right; one wrong of two is wrong; asking back is neither."""
    line = Line(labels, "plain", answer(action, intents))
    assert (line.right, line.wrong) == (right, wrong)


def test_the_shares_of_a_report() -> None:
    """Each among those that it is about."""
    lines = [
        Line(("a.x",), "plain", answer("answer", ("a.x",), "a.x")),
        Line(("a.x",), "plain", answer("answer", ("a.y",), "a.y")),
        Line(("a.x",), "plain", answer("clarify", (), "a.y", "a.x")),
        Line(("a.x", "a.y"), "two-problem", answer("answer", ("a.x",), "a.x")),
        Line(("none",), "plain", answer("answer", ("a.x",), "a.x")),
        Line(("human",), "plain", answer("handoff", (), "human")),
    ]
    shares = Report(lines).shares()
    assert shares["首位命中"] == Share(2, 4) and shares["直接答对"] == Share(2, 4)
    assert shares["答出的里面答错"] == Share(2, 4) and shares["反问时正确主题在选项里"] == Share(1, 1)
    assert shares["手册外不乱答"] == Share(0, 1) and shares["要人工时转人工"] == Share(1, 1)
    assert shares["两个问题至少答到一个"] == Share(1, 1) and shares["两个问题都答到"] == Share(0, 1)


def test_a_share_of_nothing_is_no_number() -> None:
    """Not zero per cent, and no division by zero."""
    assert str(Share(0, 0)) == "—" and Share(0, 0).as_json()["share"] is None
    assert Share(3, 4).as_json()["share"] == 0.75 and "3/4" in str(Share(3, 4))


def test_an_empty_report_can_be_shown() -> None:
    """As text, JSON and page."""
    report = Report([])
    assert "共 0 条" in report.as_text() and json.dumps(report.as_json()) and "<html" in report.as_html()


def test_what_a_promise_costs_is_told_in_every_form() -> None:
    """Ten messages: the surest eight are right, then one wrong, then one right."""
    confidence = np.linspace(0.95, 0.5, 10, dtype=np.float32)
    right = np.array([True] * 8 + [False, True])
    report = Report([], promises(Trials(confidence, right)))
    cheap = Promise(0.05, float(confidence[7]), Price(0.2, 0.1))
    assert report.promised[-1] == cheap
    told = "每 100 条多转人工或多问一句 20.0 条（其中 10.0 条本可答对）"
    assert told in report.as_text() and told in report.as_html()
    assert report.as_json()["promised"][-1] == {"wrong": 0.05, "threshold": 0.6, "withheld": 0.2, "in_vain": 0.1}


def test_a_promise_without_trials_answers_nothing() -> None:
    """Nothing is known about such a model."""
    none = Trials(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.bool_))
    assert [promise.threshold for promise in promises(none)] == [1.0] * 3


def test_confusions_are_counted_worst_first() -> None:
    """Expected, got, how often."""
    lines = [Line(("a.x",), "", answer("clarify", (), got)) for got in ("a.y", "a.z", "a.y", "a.x")]
    assert Report(lines).confusions() == [("a.x", "a.y", 2), ("a.x", "a.z", 1)]


def test_a_file_is_scored_with_the_houses_library(library: Library, tmp_path: Path) -> None:
    """All four lines of the example are handled as they should be."""
    report = evaluate_file(library, _write(tmp_path / "x.jsonl", ROWS))
    assert report.as_json()["results"][0]["right"] is True
    assert [line.answer.action for line in report.lines] == ["answer", "handoff", "smalltalk", "handoff"]
    page = report.as_html()
    assert "混淆表" in page and "<script" not in page and "http" not in page


def test_two_runs_are_compared(library: Library, tmp_path: Path) -> None:
    """What got better, what got worse."""
    report = evaluate_file(library, _write(tmp_path / "x.jsonl", ROWS[:1]))
    old = report.as_json()
    old["results"][0]["right"] = False
    before = tmp_path / "old.json"
    before.write_text(json.dumps(old), encoding="utf-8")
    assert compare(report, before).startswith("变好 1 条")
    before.write_text("{}", encoding="utf-8")
    with pytest.raises(Invalid, match="不是 zhiban eval --json 的结果"):
        compare(report, before)


@pytest.mark.parametrize(
    "row", [{"text": "x"}, {"labels": ["none"]}, {"text": "x", "labels": []}, {"text": 1, "labels": ["a"]}]
)
def test_a_line_without_text_or_labels_is_named(library: Library, tmp_path: Path, row: Any) -> None:
    """By its number."""
    with pytest.raises(Invalid, match=r"x\.jsonl:2: 每行要有 text 和 labels"):
        evaluate_file(library, _write(tmp_path / "x.jsonl", [ROWS[0], row]))
