"""The page's files, which are part of the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from mimetypes import guess_type
from typing import TYPE_CHECKING

from starlette.responses import Response

from agentrec.web.compression import compressed

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

INDEX = "index.html"
_NO_PAGE = (
    b"<!doctype html><title>agentrec</title><p>The page was not installed. The API is at /api/v1."
)
_TYPES = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}
_CACHE_FOREVER = "public, max-age=31536000, immutable"


def page(path: str, packs: bool = False) -> Response:
    """The file at ``path``; ``packs`` says to compress it. Routes of the page are in the URL's fragment."""
    available = _files()
    name = path.removeprefix("/") or INDEX
    if name not in available:
        return Response(_NO_PAGE, 200 if name == INDEX else 404, media_type="text/html")
    kind = _TYPES.get(name.rsplit(".", 1)[-1]) or guess_type(name)[0] or "application/octet-stream"
    # The names of assets contain a hash of their content.
    caching = _CACHE_FOREVER if name.startswith("assets/") else "no-cache"
    headers = {"Cache-Control": caching}
    return compressed(
        Response(available[name].read_bytes(), media_type=kind, headers=headers), packs
    )


@cache
def _files() -> dict[str, Traversable]:
    """All files by path; no other name is looked up on the disk."""
    available: dict[str, Traversable] = {}
    folders = [("", files("agentrec.web") / "static")]
    while folders:
        above, folder = folders.pop()
        for item in folder.iterdir() if folder.is_dir() else ():
            if item.is_dir():
                folders.append((f"{above}{item.name}/", item))
            else:
                available[above + item.name] = item
    return available
