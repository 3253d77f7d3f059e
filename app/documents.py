"""Reads YAML into checked models and says `file:line: reason` for every fault. Knows nothing of what the files mean."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]
_QUOTED = re.compile(r"'.*'|\".*\"", re.DOTALL)
DEEPEST = 50  # things within things; real files stay below ten
_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fast):  # type: ignore[misc]
    """Refuses endless nesting, which would take the whole process down: the fast reader has no limit of its own."""

    depth = 0

    def descend_resolver(self, node: yaml.Node | None, index: Any) -> None:
        self.depth += 1
        if node is not None and self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"嵌套超过 {DEEPEST} 层", problem_mark=node.start_mark)
        super().descend_resolver(node, index)

    def ascend_resolver(self) -> None:
        self.depth -= 1
        super().ascend_resolver()


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a file that a person keeps. `line` counts from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class Invalid(Exception):
    """A file that people keep is wrong; carries every fault found, not just the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file with the line of every key and item."""

    file: str
    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest parent that has one."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1

    def fault(self, path: Path, reason: str) -> Fault:
        return Fault(self.file, self.line(path), reason)


def parse(text: str, file: str) -> Document:
    """Parse YAML. Raises Invalid on a syntax error or a repeated key."""
    try:
        loader = _Loader(text)
    except (yaml.YAMLError, ValueError) as error:
        raise Invalid([Fault(file, 1, f"读不懂这个文件：{_unquoted(str(error))}")]) from None
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(file, {}, {})
        lines, repeated = _index(node)
        if repeated:
            raise Invalid([Fault(file, line, f"“{key}”写了两遍") for key, line in repeated])
        return Document(file, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = _unquoted(error.problem or error.context or "")
        raise Invalid([Fault(file, line, f"YAML 写法有误：{problem}")]) from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, OverflowError) as error:
        # The last three: what the library raises on `!!int ""`, `!!bool x`, `!!timestamp x` and the like.
        raise Invalid([Fault(file, 1, f"读不懂这个文件：{_unquoted(str(error))}")]) from None
    finally:
        loader.dispose()


def _unquoted(reason: str) -> str:
    """The library quotes what it stumbles over: `token: *abc` or `!abc` may be somebody's secret."""
    return _QUOTED.sub("……", reason)


def _index(root: yaml.Node) -> tuple[dict[Path, int], list[tuple[str, int]]]:
    lines: dict[Path, int] = {(): root.start_mark.line + 1}
    repeated: list[tuple[str, int]] = []
    stack: list[tuple[yaml.Node, Path]] = [(root, ())]
    visited: set[int] = set()
    while stack:
        node, path = stack.pop()
        if id(node) in visited:
            continue  # an alias: its lines are those of the place where it was written, and it may hold itself
        visited.add(id(node))
        seen: set[str] = set()
        for key, line, child in _children(node):
            if isinstance(node, yaml.MappingNode):
                if str(key) in seen:
                    repeated.append((str(key), line))
                seen.add(str(key))
            lines[(*path, key)] = line
            stack.append((child, (*path, key)))
    return lines, repeated


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield index, item.start_mark.line + 1, item


_REASONS = {
    "missing": "缺少“{key}”",
    "extra_forbidden": "不认识“{key}”这一项",
    "string_type": "“{key}”要写成文字",
    "int_type": "“{key}”要写成整数",
    "int_parsing": "“{key}”要写成整数",
    "bool_type": "“{key}”只能是 true 或 false",
    "bool_parsing": "“{key}”只能是 true 或 false",
    "list_type": "“{key}”要写成列表",
    "tuple_type": "“{key}”要写成列表",
    "dict_type": "“{key}”要写成“名字: 值”的形式",
    "model_type": "“{key}”要写成“名字: 值”的形式",
    "string_too_short": "“{key}”不能是空的",
    "too_short": "“{key}”至少要有 {min_length} 项",
    "too_long": "“{key}”最多 {max_length} 项",
    "string_too_long": "“{key}”最多 {max_length} 个字",
    "greater_than": "“{key}”要大于 {gt}",
    "greater_than_equal": "“{key}”不能小于 {ge}",
    "less_than_equal": "“{key}”不能大于 {le}",
    "literal_error": "“{key}”只能是 {expected}",
    "enum": "“{key}”只能是 {expected}",
    "string_pattern_mismatch": "“{key}”的格式不对，应符合 {pattern}",
    "union_tag_invalid": "“{key}”里的 {discriminator} 只能是 {expected_tags}",
    "union_tag_not_found": "“{key}”缺少 {discriminator}",
}


def explain(error: ValidationError) -> list[tuple[Path, str]]:
    """Each error of pydantic as (path, Chinese reason); values never appear, since they may be secrets."""
    found = []
    for item in error.errors(include_input=False, include_url=False):
        path = item["loc"]
        key = ".".join(str(part) for part in path) or "文件"
        template = _REASONS.get(item["type"])
        if template:
            reason = template.format(key=key, **item.get("ctx", {}))
        elif item["type"] == "value_error":
            reason = f"“{key}”：{item['ctx']['error']}"
        else:
            reason = f"“{key}”不对：{item['msg']}"
        found.append((path, reason))
    return found


def validate(model: type[Model], document: Document) -> Model:
    """Check `document` against `model`. Raises Invalid with one fault for each error."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise Invalid([document.fault(path, reason) for path, reason in explain(error)]) from None


def load(model: type[Model], text: str, file: str) -> Model:
    """Parse and check in one step."""
    return validate(model, parse(text, file))
