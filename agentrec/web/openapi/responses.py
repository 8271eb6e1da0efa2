"""What can go wrong with any request, as responses of the document."""

from __future__ import annotations

from typing import Any

from agentrec.web.openapi.parts import ref

PROBLEM = "application/problem+json"

_WORDS = {
    "400": "A parameter or the body makes no sense",
    "401": "The token is missing or wrong",
    "403": "The request comes from another site, or names another host",
    "404": "There is no such recording, snapshot or file",
    "409": "Not possible in the state the recording is in",
    "410": "It was here, and is not any more",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "The recording cannot be read, or does not hold what is asked for",
    "501": "This machine lacks what is needed",
    "503": "Too much at once, or it took too long",
}

RESPONSES: dict[str, Any] = {
    code: {"description": words, "content": {PROBLEM: {"schema": ref("Problem")}}}
    for code, words in _WORDS.items()
}
