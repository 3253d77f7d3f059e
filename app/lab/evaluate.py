"""Scores the desk on labelled messages (`eval/README.md` of the design) and tells where it fails."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.library import Library
from app.core.matching.calibration import Price, Trials, wilson
from app.core.matching.labels import is_topic
from app.documents import Fault, Invalid
from app.lab.ask import Answer, Answerer, LibraryAnswerer
from app.lab.jsonl import read_objects

PROMISED = (0.01, 0.02, 0.05)  # wrong among the answers


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled message and what the desk did with it."""

    labels: tuple[str, ...]
    style: str
    answer: Answer

    @property
    def inside(self) -> bool:
        return is_topic(self.labels[0])

    @property
    def top1(self) -> bool:
        topics = self.answer.ranking.topics
        return bool(topics) and topics[0].label in self.labels

    @property
    def answered(self) -> bool:
        return self.answer.action == "answer"

    @property
    def right(self) -> bool:
        """Answered with nothing wrong in it."""
        return self.answered and bool(self.answer.intents) and set(self.answer.intents) <= set(self.labels)

    @property
    def wrong(self) -> bool:
        return self.answered and not self.right


@dataclass(frozen=True, slots=True)
class Share:
    """A count among others, with its 95 % interval."""

    hits: int
    of: int

    def __str__(self) -> str:
        if not self.of:
            return "—"
        low, high = wilson(self.hits, self.of)
        return f"{self.hits / self.of:6.1%}（{self.hits}/{self.of}，95% 区间 {low:.0%}–{high:.0%}）"

    def as_json(self) -> dict[str, Any]:
        low, high = wilson(self.hits, self.of)
        share = self.hits / self.of if self.of else None
        return {"share": share, "hits": self.hits, "of": self.of, "low": round(low, 4), "high": round(high, 4)}


@dataclass(frozen=True, slots=True)
class Promise:
    """What it takes that at most `wrong` of the answers are wrong: the confidence to ask for, and its price."""

    wrong: float
    threshold: float
    price: Price

    def __str__(self) -> str:
        price = f"每 100 条多转人工或多问一句 {self.price.withheld * 100:.1f} 条"
        in_vain = f"其中 {self.price.in_vain * 100:.1f} 条本可答对"
        return f"答错 ≤ {self.wrong:.0%}：门槛 {self.threshold:.2f}，{price}（{in_vain}）"

    def as_json(self) -> dict[str, float]:
        return {
            "wrong": self.wrong,
            "threshold": round(self.threshold, 4),
            "withheld": round(self.price.withheld, 4),
            "in_vain": round(self.price.in_vain, 4),
        }


@dataclass
class Report:
    """All figures of one run on single messages. `promised` comes from the model's own trials, not from these lines."""

    lines: Sequence[Line]
    promised: Sequence[Promise] = field(default_factory=list)

    def shares(self) -> dict[str, Share]:
        """The figures by name, in the order in which they are shown."""
        inside = [line for line in self.lines if line.inside]
        answered = [line for line in self.lines if line.answered]
        asked = [line for line in inside if line.answer.action == "clarify"]
        two = [line for line in inside if line.style == "two-problem"]
        return {
            "首位命中": _share(inside, lambda x: x.top1),
            "直接答对": _share(inside, lambda x: x.right),
            "答出的里面答错": _share(answered, lambda x: x.wrong),
            "反问时正确主题在选项里": _share(asked, _among_choices),
            "手册外不乱答": _share(self._labelled("none"), lambda x: not x.answered),
            "要人工时转人工": _share(self._labelled("human"), lambda x: x.answer.action == "handoff"),
            "寒暄按寒暄": _share(self._labelled("chitchat"), lambda x: x.answer.action == "smalltalk"),
            "两个问题至少答到一个": _share(two, lambda x: bool(set(x.answer.intents) & set(x.labels))),
            "两个问题都答到": _share(two, lambda x: set(x.labels) <= set(x.answer.intents)),
        }

    def _labelled(self, label: str) -> list[Line]:
        return [line for line in self.lines if line.labels[0] == label]

    def actions(self) -> Counter[str]:
        """What was done with messages that the manual covers."""
        return Counter(line.answer.action for line in self.lines if line.inside)

    def by(self, key: Callable[[Line], str]) -> dict[str, tuple[Share, Share]]:
        """Top-1 and answered right, by style or topic."""
        groups: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            if line.inside:
                groups[key(line)].append(line)
        return {
            name: (_share(rows, lambda x: x.top1), _share(rows, lambda x: x.right))
            for name, rows in sorted(groups.items())
        }

    def confusions(self) -> list[tuple[str, str, int]]:
        """Expected, first candidate, how often; worst first."""
        pairs = Counter(
            (line.labels[0], line.answer.ranking.best.label)
            for line in self.lines
            if line.inside and line.answer.ranking.best.label not in line.labels
        )
        return [(expected, got, number) for (expected, got), number in pairs.most_common(15)]

    def calibration(self, bins: int = 10) -> tuple[float, list[tuple[float, float, int]]]:
        """Expected calibration error and, a bin, mean confidence, share right, number; over lines led by a topic."""
        rows = [line for line in self.lines if is_topic(line.answer.ranking.best.label)]
        found: list[tuple[float, float, int]] = []
        error = 0.0
        for index in range(bins):
            low, high = index / bins, (index + 1) / bins
            part = [x for x in rows if low < x.answer.ranking.best.confidence <= high]
            if part:
                sure = sum(x.answer.ranking.best.confidence for x in part) / len(part)
                right = sum(x.answer.ranking.best.label in x.labels for x in part) / len(part)
                found.append((sure, right, len(part)))
                error += abs(sure - right) * len(part) / len(rows)
        return error, found

    def misses(self) -> list[Line]:
        """Wrong answers first, then what should have been answered, handed off or let be."""
        wrong = [line for line in self.lines if line.wrong]
        missed = [line for line in self.lines if line.inside and not line.answered and not line.top1]
        return wrong + missed

    def as_text(self) -> str:
        lines = [f"共 {len(self.lines)} 条"]
        lines += [f"{name:　<12}{share}" for name, share in self.shares().items()]
        lines.append("手册内的处理：" + "，".join(f"{action} {n}" for action, n in self.actions().most_common()))
        error, _ = self.calibration()
        lines.append(f"把握的校准误差（ECE）：{error:.3f}")
        lines.append("\n约定答错比例 → 门槛与代价（由未见过作者的交叉验证推出，与全都直接答相比）：")
        lines += [f"  {promise}" for promise in self.promised]
        lines.append("\n按风格：首位命中 / 直接答对")
        lines += [f"  {name:14}{top1}  /  {right}" for name, (top1, right) in self.by(lambda x: x.style).items()]
        lines.append("\n按主题：首位命中 / 直接答对")
        lines += [f"  {name:26}{top1}  /  {right}" for name, (top1, right) in self.by(lambda x: x.labels[0]).items()]
        lines.append("\n最容易混的：应是 → 判成")
        lines += [f"  {expected} → {got}  ×{number}" for expected, got, number in self.confusions()]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        error, bins = self.calibration()
        return {
            "lines": len(self.lines),
            "shares": {name: share.as_json() for name, share in self.shares().items()},
            "actions": dict(self.actions()),
            "ece": round(error, 4),
            "calibration": bins,
            "promised": [promise.as_json() for promise in self.promised],
            "styles": {
                n: {"top1": a.as_json(), "right": b.as_json()} for n, (a, b) in self.by(lambda x: x.style).items()
            },
            "topics": {
                n: {"top1": a.as_json(), "right": b.as_json()} for n, (a, b) in self.by(lambda x: x.labels[0]).items()
            },
            "confusions": self.confusions(),
            "results": [
                {
                    "text": line.answer.text,
                    "labels": list(line.labels),
                    "action": line.answer.action,
                    "intents": list(line.answer.intents),
                    "right": line.right if line.inside else not line.answered,
                }
                for line in self.lines
            ],
        }

    def as_html(self) -> str:
        from app.lab.report import render

        return render(self)


def _share(rows: Sequence[Line], test: Callable[[Line], bool]) -> Share:
    return Share(sum(map(test, rows)), len(rows))


def _among_choices(line: Line) -> bool:
    return bool({c.label for c in line.answer.ranking.topics[:3]} & set(line.labels))


def evaluate_file(library: Library, path: Path) -> Any:
    """A Report on single messages, or on dialogs when the lines have `turns`. Raises Invalid naming the line."""
    rows = read_objects(path)
    if rows and "turns" in rows[0][1]:
        from app.lab.evaluate_dialogs import evaluate_dialogs
        from app.lab.replay import check_dialog

        for number, data in rows:
            check_dialog(data, str(path), number)
        return evaluate_dialogs(library, [data for _, data in rows])
    report = evaluate(LibraryAnswerer(library), rows, str(path))
    report.promised = promises(library.matcher.model.trials)
    return report


def promises(trials: Trials) -> list[Promise]:
    """The thresholds that an admin may choose from, with their prices."""
    thresholds = [(wrong, trials.threshold(wrong)) for wrong in PROMISED]
    return [Promise(wrong, threshold, trials.price(threshold)) for wrong, threshold in thresholds]


def evaluate(answerer: Answerer, rows: Sequence[tuple[int, dict[str, Any]]], file: str) -> Report:
    """Ask every line."""
    lines = []
    for number, data in rows:
        labels = data.get("labels")
        if not isinstance(data.get("text"), str) or not isinstance(labels, list) or not labels:
            raise Invalid([Fault(file, number, "每行要有 text 和 labels")])
        lines.append(Line(tuple(labels), str(data.get("style", "")), answerer.answer(data["text"])))
    return Report(lines)


def compare(report: Any, before: Path) -> str:
    """What got better and worse against an earlier `--json`."""
    old = {row["text"]: row for _, row in _results(before)}
    better: list[str] = []
    worse: list[str] = []
    for row in report.as_json().get("results", []):
        known = old.get(row["text"])
        if known is not None and known["right"] != row["right"]:
            (better if row["right"] else worse).append(f"  {row['text'][:60]}  {known['action']} → {row['action']}")
    return "\n".join([f"变好 {len(better)} 条", *better, f"变差 {len(worse)} 条", *worse])


def _results(path: Path) -> list[tuple[int, dict[str, Any]]]:
    import json

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return list(enumerate(data["results"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise Invalid([Fault(str(path), 1, "不是 zhiban eval --json 的结果")]) from None
