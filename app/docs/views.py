"""GET /docs, /problems, /problems/{code} and /api/v1/openapi.json."""

from pathlib import Path
from typing import Any

from flask import Response

from app.access.guards import public
from app.docs import service as docs
from app.docs.schemas import OpenApiDocument, ProblemList, ProblemOut
from app.kit.api import Blueprint, openapi_json
from app.kit.files import Files
from app.kit.problems import NotFound

PUBLIC_FOR_A_WHILE = {"Cache-Control": "public, max-age=300"}

HERE = Path(__file__).parent
FILES = Files(HERE / "pages", HERE / "vendor")

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


@bp.get("/docs")
@public
@bp.sends("text/html")
def show_docs() -> Response:
    """Show this document as a page where each operation can be tried."""
    return FILES.answer("docs.html")


@bp.get("/docs/<string:name>")
@public
@bp.refuses(NotFound)
@bp.sends("text/css", "text/javascript")
def show_docs_file(name: str) -> Response:
    """Show a file that the page needs."""
    return FILES.answer(name)
