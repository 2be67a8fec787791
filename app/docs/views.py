"""GET /problems, /problems/{code} and /api/v1/openapi.json."""

from typing import Any

from flask import Response

from app.access.guards import public
from app.docs import service as docs
from app.docs.schemas import OpenApiDocument, ProblemList, ProblemOut
from app.kit.api import Blueprint, openapi_json
from app.kit.problems import NotFound

PUBLIC_FOR_A_WHILE = {"Cache-Control": "public, max-age=300"}

bp = Blueprint("docs", __name__, description="What the API says of itself.")


@bp.get("/problems")
@public
@bp.response(200, ProblemList)
def list_problems() -> tuple[dict[str, Any], dict[str, str]]:
    """List every problem this API can answer with."""
    return {"items": docs.all_problems()}, PUBLIC_FOR_A_WHILE


@bp.get("/problems/<string:code>")
@public
@bp.refuses(NotFound)
@bp.response(200, ProblemOut)
def show_problem(code: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Explain a problem and what helps."""
    return docs.problem(code), PUBLIC_FOR_A_WHILE


@bp.get("/api/v1/openapi.json")
@public
@bp.response(200, OpenApiDocument)
def show_openapi() -> Response:
    """Show the OpenAPI 3.1 document."""
    return Response(openapi_json(), content_type="application/json", headers=PUBLIC_FOR_A_WHILE)
