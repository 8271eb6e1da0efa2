"""Secrets in the bytes of files, masked with as many stars as they have bytes.

So sizes stay, and so do the places in a transcript that recordings refer to.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from agentrec.redact.json_redaction import secrets_in
from agentrec.redact.secret_rules import find_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

# Searched at once; a secret is shorter than what two pieces have in common.
_PIECE_CHARS = 1 << 20
_OVERLAP_CHARS = 16 << 10


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
        forms = {json.dumps(secret, ensure_ascii=escaped)[1:-1] for escaped in (True, False)}
        for form in forms:
            raw = form.encode("utf-8", "surrogatepass")
            if raw in line:
                counts[rule] += 1
                line = line.replace(raw, b"*" * len(raw))
    masked, more = masked_bytes(line)
    return masked, counts + more


def _decoded(data: bytes) -> tuple[str, str]:
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"  # a character a byte


def _hits(text: str, path: str) -> Iterator[tuple[int, int, str]]:
    done = 0
    for first in range(0, max(1, len(text)), _PIECE_CHARS):
        piece = text[first : first + _PIECE_CHARS + _OVERLAP_CHARS]
        for hit in find_secrets(piece, path):
            # What begins later may go on behind this piece, and is whole in the next.
            if hit.start < _PIECE_CHARS and first + hit.start >= done:
                done = first + hit.stop
                yield first + hit.start, done, hit.rule


def _stars(text: str, encoding: str) -> str:
    """Lines stay lines, so that a diff shows the same places."""
    return "\n".join("*" * len(line.encode(encoding)) for line in text.split("\n"))
