"""`zhiban drill`: days of duty with faults, in seconds. The drill and its little platforms stand with the tests.

They speak for the platforms, so they are no part of the program: an image or an installed package lacks them.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.core.library import Library

ROOT = Path(__file__).resolve().parents[2]


class NotHere(Exception):
    """The drill cannot be run from this copy of the program."""

    def __init__(self, place: Path, missing: str) -> None:
        super().__init__(
            f"这里没有演练用的模拟平台（{place / 'tests' / 'drill'}，缺 {missing}）：镜像和安装包里不带它。"
            "请在源码目录里先运行 .ci/install dev，再运行 .venv/bin/zhiban drill"
        )


class Report(Protocol):
    """What a drill tells: its figures, what is wrong in words, and all of it with the timeline."""

    @property
    def figures(self) -> dict[str, object]: ...

    @property
    def remarks(self) -> list[str]: ...

    @property
    def text(self) -> str: ...

    @property
    def good(self) -> bool: ...


def drill(library: Library, *, faults: int, seed: int, tell: Callable[[int], None], root: Path = ROOT) -> Report:
    """Run it. `tell` hears how many faults have bitten. Raises NotHere."""
    if not (root / "tests" / "drill" / "report.py").is_file():
        raise NotHere(root, "tests/drill")
    sys.path.insert(0, str(root))
    try:
        report = importlib.import_module("tests.drill.report")
    except ModuleNotFoundError as error:
        raise NotHere(root, error.name or "tests") from None
    finally:
        sys.path.remove(str(root))
    found: Report = report.drill(library, faults=faults, seed=seed, tell=tell)
    return found
