"""Reads what `/metrics` answers, with the client library's own parser."""

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


class Exposition:
    """One scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families: list[Metric] = list(text_string_to_metric_families(text))

    def value(self, name: str, **labels: str) -> float:
        """The sum over all series of that name that carry these labels; 0 where there is none."""
        found = [
            s.value for f in self.families for s in f.samples if s.name == name and labels.items() <= s.labels.items()
        ]
        return float(sum(found))

    @property
    def names(self) -> set[str]:
        """Of all series, as a query names them."""
        return {sample.name for family in self.families for sample in family.samples}

    def labels(self, name: str) -> dict[str, set[str]]:
        """The labels of that series, with every value they take."""
        found: dict[str, set[str]] = {}
        for family in self.families:
            for sample in family.samples:
                for label, value in sample.labels.items() if sample.name == name else ():
                    found.setdefault(label, set()).add(value)
        return found
