"""Every regular expression of the product, found in its source, and the texts that would hurt each of them most."""

import ast
import builtins
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
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
    trees = {module: _tree(module) for module in modules()}
    ways = _ways(trees.values())
    return [found for module, tree in trees.items() for found in _in_module(module, tree, ways)]


def _tree(module: str) -> ast.AST:
    plain = APP.parent / Path(*module.split("."))
    return ast.parse(plain.with_suffix(".py").read_text(encoding="utf-8"))


def _in_module(module: str, tree: ast.AST, ways: Mapping[str, set[str]]) -> Iterator[Found]:
    calls = [node for node in ast.walk(tree) if _is_of_re(node)]
    if not calls:
        return
    names = _Names(vars(importlib.import_module(module)))
    for call in calls:
        assert isinstance(call, ast.Call)
        pattern = _value(_source_of(call.args[0], tree, names), names)
        if isinstance(pattern, re.Pattern):
            continue  # compiled at another place, and found there
        flags = next((keyword.value for keyword in call.keywords if keyword.arg == "flags"), None)
        if flags is None and ast.unparse(call.func) == "re.compile" and len(call.args) > 1:
            flags = call.args[1]
        compiled = re.compile(pattern, _value(flags, names) if flags else 0)
        yield Found(f"{module}:{call.lineno}", compiled, _is_anchored(call, tree, ways))


def _source_of(argument: ast.expr, tree: ast.AST, names: Mapping[str, Any]) -> ast.expr:
    """What a local variable was given in the line that makes it; any other expression as it stands."""
    if isinstance(argument, ast.Name) and argument.id not in names:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [argument.id]:
                return node.value
    return argument


def _is_anchored(call: ast.Call, tree: ast.AST, ways: Mapping[str, set[str]]) -> bool:
    """Whether nothing but match and fullmatch is called on the pattern, here or elsewhere."""
    if ast.unparse(call.func) in ("re.match", "re.fullmatch"):
        return True
    names = [
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.value is call
        for target in node.targets
    ]
    return bool(names) and ways.get(names[0], {"never"}) <= {"match", "fullmatch"}


def _ways(trees: Iterable[ast.AST]) -> Mapping[str, set[str]]:
    """What is called on each name; a name that is handed on, or imported under another, may be used in any way."""
    ways: dict[str, set[str]] = {}
    for tree in trees:
        called: set[ast.AST] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                called.add(node.value)
                ways.setdefault(_last(node.value), set()).add(node.attr)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and node not in called:
                ways.setdefault(_last(node), set()).add("handed on")
    return ways


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


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
    for first in words[:8]:
        for second in words[:8]:
            yield _of((first + second) * (size // len(first + second)) + "\0", pattern)
    for first in characters[:6]:
        for second in characters[:6]:
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
