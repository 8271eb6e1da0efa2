"""Problems that any request may end with, as responses of the document."""

from __future__ import annotations

from agentrec.web.openapi.parts import Schema, ref

PROBLEM = "application/problem+json"

_DESCRIPTIONS = {
    "400": "A parameter or the body is invalid",
    "401": "The token is missing or wrong",
    "403": "The request comes from another site, or uses an unknown host name",
    "404": "No such recording, snapshot, file or transaction",
    "408": "The file took too long to arrive",
    "409": "Not possible in the current state of the recording, the transaction or the library",
    "410": "No longer in the snapshot store",
    "413": "The body is too large",
    "415": "The body is not JSON; for spans, neither JSON nor protobuf; for files, not a file",
    "422": "The recording cannot be read, or lacks what the request needs",
    "501": "This machine lacks a program or library that is needed",
    "503": "Too many requests at once, or the request takes too long",
}

RESPONSES: dict[str, Schema] = {
    code: {"description": text, "content": {PROBLEM: {"schema": ref("Problem")}}}
    for code, text in _DESCRIPTIONS.items()
}
