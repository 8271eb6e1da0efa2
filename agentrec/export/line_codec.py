"""Lines of JSON: bounded in length, read strictly, written so that they are safe in a terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from agentrec.errors import FormatError
from agentrec.recording.format.header import check_bounds
from agentrec.text import inert_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agentrec.export.conversion import Notes

# A record of 16 MiB fits as Base64. What a line is decoded to takes up to eight times as much memory.
MAX_LINE_BYTES = 24 << 20
# Bytes of one event up to here fit even when every one of them is escaped as \u00XX.
MAX_ESCAPED_BYTES = 3 << 20

_BOM = b"\xef\xbb\xbf"
_PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
_SURROGATE = re.compile("[\ud800-\udfff]")
LONE_SURROGATE = "lone surrogates became U+FFFD"
NOT_UTF8 = "bytes that are not UTF-8 became U+FFFD"


def dumps(value: object) -> bytes:
    """One line of compact JSON in UTF-8, without control characters that a terminal would act upon.

    Raises FormatError for what JSON cannot represent (NaN).
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(f"an event's data is not JSON: {error}") from None
    return inert_json(text).encode() + b"\n"


def numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """``(line number, line with its newline)``, counting from 1.

    Raises FormatError for a line over MAX_LINE_BYTES.
    """
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise FormatError(f"line {number} is longer than {MAX_LINE_BYTES >> 20} MiB")
        yield number, line


def parse_lines(
    lines: Iterable[tuple[int, bytes]],
    notes: Notes,
    refuse: Callable[[FormatError], object] | None = None,
) -> Iterator[tuple[int, object]]:
    """``(line number, JSON value)`` of each line; blank lines and ``#`` comments are skipped.

    A broken line goes to ``refuse``, or is raised, but a broken last line without its newline is only torn: a
    note. So are bytes that are not UTF-8.
    """
    for number, line in lines:
        if line.isspace() or line.startswith(b"#"):
            continue
        try:
            value = loads(line, number, notes)
        except FormatError as error:
            if not line.endswith(b"\n"):
                notes.add("the last line is torn and was left out")
                return
            if refuse is None:
                raise
            refuse(error)
            continue
        yield number, value


def loads(line: bytes, number: int, notes: Notes | None = None) -> object:
    """The JSON value of a line. Raises FormatError with the line's number.

    With ``notes``, bytes that are not UTF-8 become U+FFFD, which is noted, instead of an error.
    """
    return parse_json(line, f"line {number}", notes)


def parse_json(raw: bytes, what: str, notes: Notes | None = None) -> object:
    """The JSON value in ``raw``, which messages call ``what``; bounded, see :func:`loads`."""
    raw = raw.removeprefix(_BOM)
    try:
        check_bounds(raw)
        # Decoded here: json would guess UTF-16 or UTF-32 from zero bytes.
        value: object = _JSON.decode(_decoded(raw, notes))
        return value
    except UnicodeDecodeError:
        raise FormatError(f"{what} is not UTF-8") from None
    except (RecursionError, FormatError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise FormatError(f"{what}: {reason}") from None
    except json.JSONDecodeError as error:
        raise FormatError(f"{what} is not JSON: {error.msg}, column {error.colno}") from None
    except ValueError as error:  # NaN, or an integer of thousands of digits
        raise FormatError(f"{what} is not JSON: {error}") from None


def _decoded(raw: bytes, notes: Notes | None) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        if notes is None:
            raise
        notes.add(NOT_UTF8)
        return raw.decode("utf-8", "replace")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


# Making one takes longer than reading a line.
_JSON = json.JSONDecoder(parse_constant=_no_constant)


class TextJoiner:
    """JSON strings of one stream as UTF-8. A character whose surrogates are in two events arrives with
    the second; a surrogate without its other half becomes U+FFFD.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._half = ""

    def feed(self, text: str) -> bytes:
        """What can be encoded so far."""
        if not self._half:
            try:
                return text.encode()
            except UnicodeEncodeError:
                pass
        text = _PAIR.sub(_joined, self._half + text)
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return self._encoded(text[: len(text) - len(self._half)])

    def finish(self) -> bytes:
        """What is left when no event follows."""
        rest, self._half = self._half, ""
        return self._encoded(rest)

    def _encoded(self, text: str) -> bytes:
        text, lone = _SURROGATE.subn("\ufffd", text)
        if lone:
            self._notes.add(LONE_SURROGATE, lone)
        return text.encode()


def _joined(pair: re.Match[str]) -> str:
    return (pair[1] + pair[2]).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
