"""Answers as a report sees them, made by hand."""

from app.core.matching.ranking import Candidate, Ranking
from app.lab.ask import Answer


def answer(action: str, intents: tuple[str, ...] = (), *ranked: str) -> Answer:
    """An answer whose candidates are `ranked`, best first."""
    labels = ranked or intents or ("a.x",)
    candidates = tuple(Candidate(label, 0.9 / (place + 1)) for place, label in enumerate(labels))
    return Answer("话", action, intents, 0.9, Ranking("话", candidates, ()), "")
