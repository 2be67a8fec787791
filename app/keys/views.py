"""GET /.well-known/jwks.json."""

from flask import Response, request

from app.access.guards import public
from app.keys import service as keys
from app.keys.schemas import JsonWebKeys
from app.kit.answers import line
from app.kit.api import Blueprint

bp = Blueprint("keys", __name__, description="The public keys that verify our tokens.")


@bp.get("/.well-known/jwks.json")
@public
@bp.response(200, JsonWebKeys)
def show_jwks() -> Response:
    """Show the public keys (RFC 7517); empty while the algorithm is symmetric."""
    answer = Response(line({"keys": keys.shown().public_keys()}), content_type="application/json")
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.add_etag()
    return answer.make_conditional(request)  # type: ignore[return-value]  # werkzeug gives back the same object
