"""A file that becomes a recording of the library: its bytes are the body."""

from __future__ import annotations

from agentrec.web.openapi.parts import BYTES, TEXT, Operation, Operations, operation, query, ref

ADD_FILE = "addFile"
FILES = "/sessions"

_OPERATION: Operation = operation(
    ADD_FILE,
    "Add a file of any format that can be read as a recording to the library",
    ref("AddedFile"),
    parameters=(
        query(
            "name",
            {**TEXT, "minLength": 1, "maxLength": 255},
            "what the file is called; its extension decides where its bytes do not",
            required=True,
        ),
    ),
    status="201",
    problems=("408", "409", "413", "415", "422"),
)
_OPERATION["requestBody"] = {
    "required": True,
    "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
}
ADDING_FILES: Operations = {("post", FILES): _OPERATION}
