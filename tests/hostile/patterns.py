"""Every regular expression of the product, found in its source, and the texts that would hurt each of them most."""

import ast
import builtins
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PARSER: Any = importlib.import_module("re._parser")  # what the pattern compiler itself reads

APP = Path(__file__).resolve().parents[2] / "app"
READERS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
LIMIT = 14  # characters, and words, tried of one pattern


@dataclass(frozen=True)
class Found:
    """A pattern and where it stands."""

    place: str
    pattern: re.Pattern[Any]
    anchored: bool = False  # only ever tried at the beginning: by match, or fullmatch


class _Some(str):
    """Whatever a pattern is put together from at run time: a name, with a sign of every grammar in it."""

    def __getattr__(self, name: str) -> "_Some":
        return self


class _Names(dict[str, Any]):
    """The names that an expression may use: those of its module, and for its own arguments anything."""

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            return getattr(builtins, name)
        return _Some("IT小助手")


def modules() -> list[str]:
    files = sorted(APP.rglob("*.py"))
    return [
        ".".join(file.relative_to(APP.parent).with_suffix("").parts) for file in files if "versions" not in file.parts
    ]


def all_patterns() -> list[Found]:
    """One for each place in the source where `re` is given a pattern."""
    return [found for module in modules() for found in _in_module(module)]


def _in_module(module: str) -> Iterator[Found]:
    source = (APP.parent / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if _is_of_re(node)]
    if not calls:
        return
    names = _Names(vars(importlib.import_module(module)))
    for call in calls:
        assert isinstance(call, ast.Call)
        pattern = _value(call.args[0], names)
        if isinstance(pattern, re.Pattern):
            continue  # compiled at another place, and found there
        flags = next((keyword.value for keyword in call.keywords if keyword.arg == "flags"), None)
        if flags is None and ast.unparse(call.func) == "re.compile" and len(call.args) > 1:
            flags = call.args[1]
        compiled = re.compile(pattern, _value(flags, names) if flags else 0)
        yield Found(f"{module}:{call.lineno}", compiled, _is_anchored(call, tree))


def _is_anchored(call: ast.Call, tree: ast.AST) -> bool:
    """Whether the pattern is kept under a private name, on which nothing but match and fullmatch is called."""
    if ast.unparse(call.func) in ("re.match", "re.fullmatch"):
        return True
    names = [
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.value is call
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.startswith("_")
    ]
    if not names:
        return False
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == names[0]]
    called = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == names[0]
    ]
    return len(called) == len(used) - 1 and set(called) <= {"match", "fullmatch"}


def _is_of_re(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{reader}" for reader in READERS}


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), {}, names)


def hurtful(pattern: re.Pattern[Any], size: int) -> Iterator[Any]:
    """Texts of about `size` characters: each thing that the pattern knows, repeated, and what nearly fits."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    flags = pattern.flags if isinstance(pattern.pattern, str) else pattern.flags & ~re.UNICODE
    characters, words = _known(_PARSER.parse(text, flags))
    characters = list(dict.fromkeys([*characters, " ", "a", "0", "\n", "-", "邮"]))[:LIMIT]
    pieces = [*characters, *words[:LIMIT]]
    for piece in pieces:
        yield _of(piece * (size // len(piece)), pattern)
        yield _of(piece * (size // len(piece)) + "\0", pattern)
    for first in words[:LIMIT]:
        for second in characters:
            yield _of(first + second * size + "\0", pattern)
            yield _of((first + second * 9) * (size // (len(first) + 9)), pattern)
    for first in characters[:8]:
        for second in characters[:8]:
            yield _of((first + second) * (size // 2) + "\0", pattern)
            yield _of(first * (size // 2) + second * (size // 2) + "\0", pattern)


def _of(text: str, pattern: re.Pattern[Any]) -> Any:
    return text if isinstance(pattern.pattern, str) else text.encode("utf-8")


def _known(parsed: Any) -> tuple[list[str], list[str]]:
    """The single characters that stand in a parsed pattern, and the words that they make."""
    characters: list[str] = []
    words: list[str] = []
    word = ""
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL":
            characters.append(chr(argument))
            word += chr(argument)
            continue
        if word:
            words.append(word)
            word = ""
        if name == "IN":
            characters.extend(_of_class(argument))
        elif name == "ANY":
            characters.append("x")
        elif name == "CATEGORY":
            characters.extend(_of_class([(operation, argument)]))
        for inner in _inside(name, argument):
            more, others = _known(inner)
            characters.extend(more)
            words.extend(others)
    return characters, [*words, word] if word else words


def _of_class(members: Any) -> Iterator[str]:
    for operation, argument in members:
        name = str(operation)
        if name == "LITERAL":
            yield chr(argument)
        elif name == "RANGE":
            yield chr(argument[0])
            yield chr(argument[1])
        elif name == "CATEGORY":
            yield {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "w"}.get(str(argument), "~")


def _inside(name: str, argument: Any) -> Iterator[Any]:
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        yield argument[2]
    elif name == "SUBPATTERN":
        yield argument[3]
    elif name == "BRANCH":
        yield from argument[1]
    elif name in ("ASSERT", "ASSERT_NOT"):
        yield argument[1]
    elif name == "ATOMIC_GROUP":
        yield argument
