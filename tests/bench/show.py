"""How benchmarks print: tables for people, verdicts beside goals."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

console = Console(width=150, highlight=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print one table; the first column is to the left, figures to the right."""
    shown = Table(title=title, title_justify="left")
    for place, name in enumerate(columns):
        shown.add_column(name, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        shown.add_row(*row)
    console.print(shown)


def say(text: str) -> None:
    console.print(text, markup=False)


def verdict(value: float, goal: float, wish: float | None = None) -> str:
    """Whether `value` is at most `goal`."""
    if wish is not None and value <= wish:
        return "达到愿望"
    return "达标" if value <= goal else "未达标"


def percent(share: float) -> str:
    return f"{share:.1%}"
