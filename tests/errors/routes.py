"""The routes that take a body, as the API's own document tells of them: what is added is tested unasked."""

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
