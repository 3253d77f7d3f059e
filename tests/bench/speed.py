"""How fast and how large: ratios to jieba on the same messages, in one run."""

import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.child import resident_mb, run_child
from tests.bench.data import CACHE, HELD_OUT, ROOT, read_questions
from tests.bench.show import say, table, verdict

ROUNDS = 5
STARTS = 5  # fresh processes of each kind
DECIDE_GOAL, DECIDE_WISH, LOAD_GOAL, MEMORY_GOAL = 20.0, 5.0, 3.0, 250.0


def measure() -> None:
    """Print what deciding, loading and keeping the library cost."""
    told = json.dumps({"texts": [q.text for q in read_questions(HELD_OUT)]})
    run_child("speed:load_ours", "{}")  # the first one trains when the cache is cold
    decided = run_child("speed:decide", told)
    ours = [run_child("speed:load_ours", told) for _ in range(STARTS)]
    theirs = [run_child("speed:load_jieba", "{}") for _ in range(STARTS)]
    say(f"{decided['messages']} 条消息（tests/held_out），{ROUNDS} 轮交替，取各轮中位")
    rows = [_decision(decided), _loading("总", ours, theirs, "total"), _loading("不计 import", ours, theirs, "load")]
    rows += [_memory("载入后", ours, "resident"), _memory(f"再判断 {decided['messages']} 条后", ours, "used")]
    table("速度与内存", ["", "zhiban", "jieba", "比", "目标", "结论"], rows)
    first = statistics.median(run["first"] for run in ours)
    say(f"判断一条：中位 {decided['median']:.0f} µs，p99 {decided['p99']:.0f} µs；载入后的第一条 {first * 1000:.0f} ms")
    share = {name: f"{took:.0f}" for name, took in decided["parts"].items()}
    say("各步 µs/条：" + "，".join(f"{name} {took}" for name, took in share.items()))


def _decision(run: dict[str, Any]) -> list[str]:
    ratio = run["ours"] / run["jieba"]
    judged = verdict(ratio, DECIDE_GOAL, DECIDE_WISH)
    goal = f"≤ {DECIDE_GOAL:.0f}×，愿 {DECIDE_WISH:.0f}×"
    return ["判断一条（均值）", f"{run['ours']:.0f} µs", f"{run['jieba']:.0f} µs", f"{ratio:.1f}×", goal, judged]


def _loading(name: str, ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]], key: str) -> list[str]:
    us, them = (statistics.median(run[key] for run in runs) for runs in (ours, theirs))
    judged = verdict(us / them, LOAD_GOAL)
    return [f"新进程载入（{name}）", f"{us:.2f} s", f"{them:.2f} s", f"{us / them:.1f}×", f"≤ {LOAD_GOAL:.0f}×", judged]


def _memory(name: str, ours: Sequence[dict[str, Any]], key: str) -> list[str]:
    size = statistics.median(run[key] for run in ours)
    return [f"常驻内存（{name}）", f"{size:.0f} MB", "", "", f"≤ {MEMORY_GOAL:.0f} MB", verdict(size, MEMORY_GOAL)]


def load_ours(told: dict[str, Any]) -> dict[str, Any]:
    """Load the library as the desk does, say how long and how large; then judge what is told."""
    started = time.perf_counter()
    from app.core.library import judge_text
    from app.store.library import load_library

    imported = time.perf_counter()
    library = load_library(ROOT / "intents", ROOT / "knowledge", CACHE)
    done = time.perf_counter()
    gc.collect()
    result = {"total": done - started, "load": done - imported, "resident": resident_mb()}
    texts = told.get("texts", [])
    before = time.perf_counter()
    for place, text in enumerate(texts):
        judge_text(library, text)
        if not place:
            result["first"] = time.perf_counter() - before
    gc.collect()
    return result | {"used": resident_mb()}


def load_jieba(_told: dict[str, Any]) -> dict[str, Any]:
    """jieba's own load, from its own warm cache."""
    started = time.perf_counter()
    import jieba

    imported = time.perf_counter()
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(_jieba_cache())
    tokenizer.initialize()
    done = time.perf_counter()
    return {"total": done - started, "load": done - imported}


def _jieba_cache() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    return CACHE


def decide(told: dict[str, Any]) -> dict[str, Any]:
    """Microseconds a message: jieba's cut and our whole decision, in alternate rounds; then our steps."""
    from app.core.library import judge_text
    from app.store.library import load_library
    from tests.bench.contestants import plain_cut

    texts: list[str] = told["texts"]
    library = load_library(ROOT / "intents", ROOT / "knowledge", CACHE)
    cut = plain_cut()
    for text in texts[:50]:
        cut(text)
        judge_text(library, text)
    ours: list[list[float]] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        theirs.append(statistics.mean(_times(cut, texts)))
        ours.append(_times(lambda text: judge_text(library, text), texts))
    each = sorted(statistics.median(times) for times in zip(*ours, strict=True))
    return {
        "messages": len(texts),
        "jieba": statistics.median(theirs),
        "ours": statistics.median(statistics.mean(times) for times in ours),
        "median": statistics.median(each),
        "p99": each[int(len(each) * 0.99)],
        "parts": _parts(library, texts),
    }


def _parts(library: Any, texts: Sequence[str]) -> dict[str, float]:
    """What the steps of one ranking cost, so that a slow one can be found."""
    from app.core.matching.normalise import normalise

    matcher = library.matcher
    plain = [normalise(text).text for text in texts]
    counts = [matcher.featurize(text) for text in texts]
    steps: list[tuple[str, Callable[[Any], object], Sequence[Any]]] = [
        ("规整", normalise, texts),
        ("分词", matcher.featurize.cut, plain),
        ("概念", matcher.featurize.lexicon.find, plain),
        ("全部特征（含前三步）", matcher.featurize, texts),
        ("打分", matcher.model.probabilities, counts),
        ("整个排名（含以上）", matcher.rank, texts),
    ]
    return {name: statistics.mean(_times(step, given)) for name, step, given in steps}


def _times(step: Callable[[Any], object], given: Sequence[Any]) -> list[float]:
    found = []
    for item in given:
        before = time.perf_counter_ns()
        step(item)
        found.append((time.perf_counter_ns() - before) / 1000)
    return found
