"""The routes that take a body or a query, as the API's own document tells of them: what is added is tested unasked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.kit.api import openapi_json

NOBODY = "00000000-0000-7000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, ids filled in, and the schema of each field of its body."""

    method: str
    path: str
    fields: dict[str, dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def documented(app: Flask) -> dict[str, Any]:
    """The OpenAPI document."""
    with app.app_context():
        document: dict[str, Any] = app.json.loads(openapi_json())
    return document


def with_body(app: Flask) -> list[Route]:
    """Every route that takes JSON."""
    return list(_with_body(documented(app)))


def queries(app: Flask) -> dict[str, list[str]]:
    """The names of the query parameters of every route that is read by GET and takes some."""
    reads = {
        filled(path): each["get"].get("parameters", [])
        for path, each in documented(app)["paths"].items()
        if "get" in each
    }
    named = {path: [each["name"] for each in some if each["in"] == "query"] for path, some in reads.items()}
    return {path: names for path, names in named.items() if names}


def filled(path: str) -> str:
    """The path with an id that nobody has in place of each parameter."""
    return re.sub(r"{\w+}", NOBODY, path)


def _with_body(document: dict[str, Any]) -> Iterator[Route]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                named = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                yield Route(method.upper(), filled(path), named["properties"])
