"""Reads files of one JSON object a line, and names the line that is wrong."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.documents import Fault, Invalid


def read_objects(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Line number and object of every line that is not blank. Raises Invalid."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([Fault(str(path), 1, f"读不了：{error}")]) from None
    return list(objects(text.split("\n"), str(path)))


def objects(lines: Iterable[str], file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The same for lines that come from anywhere."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            raise Invalid([Fault(file, number, "这一行不是 JSON")]) from None
        if not isinstance(data, dict):
            raise Invalid([Fault(file, number, "这一行不是 JSON 对象")])
        yield number, data
