"""Compressed answers: a picture of a terminal is a tenth of its size, which a slow line is glad about."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

# Shorter answers fit into a packet or two as they are.
MIN_BYTES = 2048
_LEVEL = 3  # most of the gain, at more than 100 MB/s


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip; one that gives it a weight of 0 does not."""
    for item in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = item.replace(" ", "").lower().partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" if weight else True
    return False


def compressed(response: Response, accepts: bool) -> Response:
    """The response, its body packed if the client takes that and it is worth it."""
    response.headers["Vary"] = "Accept-Encoding"
    if accepts and len(response.body) >= MIN_BYTES:
        response.body = gzip.compress(bytes(response.body), _LEVEL, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response
