"""`python -m tests.bench [peers|speed|scale|two|load|all]`: prints figures, goals and verdicts; fails nothing."""

import argparse
from pathlib import Path

from tests.bench import peers
from tests.bench.data import HELD_OUT, from_files, from_intents


def main() -> None:
    """Read the command line and run one benchmark or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("which", nargs="?", default="all", choices=["peers", "speed", "scale", "two", "load", "all"])
    group = parser.add_argument_group("peers")
    group.add_argument("--train", type=Path, help="JSONL with text and label; default: drawn from intents/")
    group.add_argument("--test", type=Path, nargs="+", help="JSONL with text and label or labels; none = outside")
    group.add_argument("--negatives", type=Path, help="JSONL with text: more phrases to train on, all outside")
    group.add_argument("--each", type=int, default=8, help="phrases a topic drawn from intents/; 0 = all")
    group.add_argument("--outside", type=int, default=264, help="negatives drawn from intents/")
    group.add_argument("--peers", nargs="+", default=list(peers.NAMES), choices=peers.NAMES)
    group = parser.add_argument_group("scale")
    group.add_argument("--intents", type=int, default=2000)
    group.add_argument("--phrases", type=int, default=50_000)
    group.add_argument("--minutes", type=float, default=15, help="give up a build that would take longer")
    group.add_argument("--gigabytes", type=float, default=12, help="give up a build that would take more")
    group = parser.add_argument_group("load")
    group.add_argument("--backlog", type=int, default=10_000, help="answers that wait when the platform is back")
    group.add_argument("--threads", type=int, default=16)
    run(parser.parse_args())


def run(options: argparse.Namespace) -> None:
    """What `options` ask for."""
    if options.which in ("peers", "all"):
        tests = options.test or HELD_OUT
        if options.train:
            task = from_files(options.train, tests, options.negatives)
        else:
            task = from_intents(options.each, options.outside, tests)
        peers.compare(task, options.peers)
    if options.which in ("speed", "all"):
        from tests.bench import speed

        speed.measure()
    if options.which in ("scale", "all"):
        from tests.bench import scale

        scale.measure(options.intents, options.phrases, options.minutes * 60, options.gigabytes * 1024)
    if options.which in ("load", "all"):
        from tests.bench import load

        load.measure(options.backlog, options.threads)
    if options.which in ("two", "all"):
        from tests.bench import two

        two.measure()


if __name__ == "__main__":
    main()
