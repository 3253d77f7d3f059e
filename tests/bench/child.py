"""A measured process: `python -m tests.bench.child WHAT IN OUT`. Nothing runs in it but what is measured.

Imports nothing heavy itself, so that memory and load time are those of the thing measured.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def peak_mb() -> float:
    """The largest resident size of this process so far.

    Linux counts the parent's size into a child's ru_maxrss (the moment between fork and exec), hence VmHWM first.
    """
    high = _status("VmHWM")
    return high if high else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mb() -> float:
    """The resident size of this process now; 0 where the system does not say."""
    return _status("VmRSS")


def _status(name: str) -> float:
    path = Path("/proc/self/status")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
    return 0.0


def run_child(what: str, told: str, seconds: float = 3600) -> dict[str, Any]:
    """Run one of this package's jobs in a process of its own. Raises RuntimeError with what it said last."""
    return run_command([sys.executable, "-m", "tests.bench.child", what], told, seconds)


def run_command(command: Sequence[str], told: str, seconds: float = 3600) -> dict[str, Any]:
    """Run `command IN OUT`; both files are JSON."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "in.json", Path(folder) / "out.json"
        given.write_text(told, encoding="utf-8")
        environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
        with (Path(folder) / "said").open("w+") as said:
            done = subprocess.run(
                [*command, str(given), str(found)],
                cwd=folder,
                env=environment,
                stdout=said,
                stderr=None if command[-1].startswith("scale") else said,
                timeout=seconds,
                check=False,
            )
            if done.returncode or not found.exists():
                said.seek(0)
                raise RuntimeError(f"{command[-1]}: {done.returncode}: {said.read()[-600:]}")
        result: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
        return result


def main() -> None:
    """`WHAT` is `module:function` of this package; the function takes and gives plain JSON."""
    what, given, found = sys.argv[1:4]
    started = time.perf_counter()
    module, function = what.split(":")
    told = json.loads(Path(given).read_text(encoding="utf-8"))
    result = getattr(import_module(f"tests.bench.{module}"), function)(told)
    result |= {"seconds": time.perf_counter() - started, "peak_mb": peak_mb()}
    Path(found).write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
