"""The open dialogs of four writers, which the rules were made with: they get better, or somebody knows why not."""

import json
from pathlib import Path

import pytest

from app.core.library import Library
from app.lab.evaluate_dialogs import evaluate_dialogs

OPEN = Path(__file__).resolve().parents[1] / "open"
FLOORS = {"e": 0.93, "f": 0.93, "i": 0.95, "j": 0.89}  # of the turns; a little below what is reached


@pytest.mark.parametrize("writer", FLOORS)
def test_open_dialogs_do_not_get_worse(library: Library, writer: str) -> None:
    """Whole dialogs through the production flows, turn by turn."""
    lines = (OPEN / f"dialogs_{writer}.jsonl").read_text(encoding="utf-8").splitlines()
    report = evaluate_dialogs(library, [json.loads(line) for line in lines])
    figures = report.as_json()
    assert figures["turns_right"] / figures["turns"] >= FLOORS[writer], report.as_text()
