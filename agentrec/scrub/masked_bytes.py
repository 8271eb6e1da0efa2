"""Secrets in the bytes of files, masked with as many stars as they have bytes.

So sizes stay, and so do the places in a transcript that recordings refer to.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from agentrec.redact.json_redaction import secrets_in, thought_signatures
from agentrec.redact.secret_rules import find_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

# Searched at once; a secret is shorter than what two pieces have in common.
_PIECE_CHARS = 1 << 20
_OVERLAP_CHARS = 16 << 10
_MARKED = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def masked_bytes(data: bytes, path: str = "") -> tuple[bytes, Counter[str]]:
    """The content of the file ``path`` without secrets, and how many were masked by each rule."""
    text, encoding = _decoded(data)
    counts: Counter[str] = Counter()
    parts, at = [], 0
    for start, stop, rule in _hits(text, path):
        if start < at:
            continue
        counts[rule] += 1
        parts += [text[at:start], _stars(text[start:stop], encoding)]
        at = stop
    if not counts:
        return data, counts
    return "".join([*parts, text[at:]]).encode(encoding), counts


def masked_lines(data: bytes) -> tuple[bytes, Counter[str]]:
    """The same for lines of JSON: also the values of names such as "password", as in events."""
    counts: Counter[str] = Counter()
    lines = []
    for line in data.split(b"\n"):
        masked, found = _masked_line(line)
        counts += found
        lines.append(masked)
    return b"\n".join(lines), counts


def _masked_line(line: bytes) -> tuple[bytes, Counter[str]]:
    counts: Counter[str] = Counter()
    try:
        value = json.loads(line) if line.strip() else None
    except (ValueError, RecursionError):
        value = None
    for secret, rule in secrets_in(value):
        line, found = re.subn(in_json(secret), lambda hit: b"*" * len(hit[0]), line)
        counts[rule] += bool(found)
    kept = [
        hit.span()
        for signature in set(thought_signatures(value))
        for hit in re.finditer(in_json(signature), line)
    ]
    masked, more = masked_bytes(_with(line, kept, bytes(len(line))))
    return _with(masked, kept, line), counts + more


def _with(data: bytes, spans: list[tuple[int, int]], other: bytes) -> bytes:
    """``data`` with these parts of ``other``, which is as long."""
    new = bytearray(data)
    for start, stop in spans:
        new[start:stop] = other[start:stop]
    return bytes(new)


def in_json(text: str) -> bytes:
    """A pattern of ``text`` in a JSON string, whichever of its characters are escaped, and how."""
    return b"".join(map(_character, text))


def _character(character: str) -> bytes:
    """Its forms, of which at most one matches at a place: else what is like a secret takes forever."""
    units = character.encode("utf-16-be", "surrogatepass")
    number = "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)).encode()
    plain = character.encode("utf-8", "surrogatepass")
    short = json.dumps(character, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
    forms = [re.escape(short if short != plain and not short.startswith(b"\\u") else plain)]
    if character == "/":
        forms.append(re.escape(b"\\/"))
    return b"(?:%s|(?i:%s))" % (b"|".join(forms), re.escape(number))


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                return data.decode(encoding), encoding
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"  # a character a byte


def _hits(text: str, path: str) -> Iterator[tuple[int, int, str]]:
    done = 0
    for first in range(0, max(1, len(text)), _PIECE_CHARS):
        piece = text[first : first + _PIECE_CHARS + _OVERLAP_CHARS]
        for hit in find_secrets(piece, path):
            # What begins later may go on behind this piece, and is whole in the next, with what is before it.
            if hit.start < _PIECE_CHARS + _OVERLAP_CHARS // 2 and first + hit.start >= done:
                done = first + hit.stop
                yield first + hit.start, done, hit.rule


def _stars(text: str, encoding: str) -> str:
    """Lines stay lines, so that a diff shows the same places."""
    width = len("*".encode(encoding))
    return "\n".join("*" * (len(line.encode(encoding)) // width) for line in text.split("\n"))
