"""The house stays as it was drawn: arrows, sizes, and the one door for time and ids. Read from the source itself."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "app").rglob("*.py"))
NAMES = [str(file.relative_to(ROOT)) for file in FILES]
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
ONLY_IN_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
ONLY_IN_CLOCK |= {"uuid.uuid1", "uuid.uuid4", "uuid4", "secrets.token_hex", "secrets.token_urlsafe"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(file: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def _calls(file: Path) -> Iterator[tuple[str, int]]:
    """Every dotted name that is called, with its line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_imports_point_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    """The contracts in pyproject.toml; what is broken is shown by import-linter itself."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        broken = lint_imports(str(ROOT / "pyproject.toml"), no_cache=True)
    finally:
        os.chdir(before)
    assert broken == 0, capsys.readouterr().out


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_file_fits_on_a_few_screens(file: Path) -> None:
    """Four hundred lines at most."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_function_fits_on_one_screen(file: Path) -> None:
    """Sixty lines at most; what holds other functions is measured without them."""
    for function in _functions(file):
        inner = [node for node in ast.walk(function) if isinstance(node, Function) and node is not function]
        lines = set(range(function.lineno, (function.end_lineno or 0) + 1))
        for node in inner:
            lines -= set(range(node.lineno, (node.end_lineno or 0) + 1))
        assert len(lines) <= LONGEST_FUNCTION, f"{file.name}:{function.lineno} {function.name}"


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_module_says_what_it_is_for(file: Path) -> None:
    """In its first line; migrations say what they change."""
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", [file for file in FILES if file.name != "clock.py"], ids=lambda file: file.name)
def test_time_and_ids_enter_at_the_clock_only(file: Path) -> None:
    """Everything else takes `now` and ids as arguments. Random bytes of an envelope are no ids."""
    found = [(name, line) for name, line in _calls(file) if name.removeprefix("datetime.") in ONLY_IN_CLOCK]
    assert found == []


def test_the_clock_really_is_where_they_enter() -> None:
    """So that the test above cannot pass by looking for the wrong names."""
    names = {name for name, _ in _calls(ROOT / "app" / "clock.py")}
    assert {"datetime.now", "secrets.token_hex"} <= names


def test_nothing_prints_but_the_command_line() -> None:
    """Logs are structured; a stray print would hold whatever it likes."""
    printing = [f"{file.name}:{line}" for file in FILES for name, line in _calls(file) if name == "print"]
    assert printing == []


def test_tests_never_read_what_lies_beside_the_project() -> None:
    """A clean checkout must be enough."""
    beside = "../" + "shared"
    sources = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__).resolve()]
    assert [str(path) for path in sources if beside in path.read_text(encoding="utf-8")] == []
    assert [str(path) for path in sources if "/work/" + "shared" in path.read_text(encoding="utf-8")] == []
