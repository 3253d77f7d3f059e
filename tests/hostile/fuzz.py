"""The coverage-guided fuzzer over the decoders: `python -m tests.hostile.fuzz --runs N [--target name]`, `make fuzz`.

Each target runs in a process of its own. What it finds is printed as bytes: put them beside the properties.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = "everything"
LONGEST_INPUT = 4096
SLOWEST = 10  # seconds for one input; longer is a fault
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


@dataclass(frozen=True)
class Run:
    """What became of one target."""

    target: str
    executions: int
    seconds: float
    covered: int
    crash: bytes | None
    said: str

    @property
    def clean(self) -> bool:
        return self.crash is None and self.executions > 0

    def line(self) -> str:
        pace = self.executions / self.seconds if self.seconds else 0
        found = "没有发现" if self.clean else f"出错：{self.crash!r}" if self.crash is not None else "没有跑起来"
        figures = f"{self.executions:>10,} 次 {self.seconds:7.1f} 秒 {pace:>8,.0f}/秒 覆盖 {self.covered:>5}"
        return f"{self.target:16} {figures}  {found}"


def is_here() -> bool:
    """Whether the fuzzer is installed; it is for Linux only."""
    return find_spec("atheris") is not None


def fuzz(target: str, runs: int, seed: int = 0) -> Run:
    """Run one target in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        started = time.monotonic()
        command = [sys.executable, "-m", "tests.hostile.fuzz", "--child", target, "--runs", str(runs)]
        done = subprocess.run(
            [*command, "--seed", str(seed), "--place", place], capture_output=True, text=True, errors="replace"
        )
        seconds = time.monotonic() - started
        crash = next((file.read_bytes() for file in sorted(Path(place).glob("found-*"))), None)
    said = done.stdout + done.stderr
    executed, covered = _EXECUTED.search(said), _COVERED.findall(said)
    return Run(target, int(executed[1]) if executed else 0, seconds, int(covered[-1]) if covered else 0, crash, said)


def _child(target: str, runs: int, seed: int, place: Path) -> None:
    """Never returns: the fuzzer ends the process."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["app", "tests.hostile.targets"], enable_loader_override=False):
        from tests.hostile import targets
    from tests.hostile.seeds import SEEDS, WORDS

    names = list(targets.TARGETS)
    corpus = place / "corpus"
    corpus.mkdir()
    for name in names if target == EVERYTHING else [target]:
        for number, content in enumerate(SEEDS.get(name, [b"seed"])):
            chosen = bytes([names.index(name)]) if target == EVERYTHING else b""
            (corpus / f"{name}-{number}").write_bytes(chosen + content)
    words = place / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS), encoding="ascii")
    options = [
        f"-runs={runs}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={SLOWEST}",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
    ]
    options += [
        f"-dict={words}",
        f"-artifact_prefix={place}/found-",
        f"-seed={seed or 1}",
        "-len_control=20",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *options], getattr(targets, target))
    atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when anything was found."""
    read = argparse.ArgumentParser(description="用覆盖率引导的模糊测试去撞各个解码器")
    read.add_argument("--runs", type=int, default=100_000, help="每个目标跑多少次")
    read.add_argument("--target", help="只跑这一个")
    read.add_argument("--seed", type=int, default=0, help="从另一处开始")
    read.add_argument("--child", help=argparse.SUPPRESS)
    read.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    given = read.parse_args(arguments)
    if given.child:
        _child(given.child, given.runs, given.seed, given.place)
    if not is_here():
        sys.stderr.write("没有装 atheris：它只有 Linux 版\n")
        return 2
    from tests.hostile.seeds import SEEDS

    done = []
    for target in [given.target] if given.target else [*SEEDS]:
        run = fuzz(target, given.runs, given.seed)
        done.append(run)
        sys.stdout.write(run.line() + "\n")
        if not run.clean:
            sys.stdout.write(run.said[-3000:] + "\n")
        sys.stdout.flush()
    total = sum(run.executions for run in done)
    sys.stdout.write(f"一共 {total:,} 次，{sum(run.seconds for run in done):.0f} 秒\n")
    return 0 if all(run.clean for run in done) else 1


if __name__ == "__main__":
    sys.exit(main())
