"""GET /, /demo/{name}, /latchkey.js and /latchkey.d.ts."""

from pathlib import Path

from flask import Response

from app.access.guards import public
from app.kit.api import Blueprint
from app.kit.files import Files
from app.kit.problems import NotFound
from app.kit.settings import settings

HERE = Path(__file__).parent
CLIENT = Files(HERE / "client")
PAGES = Files(HERE / "pages")
OF_MAILS = frozenset({"mail.js", "letters.js", "dom.js", "style.css", "icon.svg"})

bp = Blueprint("demo", __name__, description="For browsers: the client, the demo, the pages that mails lead to.")


@bp.get("/")
@public
@bp.sends("text/html")
def show_page() -> Response:
    """Show the demo; where it is off, only the pages that links in mails lead to."""
    return PAGES.answer("index.html" if settings().demo else "mail.html")


@bp.get("/demo/<string:name>")
@public
@bp.refuses(NotFound)
@bp.sends("text/css", "text/javascript", "image/svg+xml")
def show_page_file(name: str) -> Response:
    """Show a file that the page needs."""
    return PAGES.answer(name, among=None if settings().demo else OF_MAILS)


@bp.get("/latchkey.js")
@public
@bp.sends("text/javascript")
def show_client() -> Response:
    """Show the browser client, an ES module."""
    return CLIENT.answer("latchkey.js")


@bp.get("/latchkey.d.ts")
@public
@bp.sends("text/plain")
def show_client_types() -> Response:
    """Show the types of the browser client."""
    return CLIENT.answer("latchkey.d.ts")
