"""The manual as the desk tells it: a topic's understanding, first checks, steps and additions, read from Markdown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.documents import Fault, Invalid

AUDIENCES = ("电脑", "手机", "网页", "Outlook", "Foxmail", "管理员")
_HEADING = re.compile(r"^## (?P<title>.+?) \{#(?P<topic>[a-z_]+\.[a-z_]+)\}$")
_STEP = re.compile(r"^\d+\. (?:【(?P<who>[^】]{1,10})】)?\*\*(?P<title>[^*]{1,40})\*\*：(?P<text>.+)$")
_VALUE = re.compile(r"\{\{(?P<key>[a-z_]{1,40})\}\}")
LIVE_VALUES = ("on_duty",)  # filled at the moment of saying, not from the company file


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try. `audience` is a device, a program, “管理员”, or '' for everybody."""

    audience: str
    title: str
    text: str

    def __str__(self) -> str:
        who = f"【{self.audience}】" if self.audience else ""
        return f"{who}**{self.title}**：{self.text}"


@dataclass(frozen=True, slots=True)
class Guide:
    """What the manual says about one topic. `source` is its chapter in the manual."""

    topic: str
    title: str
    source: str
    understanding: str
    checks: tuple[str, ...]
    steps: tuple[Step, ...]
    additions: tuple[str, ...]

    def markdown(self) -> str:
        """The whole guidance as said in a chat."""
        parts = [self.understanding]
        if self.checks:
            parts.append("**先看这几点**\n" + "\n".join(f"- {check}" for check in self.checks))
        parts.append("**这样处理**\n" + "\n".join(f"{i}. {step}" for i, step in enumerate(self.steps, 1)))
        if self.additions:
            parts.append("**补充（手册之外）**\n" + "\n".join(f"- {line}" for line in self.additions))
        parts.append(f"出处：{self.source}")
        return "\n\n".join(parts)


@dataclass
class _Draft:
    line: int
    title: str
    topic: str
    source: str = ""
    understanding: str = ""
    part: str = ""
    checks: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    additions: list[str] = field(default_factory=list)


def parse_guides(text: str, file: str) -> tuple[Guide, ...]:
    """All topics of one chapter file. Raises Invalid with every line that does not fit the form."""
    faults: list[Fault] = []
    drafts: list[_Draft] = []
    for number, line in enumerate(text.splitlines(), 1):
        heading = _HEADING.match(line)
        if heading:
            drafts.append(_Draft(number, heading["title"], heading["topic"]))
        elif line.startswith("## "):
            faults.append(Fault(file, number, "主题标题要写成“## 标题 {#family.topic}”"))
        elif drafts and line.strip():
            reason = _take(drafts[-1], line.strip())
            if reason:
                faults.append(Fault(file, number, reason))
    for draft in drafts:
        faults.extend(Fault(file, draft.line, reason) for reason in _missing(draft))
    if faults:
        raise Invalid(faults)
    return tuple(_finish(draft) for draft in drafts)


def _take(draft: _Draft, line: str) -> str | None:
    """Put one line where it belongs; a reason when it belongs nowhere."""
    if line.startswith("### "):
        draft.part = line[4:].strip()
        return None if draft.part in ("先看", "步骤", "补充") else "小标题只能是“先看”“步骤”“补充”"
    if draft.part == "":
        if line.startswith("> "):
            draft.source = line[2:].strip()
        elif draft.understanding:
            return "主题开头只写一段话"
        else:
            draft.understanding = line
        return None
    if draft.part == "步骤":
        return _take_step(draft, line)
    if not line.startswith("- "):
        return f"“{draft.part}”里的每一行要以“- ”开头"
    (draft.checks if draft.part == "先看" else draft.additions).append(line[2:])
    return None


def _take_step(draft: _Draft, line: str) -> str | None:
    step = _STEP.match(line)
    if not step:
        return "步骤要写成“1. 【对象】**小标题**：说明”"
    who = step["who"] or ""
    if who and who not in AUDIENCES:
        return f"步骤的对象只能是 {'、'.join(AUDIENCES)}"
    draft.steps.append(Step(who, step["title"], step["text"]))
    return None


def _missing(draft: _Draft) -> Iterator[str]:
    if not draft.source.startswith("手册"):
        yield f"{draft.topic} 缺少出处，写成“> 手册 三(一)1”"
    if not draft.understanding:
        yield f"{draft.topic} 缺少开头那段话"
    if not draft.steps:
        yield f"{draft.topic} 缺少步骤"


def _finish(draft: _Draft) -> Guide:
    return Guide(
        draft.topic,
        draft.title,
        draft.source,
        draft.understanding,
        tuple(draft.checks),
        tuple(draft.steps),
        tuple(draft.additions),
    )


def unknown_values(text: str, file: str, known: Mapping[str, str]) -> list[Fault]:
    """A fault for each `{{name}}` that the company file does not hold."""
    return [
        Fault(file, number, f"公司信息里没有“{match['key']}”")
        for number, line in enumerate(text.splitlines(), 1)
        for match in _VALUE.finditer(line)
        if match["key"] not in known and match["key"] not in LIVE_VALUES
    ]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace each `{{name}}` that `values` holds; leave the others for later."""
    return _VALUE.sub(lambda match: values.get(match["key"], match.group()), text)
