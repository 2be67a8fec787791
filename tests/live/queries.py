"""The questions that the dashboard and the alerts ask of Prometheus, as far as they concern our names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.live.metrics import Scrape

SELECTOR = re.compile(r"\b(latchkey_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
FROM_PROMETHEUS = {"instance", "job", "le"}
SUFFIX = re.compile(r"_(bucket|count|sum)$")


@dataclass(frozen=True, slots=True)
class Query:
    """One expression, and where it stands."""

    where: str
    expression: str

    def __str__(self) -> str:
        return self.where

    @property
    def families(self) -> set[str]:
        """The metrics that it names, as they are documented."""
        return {SUFFIX.sub("", name) for name, _ in SELECTOR.findall(self.expression)}

    def unknown(self, scrape: Scrape) -> list[str]:
        """What it names and is not exposed: metrics, labels, values of labels."""
        return [*self._unknown_series(scrape), *self._unknown_groups(scrape)]

    def _unknown_series(self, scrape: Scrape) -> Iterator[str]:
        for name, matchers in SELECTOR.findall(self.expression):
            if name not in scrape.names:
                yield name
            for label, kind, value in MATCHER.findall(matchers):
                if label in FROM_PROMETHEUS:
                    continue
                said = {labels.get(label) for each, labels, _ in scrape.series if each == name}
                if None in said or (kind == "=" and value not in said):
                    yield f'{name}{{{label}{kind}"{value}"}}'

    def _unknown_groups(self, scrape: Scrape) -> Iterator[str]:
        ours = {name for name, _ in SELECTOR.findall(self.expression)}
        labels = {label for each, labels, _ in scrape.series if each in ours for label in labels} | FROM_PROMETHEUS
        for group in GROUPED.findall(self.expression):
            yield from {each.strip() for each in group.split(",")} - labels


def dashboard(path: Path) -> Iterator[Query]:
    """Every question of the panels and variables."""
    board = json.loads(path.read_text(encoding="utf-8"))
    for panel in board["panels"]:
        yield from (Query(panel["title"], target["expr"]) for target in panel.get("targets", ()))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield Query(f"variable {variable['name']}", variable["query"]["query"])


def alerts(path: Path) -> Iterator[Query]:
    """The condition of every alert."""
    rules: list[dict[str, Any]] = [
        rule for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
    ]
    for rule in rules:
        yield Query(rule["alert"], rule["expr"])
