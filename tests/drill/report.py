"""Runs a drill and tells what came of it. This is what `zhiban drill` calls."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.library import Library
from tests.drill import timeline
from tests.drill.evidence import Evidence
from tests.drill.judge import Verdict, judge
from tests.drill.noted import crashes_noted
from tests.drill.run import Drill, Order

MEMORY = Path("/dev/shm")  # nothing outlives a drill, so that waiting for a disk would only make it longer
MOST_TOLD = 300  # faults up to which the whole timeline is told; beyond, that of the cases in trouble
MOST_CASES = 5
DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Report:
    """`figures` are the verdict's, `remarks` what is wrong in words, `text` all of it with the timeline."""

    figures: dict[str, object]
    remarks: list[str]
    text: str
    good: bool


def drill(
    library: Library,
    *,
    faults: int,
    seed: int,
    tell: Callable[[int], None] = lambda done: None,
    database_url: str = "",
) -> Report:
    """Days of duty with so many faults; on an empty database, or a new SQLite file."""
    evidence = gather(library, faults=faults, seed=seed, tell=tell, database_url=database_url)
    verdict = judge(evidence)
    remarks = [*verdict.problems, *verdict.strange, *(f"程序自己出错：{crash}" for crash in evidence.crashes)]
    text = "\n".join([*_timeline(evidence, verdict), "", *_told(evidence, verdict), *remarks])
    return Report(verdict.as_json(), remarks, text, verdict.good and not evidence.crashes)


def gather(
    library: Library,
    *,
    faults: int,
    seed: int,
    tell: Callable[[int], None] = lambda done: None,
    database_url: str = "",
) -> Evidence:
    """The run alone."""
    crashes: list[str] = []
    memory = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="zhiban-drill-", dir=memory) as folder,
        crashes_noted(crashes),
    ):
        order = Order(database_url or f"sqlite:///{folder}/drill.db", faults, seed)
        evidence = Drill(order, library, Path(folder), tell).run()
    evidence.crashes = crashes
    return evidence


def _timeline(evidence: Evidence, verdict: Verdict) -> list[str]:
    if verdict.faults <= MOST_TOLD:
        return timeline.whole(evidence)
    lines = []
    for number in sorted(verdict.troubled)[:MOST_CASES]:
        lines += [f"—— 单 {number} 的前后 ——", *timeline.of_case(evidence, number), ""]
    return lines


def _told(evidence: Evidence, verdict: Verdict) -> list[str]:
    days = (evidence.ended - evidence.started) / DAY
    bites = [f"  {timeline.NAMES.get(kind, kind)}：{count}" for kind, count in verdict.by_fault.items()]
    return [
        f"演练了 {days:.1f} 天：{verdict.cases} 张单，{verdict.pages} 次呼叫，{verdict.faults} 次故障：",
        *bites,
        f"丢单 {verdict.lost}，重复呼叫 {verdict.doubled}，结果不明 {verdict.unknown}，"
        f"最晚的一次迟了 {verdict.max_late_s:.1f} 秒。",
        "结论：" + ("没有丢，没有重，没有一次迟过 5 秒。" if verdict.good else "有问题，见下。"),
    ]
