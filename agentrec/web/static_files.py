"""The page: files that come with the package, and nothing else."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from mimetypes import guess_type
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

INDEX = "index.html"
_WITHOUT = (
    b"<!doctype html><title>agentrec</title><p>This agentrec has no page. The API is at /api/v1."
)
_TYPES = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


def page(path: str) -> Response:
    """The file at ``path``; the page's own places are behind the ``#`` of its address."""
    found = _files()
    name = path.removeprefix("/") or INDEX
    if name not in found:
        return Response(_WITHOUT, 200 if name == INDEX else 404, media_type="text/html")
    kind = _TYPES.get(name.rsplit(".", 1)[-1]) or guess_type(name)[0] or "application/octet-stream"
    # Assets have the hash of their content in their names.
    caching = _FOREVER if name.startswith("assets/") else "no-cache"
    return Response(found[name].read_bytes(), media_type=kind, headers={"Cache-Control": caching})


@cache
def _files() -> dict[str, Traversable]:
    """What there is, by its path: a name that is not here is not looked for on the disk."""
    found: dict[str, Traversable] = {}
    waiting = [("", files("agentrec.web") / "static")]
    while waiting:
        above, folder = waiting.pop()
        for item in folder.iterdir() if folder.is_dir() else ():
            if item.is_dir():
                waiting.append((f"{above}{item.name}/", item))
            else:
                found[above + item.name] = item
    return found
