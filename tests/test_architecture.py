"""The house stays as it was drawn: arrows, sizes, and the one door for time and ids. Read from the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "app").rglob("*.py"))}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
ONLY_IN_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
ONLY_IN_CLOCK |= {"uuid.uuid1", "uuid.uuid4", "uuid4", "secrets.token_hex", "secrets.token_urlsafe"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _length(function: Function) -> int:
    """Its lines without those of the functions inside it."""
    lines = _lines(function)
    for inner in _functions(function):
        lines -= set() if inner is function else _lines(inner)
    return len(lines)


def _lines(function: Function) -> set[int]:
    return set(range(function.lineno, (function.end_lineno or 0) + 1))


def _calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every dotted name that is called, with its line."""
    return ((ast.unparse(node.func), node.lineno) for node in ast.walk(tree) if isinstance(node, ast.Call))


def _at(file: Path, line: int) -> str:
    return f"{file.relative_to(ROOT)}:{line}"


def test_imports_point_one_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The contracts in pyproject.toml; what is broken is shown by import-linter itself."""
    monkeypatch.chdir(ROOT)
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == 0, capsys.readouterr().out


def test_a_file_fits_on_a_few_screens() -> None:
    """Four hundred lines at most."""
    lengths = {_at(file, 1): len(file.read_text(encoding="utf-8").splitlines()) for file in TREES}
    assert {place: length for place, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_function_fits_on_one_screen() -> None:
    """Sixty lines at most; migrations are lists that alembic writes."""
    sources = {file: tree for file, tree in TREES.items() if "versions" not in file.parts}
    long = [
        _at(f, fun.lineno) for f, tree in sources.items() for fun in _functions(tree) if _length(fun) > LONGEST_FUNCTION
    ]
    assert long == []


def test_a_module_says_what_it_is_for() -> None:
    """In its first line."""
    assert [_at(file, 1) for file, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_time_and_ids_enter_at_the_clock_only() -> None:
    """Everything else takes `now` and ids as arguments. Random bytes of an envelope are no ids."""
    found = {
        _at(file, line): name
        for file, tree in TREES.items()
        for name, line in _calls(tree)
        if file.name != "clock.py" and name.removeprefix("datetime.") in ONLY_IN_CLOCK
    }
    assert found == {}


def test_the_clock_really_is_where_they_enter() -> None:
    """So that the test above cannot pass by looking for the wrong names."""
    names = {name for name, _ in _calls(TREES[ROOT / "app" / "clock.py"])}
    assert {"datetime.now", "secrets.token_hex"} <= names


def test_nothing_prints() -> None:
    """Logs are structured; a stray print would hold whatever it likes."""
    assert [_at(file, line) for file, tree in TREES.items() for name, line in _calls(tree) if name == "print"] == []


def test_tests_never_read_what_lies_beside_the_project() -> None:
    """A clean checkout must be enough."""
    beside = "../" + "shared"
    reading = [path for path in (ROOT / "tests").rglob("*.py") if beside in path.read_text(encoding="utf-8")]
    assert reading == []
