"""The API as an OpenAPI 3.1 document.

It is data, and the single source: the server creates its routes and validates parameters and bodies from it
(:mod:`agentrec.web.app`), so that the two cannot differ.

library    operations on many recordings
recording  operations that read one recording
snapshots  operations that read files of snapshots
changing   operations that add something
adding_files  a file that becomes a recording of the library
transactions  operations on transactions
replay     the replay API of AgentOS
traces     spans of OpenTelemetry
schemas    the responses' schemas
responses  problems as responses
parts      helpers for writing the document
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from agentrec import __version__
from agentrec.web.openapi.adding_files import ADDING_FILES
from agentrec.web.openapi.changing import CHANGING
from agentrec.web.openapi.library import LIBRARY
from agentrec.web.openapi.recording import RECORDING
from agentrec.web.openapi.replay import REPLAY
from agentrec.web.openapi.responses import RESPONSES
from agentrec.web.openapi.schemas import SCHEMAS
from agentrec.web.openapi.snapshots import SNAPSHOTS
from agentrec.web.openapi.traces import TRACES as TRACES
from agentrec.web.openapi.traces import TRACES_OPERATION
from agentrec.web.openapi.transactions import TRANSACTIONS

if TYPE_CHECKING:
    from agentrec.web.openapi.parts import Schema

PREFIX = "/api/v1"
# The actual name ends with the port, because cookies are shared between ports.
COOKIE = "agentrec"


@cache
def document() -> Schema:
    """The whole document; do not modify it."""
    paths: dict[str, Any] = {}
    for part in (LIBRARY, RECORDING, SNAPSHOTS, CHANGING, ADDING_FILES, TRANSACTIONS, REPLAY):
        for (method, path), operation in part.items():
            paths.setdefault(PREFIX + path, {})[method] = operation
    paths[TRACES] = {"post": TRACES_OPERATION}
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
