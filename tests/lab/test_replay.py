"""Whole dialogs go through the production flows, with a clock that jumps."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.core.library import Library
from app.documents import Invalid
from app.lab.evaluate import evaluate_file
from app.lab.jsonl import objects
from app.lab.replay import replay_file

FULL = "邮箱容量已达上限，收不到邮件"


def _turn(t: float, user: str, text: str, **expect: Any) -> dict[str, Any]:
    return {"t": t, "user": user, "text": text, "expect": expect}


DIALOG = {
    "id": "d1",
    "engineers": ["zhang"],
    "turns": [
        _turn(0, "lin", FULL, action="answer", labels=["quota.full"]),
        _turn(60, "lin", "人工", action="handoff"),
        _turn(120, "zhang", "接单 1", action="answer|ignore"),
        _turn(180, "lin", "密码是 Hunter2#2026", action="ignore", warn_secret=True, secret="Hunter2#2026"),
        _turn(240, "zhang", "解决 1 清理好了", action="answer|resolved|ignore"),
    ],
}
WAITING = {
    "id": "d2",
    "turns": [_turn(0, "lin", "人工", action="handoff"), _turn(7200, "lin", "进度", action="answer")],
}


def _replay(library: Library, tmp_path: Path, *rows: Any) -> list[dict[str, Any]]:
    return list(replay_file(library, _write(tmp_path, *rows)))


def _write(tmp_path: Path, *rows: Any) -> Path:
    path = tmp_path / "dialogs.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_every_turn_comes_out_with_what_was_said_in_the_group(library: Library, tmp_path: Path) -> None:
    """Engineers' turns too; pages are not said in the group."""
    got = _replay(library, tmp_path, DIALOG)
    assert [(row["id"], row["turn"]) for row in got] == [("d1", n) for n in range(5)]
    assert [row["action"] for row in got[:2]] == ["answer", "handoff"] and got[0]["intents"] == ["quota.full"]
    assert "单号 1" in got[1]["reply"] and "接了单 1" in got[2]["reply"] and "清理好了" in got[4]["reply"]
    assert not any("原话" in row["reply"] for row in got)
    assert set(got[0]) == {"id", "turn", "action", "intents", "reply", "incident", "warn_secret"}


def test_a_pasted_password_is_warned_of_and_not_repeated(library: Library, tmp_path: Path) -> None:
    """Anywhere in the dialog."""
    got = _replay(library, tmp_path, DIALOG)
    assert [row["warn_secret"] for row in got] == [False, False, False, True, False]
    assert "Hunter2" not in json.dumps(got)


def test_timers_fire_between_two_turns(library: Library, tmp_path: Path) -> None:
    """Two hours pass in no time; every dialog starts from nothing, so its first case is number one."""
    got = _replay(library, tmp_path, WAITING, WAITING | {"id": "d3"})
    assert [row["action"] for row in got] == ["handoff", "handoff"] * 2
    assert all("单 1" in row["reply"] for row in got[1::2])


def test_dialogs_are_scored_turn_by_turn(library: Library, tmp_path: Path) -> None:
    """A file with `turns` is recognised; what is wrong is said with its reason."""
    wrong = {"id": "d4", "turns": [_turn(0, "lin", "你好", action="handoff")]}
    report = evaluate_file(library, _write(tmp_path, DIALOG, wrong))
    data = report.as_json()
    assert (data["turns"], data["turns_right"], data["dialogs"], data["dialogs_right"]) == (6, 5, 2, 1)
    assert "d4#0" in report.as_text() and "应 handoff，实际 smalltalk" in report.as_text()
    assert "<pre>" in report.as_html()


@pytest.mark.parametrize("bad", ["{", "[]", '{"id": "x"}', '{"turns": []}', '{"id": 1, "turns": []}'])
def test_a_bad_line_is_named(library: Library, tmp_path: Path, bad: str) -> None:
    """By its number, after what stood before it."""
    with pytest.raises(Invalid, match=r"dialogs\.jsonl:2: "):
        _replay(library, tmp_path, {"id": "d", "turns": []}, bad)


def test_blank_lines_are_stepped_over_and_counted() -> None:
    """The number is that of the file."""
    assert list(objects(["", '{"a": 1}', "  "], "f")) == [(2, {"a": 1})]
