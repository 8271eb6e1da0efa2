"""Lines of JSON: bounded in length, read strictly, written so that they are safe in a terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from agentrec.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.export.conversion import Notes

# A record of 16 MiB still fits when every byte of it is escaped as \u00XX.
MAX_LINE_BYTES = 128 << 20

_BOM = b"\xef\xbb\xbf"
# `json` leaves these alone, but a terminal acts upon them (DEL and C1), or they are not UTF-8.
_UNSAFE = re.compile("[\x7f-\x9f\ud800-\udfff]")


def dumps(value: object) -> bytes:
    """One line of compact JSON in UTF-8, without control characters that a terminal would act upon.

    Raises FormatError for what JSON cannot represent (NaN).
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise FormatError(f"an event's data is not JSON: {error}") from None
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode() + b"\n"


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


def parse_lines(lines: Iterable[tuple[int, bytes]], notes: Notes) -> Iterator[tuple[int, object]]:
    """``(line number, JSON value)`` of each line; blank lines and ``#`` comments are skipped.

    A broken line is a FormatError, but a broken last line without its newline is only torn: a note.
    """
    for number, line in lines:
        if line.isspace() or line.startswith(b"#"):
            continue
        try:
            value = loads(line, number)
        except FormatError:
            if line.endswith(b"\n"):
                raise
            notes.add("the last line is torn and was left out")
            return
        yield number, value


def loads(line: bytes, number: int) -> object:
    """The JSON value of a line. Raises FormatError with the line's number."""
    try:
        # Decoded here: json would guess UTF-16 or UTF-32 from zero bytes.
        value: object = json.loads(line.removeprefix(_BOM).decode(), parse_constant=_no_constant)
        return value
    except UnicodeDecodeError:
        raise FormatError(f"line {number} is not UTF-8") from None
    except RecursionError:
        raise FormatError(f"line {number} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise FormatError(f"line {number} is not JSON: {error.msg}, column {error.colno}") from None
    except ValueError as error:  # NaN, or an integer of thousands of digits
        raise FormatError(f"line {number} is not JSON: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def clean_utf8(text: str) -> bytes:
    """UTF-8 of a JSON string; lone surrogates, which JSON allows, become U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()
