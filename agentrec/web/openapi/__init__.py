"""The API as an OpenAPI 3.1 document. It is data, and the one source of it: the server makes its routes
and checks parameters and bodies from it (:mod:`agentrec.web.routes`), so the two cannot differ.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from agentrec import __version__
from agentrec.web.openapi.changing import CHANGING
from agentrec.web.openapi.library import LIBRARY
from agentrec.web.openapi.recording import RECORDING
from agentrec.web.openapi.replay import REPLAY
from agentrec.web.openapi.responses import RESPONSES
from agentrec.web.openapi.schemas import SCHEMAS
from agentrec.web.openapi.snapshots import SNAPSHOTS

PREFIX = "/api/v1"
COOKIE = "agentrec"  # the cookie's real name has the port behind it: cookies know no ports


@cache
def document() -> dict[str, Any]:
    """The whole document. Not to be changed."""
    paths: dict[str, Any] = {}
    for part in (LIBRARY, RECORDING, SNAPSHOTS, CHANGING, REPLAY):
        for (method, path), operation in part.items():
            paths.setdefault(PREFIX + path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "agentrec",
            "version": __version__,
            "description": "Recordings of coding agents: find, play, inspect, branch.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "responses": RESPONSES,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }
