"""Files of dialogs and messages that are wrong are refused by file and line."""

from pathlib import Path

import pytest

from app.core.library import Library
from app.documents import Invalid
from app.lab.evaluate import evaluate_file
from app.lab.jsonl import read_objects
from app.lab.replay import replay_file

WRONG = {
    "no turns": '{"id": "a"}',
    "a turn without words": '{"id": "a", "turns": [{"t": 0, "user": "u1"}]}',
    "a turn that is none": '{"id": "a", "turns": ["你好"]}',
    "a time that is none": '{"id": "a", "turns": [{"t": "0", "user": "u1", "text": "你好"}]}',
}


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG)
def test_a_dialog_that_cannot_be_played_is_refused_by_line(library: Library, tmp_path: Path, line: str) -> None:
    """Replay and evaluation say the same."""
    file = tmp_path / "dialogs.jsonl"
    file.write_text(f'{{"id": "good", "turns": []}}\n{line}\n', encoding="utf-8")
    with pytest.raises(Invalid, match=r"dialogs\.jsonl:2: "):
        list(replay_file(library, file))
    with pytest.raises(Invalid, match=r"dialogs\.jsonl:2: "):
        evaluate_file(library, file)


def test_a_line_separator_inside_words_is_no_end_of_line(tmp_path: Path) -> None:
    """U+2028 may stand in JSON; only the line feed ends a line."""
    file = tmp_path / "one.jsonl"
    file.write_text('{"text": "第一行\u2028第二行"}\n', encoding="utf-8")
    assert len(read_objects(file)) == 1
