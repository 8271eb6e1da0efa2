"""The header, in the first frame: one JSON object that describes the recording."""

import json
import os
import re

from agentrec.errors import FormatError
from agentrec.recording.format import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.json_values import JsonObject

DEFAULT_SIZE = (80, 24)
# What a recording is of the one it was made of: parts of it.
CUT = "cut"
# Levels of JSON; readers may recurse over them.
MAX_DEPTH = 200
MAX_VALUES = 1 << 20  # commas; as many brackets
# The longest command line has 6 MB.
MAX_HEADER_BYTES = 16 << 20
# Written by this package, not by whoever fills the header.
BOOKKEEPING = ("version", "file")

# A string without an end reaches to the end: its quotes would each be tried as a beginning otherwise.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_TOKENS = re.compile(rb'(?:[^"]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_PART_BYTES = 1 << 20
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_OPENER = ord("[")
_BRACKETS = re.compile(rb"\[+|\]+")


def pack_header(header: "JsonObject", file_id: bytes) -> bytes:
    """The header frame. ``file_id``: 8 random bytes that every segment of the file repeats.

    Raises FormatError for a header that is too large.
    """
    kept = {name: value for name, value in header.items() if name not in BOOKKEEPING}
    body = dump_json({"version": frames.VERSION, "file": file_id.hex(), **kept})
    if len(body) > MAX_HEADER_BYTES:
        raise FormatError(
            f"a header of {len(body)} bytes exceeds the format's limit",
            f"its title, command and other fields may have {MAX_HEADER_BYTES >> 20} MiB together",
        )
    return frames.pack(frames.HEADER, body)


def parse_header(payload: bytes) -> "JsonObject":
    """The JSON object of a header frame. Raises FormatError for anything else or a later version."""
    header = load_json(payload)
    version = header.get("version")
    if type(version) is not int or version not in frames.MAGIC_OF:
        raise FormatError(
            f"recorded in format version {version!r:.40}; this agentrec reads version {frames.VERSION}",
            "a newer agentrec may read it",
        )
    return header


def header_size(header: "JsonObject") -> "tuple[int, int] | None":
    """Columns and rows at the start, when the header has valid ones."""
    cols, rows = header.get("cols"), header.get("rows")
    if isinstance(cols, int) and isinstance(rows, int) and 0 < cols < 65536 and 0 < rows < 65536:
        return cols, rows
    return None


def is_cut(header: "JsonObject") -> bool:
    """Whether it was made of parts of other recordings."""
    parent = header.get("parent")
    return isinstance(parent, dict) and parent.get("relation") == CUT


def origin_ids(header: "JsonObject") -> "list[str]":
    """The recording itself, and those it was made of: its snapshots and transcripts have their ids."""
    parent = header.get("parent")
    of = parent.get("of") if isinstance(parent, dict) and is_cut(header) else None
    names = [header.get("id"), *(of if isinstance(of, list) else ())]
    return [name for name in names if isinstance(name, str) and name]


def tags_of(header: "Mapping[str, object]") -> "list[str]":
    """The words that a recording can be found by."""
    tags = header.get("tags")
    return [tag for tag in tags if isinstance(tag, str) and tag] if isinstance(tags, list) else []


def recipients_of(header: "JsonObject") -> "list[str]":
    """The public keys to which a recording is encrypted."""
    names = header.get("recipients")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def file_id_of(header: "Mapping[str, object]") -> bytes:
    """The 8 bytes that the segments of a file repeat; zeros when the header has lost them."""
    try:
        return bytes.fromhex(str(header.get("file", "")))[:8].ljust(8, b"\0")
    except ValueError:
        return bytes(8)


def new_file_id() -> bytes:
    return os.urandom(8)


def dump_json(value: "JsonObject") -> bytes:
    """Compact UTF-8 JSON. Raises FormatError for anything that :func:`load_json` refuses."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(f"an event's data is not JSON: {error}") from None
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # lone surrogates, as in file names that are not UTF-8
        raw = json.dumps(value, separators=(",", ":")).encode()
    check_bounds(raw)
    return raw


def load_json(raw: bytes) -> "JsonObject":
    """The JSON object in ``raw``. Raises FormatError, also when it is unreasonably deep or large."""
    check_bounds(raw)
    try:
        value = _JSON.decode(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"broken JSON: {error}") from None
    if not isinstance(value, dict):
        raise FormatError("expected a JSON object")
    return value


def event_fields(payload: bytes) -> "tuple[str, str, JsonObject, dict[str, str]]":
    """Track, kind, data and links (span, parent, actor) of a JSON event's record. Raises FormatError."""
    body = load_json(payload)
    data = body.get("data")
    links = {name: str(body[name]) for name in ("span", "parent", "actor") if body.get(name)}
    known = data if isinstance(data, dict) else {}
    return str(body.get("track")), str(body.get("kind")), known, links


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    """A number that JSON can represent; ``1e999`` would become infinite."""
    value = float(text)
    if value - value:  # not 0 when it is infinite
        _refuse(text)
    return value


# Making one takes longer than reading an event.
_JSON = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def check_bounds(raw: bytes) -> None:
    """Raises FormatError for JSON whose objects would take too much memory, or a reader's whole stack.

    Counting bytes is enough nearly always; only when they are too many, those in strings are left out.
    """
    if _openers(raw) <= MAX_DEPTH and raw.count(b",") <= MAX_VALUES:
        return
    commas = opened = depth = 0
    for bare in _without_texts(raw):
        commas += bare.count(b",")
        opened += _openers(bare)
        if max(commas, opened) > MAX_VALUES or bare.count(b"]") + bare.count(b"}") > MAX_VALUES:
            raise FormatError("JSON has too many values")
        for run in _BRACKETS.finditer(bare.translate(_AS_SQUARE, _NO_BRACKETS)):
            length = run.end() - run.start()
            depth += length if run[0][0] == _OPENER else -length
            if depth > MAX_DEPTH:
                raise FormatError("JSON is nested too deeply")


def _without_texts(raw: bytes) -> "Iterator[bytes]":
    """JSON without its strings, in parts: leaving out millions at once takes gigabytes of memory."""
    at = 0
    while at < len(raw):
        whole = _TOKENS.match(raw, at, at + _PART_BYTES)
        text = _TEXT.match(raw, at) if not whole or whole.end() == at else None
        stop = max(text.end() if text else at, whole.end() if whole else at, at + 1)
        yield _TEXT.sub(b"", raw[at:stop])
        at = stop


def _openers(raw: bytes) -> int:
    return raw.count(b"[") + raw.count(b"{")
