"""Rasa on the same phrases: `PYTHON rasa_peer.py IN OUT`, run by the interpreter that has Rasa (3.6 wants Python 3.10).

Stands by itself and is written for that older Python: it can import nothing of this project.
"""

import asyncio
import json
import sys
import time
from importlib import import_module
from pathlib import Path

CONFIG = """recipe: default.v1
language: {language}
pipeline:
- name: {tokenizer}
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: {analyzer}
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  random_seed: 1
  entity_recognition: false
  ranking_length: 0
  constrain_similarities: true
  model_confidence: softmax
policies: []
"""


def peak_mb() -> float:
    """The largest resident size so far."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def write_project(told: dict, folder: Path) -> None:  # type: ignore[type-arg]
    """Config and phrases as Rasa wants them."""
    chinese = told["language"] == "zh"
    tokenizer, analyzer = ("JiebaTokenizer", "char") if chinese else ("WhitespaceTokenizer", "char_wb")
    text = CONFIG.format(language=told["language"], tokenizer=tokenizer, analyzer=analyzer)
    (folder / "config.yml").write_text(text, encoding="utf-8")
    groups = {}  # type: ignore[var-annotated]
    for row in told["train"]:
        groups.setdefault(row["label"], []).append(" ".join(row["text"].split()))
    lines = ['version: "3.1"', "nlu:"]
    for label, texts in sorted(groups.items()):
        lines += [f"- intent: {json.dumps(label)}", "  examples: |", *(f"    - {text}" for text in texts)]
    (folder / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")


async def contend(told: dict, folder: Path) -> dict:  # type: ignore[type-arg]
    """Learn, then judge every message."""
    training, agents = import_module("rasa.model_training"), import_module("rasa.core.agent")
    special = set(told["special"])
    started = time.perf_counter()
    model = training.train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
    learned = time.perf_counter() - started
    agent = agents.Agent.load(model)
    rows = []
    for text in [*told["test"][:30], *told["test"]]:
        before = time.perf_counter_ns()
        found = await agent.parse_message(text)
        took = (time.perf_counter_ns() - before) / 1000
        topic = next((c for c in found["intent_ranking"] if c["name"] not in special), None)
        inside = bool(found["intent"]["name"]) and found["intent"]["name"] not in special
        rows.append([topic["name"], topic["confidence"], inside, took] if topic else ["", 0.0, False, took])
    return {"rows": rows[-len(told["test"]) :], "learn_seconds": learned, "peak_mb": peak_mb()}


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    place = Path(sys.argv[2]).parent
    write_project(given, place)
    answer = asyncio.run(contend(given, place))
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")
