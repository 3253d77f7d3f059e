"""Benchmarks, run by hand: `python -m tests.bench [peers|speed|scale|all]`. No test: nothing here judges the code."""
