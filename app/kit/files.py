"""Files of a package, served as they are: by their names only, with an ETag, and with what a page of them may load."""

import mimetypes
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Response, request

from app.kit.problems import NotFound

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".ts": "text/plain"}
# Kept, but asked for each time: a deployment's pages and scripts are of one version.
KEPT = "no-cache"


class Files:
    """The files of some folders, under their bare names."""

    def __init__(self, *folders: Path) -> None:
        """Know what is there now; what comes later is not served."""
        self._paths = {path.name: path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()}

    def answer(self, name: str, *, among: Iterable[str] | None = None) -> Response:
        """The file of this name, if it is one of those, or the news that the client has it already.

        Raises:
            NotFound: there is none.
        """
        if name not in self._paths or (among is not None and name not in among):
            raise NotFound
        content, tag = _read(self._paths[name])
        answer = Response(content, content_type=media_type(name))
        answer.headers["Cache-Control"] = KEPT
        if name.endswith(".html"):
            answer.headers["Content-Security-Policy"] = PAGE
        answer.set_etag(tag)
        answer.make_conditional(request)
        return answer


@cache
def _read(path: Path) -> tuple[bytes, str]:
    content = path.read_bytes()
    return content, sha256(content).hexdigest()[:32]


def media_type(name: str) -> str:
    """What a file of this name is, with its charset if it is text."""
    known = KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
