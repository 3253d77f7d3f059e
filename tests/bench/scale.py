"""Thousands of intents: can it be built, how large is it, and how fast does it rank beside bm25s with jieba."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.bench.child import peak_mb
from tests.bench.show import percent, say, table, verdict

ASKED = 1000  # messages of the same intents that are in no training set
GOAL = 10.0  # p99 of our ranking over that of bm25s
STEPS = (8, 1)  # the full size is tried at this fraction first


@dataclass(frozen=True, slots=True)
class Limits:
    """When a build is given up."""

    seconds: float
    megabytes: float


def measure(intents: int, phrases: int, seconds: float, megabytes: float) -> None:
    """Build ever larger models while they promise to stay within the limits, then print what each took."""
    limits = Limits(seconds, megabytes)
    rows: list[list[str]] = []
    last: dict[str, Any] | None = None
    for step in STEPS:
        size = {"intents": intents // step, "phrases": phrases // step}
        said = _too_much(last, limits)
        found = None if said else _watched(size, limits)
        if found and "stopped" in found:
            said, found = found["stopped"], None
        if found is None:
            rows.append([f"{size['intents']} / {size['phrases']}", "没有建成", *[""] * 8])
            say(f"{size['intents']} 个意图没有建成：{said}")
            break
        rows.append(_row(size, found))
        last = found
    columns = [
        "意图 / 句",
        "建 s",
        "建时峰值 MB",
        "特征",
        "文件 MB",
        "首位",
        "排名 p99 ms",
        "bm25s p99 ms",
        "p99 比",
        "",
    ]
    title = f"规模（由 intents/ 的句子换词拼成；问 {ASKED} 条未见过的；目标 p99 ≤ {GOAL:.0f}× bm25s）"
    table(title, columns, rows)


def _too_much(last: dict[str, Any] | None, limits: Limits) -> str:
    """Why the next size would be too much: time grows a little faster than labels, memory slower."""
    if last is None:
        return ""
    times = STEPS[0] / STEPS[1]
    seconds, megabytes = last["seconds"] * times * 1.5, last["build_peak"] * times
    if seconds > limits.seconds:
        return f"约要 {seconds / 60:.0f} 分钟"
    return f"约要 {megabytes / 1024:.0f} GB" if megabytes > limits.megabytes * 1.2 else ""


def _row(size: dict[str, Any], found: dict[str, Any]) -> list[str]:
    ratio = found["ours_p99"] / found["bm25s_p99"]
    return [
        f"{size['intents']} / {size['phrases']}",
        f"{found['build_seconds']:.0f}",
        f"{found['build_peak']:.0f}",
        str(found["features"]),
        f"{found['megabytes']:.0f}",
        percent(found["top1"]) + f" ({percent(found['bm25s_top1'])})",
        f"{found['ours_p99']:.2f}",
        f"{found['bm25s_p99']:.2f}",
        f"{ratio:.1f}×",
        verdict(ratio, GOAL),
    ]


def _watched(size: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Build in a child and end it when it takes too long or too much."""
    with TemporaryDirectory() as folder:
        given, found = Path(folder) / "in.json", Path(folder) / "out.json"
        given.write_text(json.dumps(size))
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        command = [sys.executable, "-m", "tests.bench.child", "scale:build", str(given), str(found)]
        started = time.monotonic()
        with subprocess.Popen(command, cwd=folder, env=environment) as child:
            while child.poll() is None:
                time.sleep(0.5)
                reason = _over(child.pid, time.monotonic() - started, limits)
                if reason:
                    child.send_signal(signal.SIGKILL)
                    return {"stopped": reason}
        if child.returncode or not found.exists():
            return {"stopped": f"进程以 {child.returncode} 结束"}
        result: dict[str, Any] = json.loads(found.read_text())
        return result


def _over(process: int, seconds: float, limits: Limits) -> str:
    if seconds > limits.seconds:
        return f"超过 {limits.seconds / 60:.0f} 分钟，停了"
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return ""
    used = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)
    return f"{seconds:.0f} 秒后超过 {limits.megabytes / 1024:.0f} GB，停了" if used > limits.megabytes else ""


def build(told: dict[str, Any]) -> dict[str, Any]:
    """Train ours and bm25s on made-up intents and rank unseen messages with both, in turns."""
    from app.core.matching.model import dump
    from app.core.matching.ranking import Matcher
    from app.core.matching.training import Example, train
    from app.store.library import make_featurizer, read_content
    from tests.bench.contestants import bm25s_scores, plain_cut
    from tests.bench.data import CACHE, ROOT
    from tests.bench.synthetic import synthesise

    content = read_content(ROOT / "intents", ROOT / "knowledge")
    each = told["phrases"] // told["intents"]
    made = synthesise(content, plain_cut(), told["intents"], each + max(1, -(-ASKED // told["intents"])))
    whole = each + max(1, -(-ASKED // told["intents"]))
    training = [phrase for place, phrase in enumerate(made) if place % whole < each]
    asked = [phrase for place, phrase in enumerate(made) if place % whole >= each]
    asked = asked[:: max(1, len(asked) // ASKED)][:ASKED]
    examples = [Example(phrase.text, phrase.label) for phrase in training]
    featurize = make_featurizer(content.concepts, CACHE)
    started = time.perf_counter()
    model = train(examples, featurize, _progress)
    seconds, peak = time.perf_counter() - started, peak_mb()
    size = len(dump(model)) / 2**20
    matcher = Matcher(model, featurize)
    labels = [phrase.label for phrase in training]
    other = bm25s_scores([phrase.text for phrase in training])
    texts = [phrase.text for phrase in asked]
    ours, theirs = _in_turns(lambda t: matcher.rank(t).best.label, lambda t: labels[int(other(t).argmax())], texts)
    truth = [phrase.label for phrase in asked]
    return {
        "build_seconds": seconds,
        "build_peak": peak,
        "features": len(model.vocabulary),
        "megabytes": size,
        "ours_p99": _p99(ours.times),
        "bm25s_p99": _p99(theirs.times),
        "top1": float(np.mean([a == b for a, b in zip(ours.labels, truth, strict=True)])),
        "bm25s_top1": float(np.mean([a == b for a, b in zip(theirs.labels, truth, strict=True)])),
    }


@dataclass(frozen=True, slots=True)
class _Run:
    labels: list[str]
    times: list[float]


def _in_turns(first: Callable[[str], str], second: Callable[[str], str], texts: Sequence[str]) -> tuple[_Run, _Run]:
    """Both on every message, one after the other, so that both see the same noise."""
    runs = (_Run([], []), _Run([], []))
    for text in texts[:30]:
        first(text)
        second(text)
    for text in texts:
        for run, judge in zip(runs, (first, second), strict=True):
            before = time.perf_counter_ns()
            label = judge(text)
            run.times.append((time.perf_counter_ns() - before) / 1e6)
            run.labels.append(label)
    return runs


def _p99(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _progress(what: str, done: int, of: int) -> None:
    sys.stderr.write(f"\r  {what} {done}/{of}" + ("\n" if done == of else ""))
    sys.stderr.flush()
