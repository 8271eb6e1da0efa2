"""The header: one JSON object that says what was recorded, in the first frame."""

import json
import os

from agentrec.errors import FormatError
from agentrec.recording import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULT_SIZE = (80, 24)
BOOKKEEPING = ("version", "file")  # written by this package, not by whoever fills the header


def pack_header(header: "dict[str, Any]", file_id: bytes) -> bytes:
    """The header frame. ``file_id``: 8 random bytes that every segment of the file repeats."""
    kept = {name: value for name, value in header.items() if name not in BOOKKEEPING}
    body = {"version": frames.VERSION, "file": file_id.hex(), **kept}
    return frames.pack(frames.HEADER, dump_json(body))


def parse_header(payload: bytes) -> "dict[str, Any]":
    """The JSON object of a header frame. Raises FormatError when it is none, or of a later version."""
    header = load_json(payload)
    version = header.get("version")
    if version != frames.VERSION:
        raise FormatError(
            f"this recording has format version {version!r}; this agentrec reads version {frames.VERSION}",
            "a newer agentrec may read it",
        )
    return header


def header_size(header: "dict[str, Any]") -> "tuple[int, int] | None":
    """Columns and rows at the start, when the header says them and they make sense."""
    cols, rows = header.get("cols"), header.get("rows")
    if isinstance(cols, int) and isinstance(rows, int) and 0 < cols < 65536 and 0 < rows < 65536:
        return cols, rows
    return None


def new_file_id() -> bytes:
    return os.urandom(8)


def dump_json(value: "dict[str, Any]") -> bytes:
    """Compact UTF-8 JSON. Raises FormatError for what JSON cannot say (NaN, bytes, ...)."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(f"an event's data is not JSON: {error}") from None
    try:
        return text.encode()
    except UnicodeEncodeError:  # lone surrogates, as in file names that are not UTF-8
        return json.dumps(value, separators=(",", ":")).encode()


def load_json(raw: bytes) -> "dict[str, Any]":
    """The JSON object in ``raw``. Raises FormatError."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"broken JSON: {error}") from None
    if not isinstance(value, dict):
        raise FormatError("a JSON object was expected")
    return value
