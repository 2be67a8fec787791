"""Metrics as Prometheus reads them."""

from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tests.patience import PATIENCE


@dataclass(frozen=True, slots=True)
class Scrape:
    """What one look at the metrics brought: every series with its labels and value."""

    series: list[tuple[str, dict[str, str], float]]

    @property
    def names(self) -> set[str]:
        """The names of all series."""
        return {name for name, _, _ in self.series}

    def sum(self, name: str, **labels: Any) -> float:
        """The sum of the series of that name with these labels, whatever others they have."""
        wanted = {key: str(value) for key, value in labels.items()}
        return sum(value for each, said, value in self.series if each == name and wanted.items() <= said.items())

    def values(self, name: str, label: str) -> set[str]:
        """What that label says in the series of that name."""
        return {labels[label] for each, labels, _ in self.series if each == name}


def scrape(port: int) -> Scrape:
    """Read the metrics on that port of this machine."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return Scrape([(each.name, each.labels, each.value) for family in families for each in family.samples])
