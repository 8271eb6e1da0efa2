"""Signatures as lines, for lists of events: nothing here is verified."""

from __future__ import annotations

from agentrec.errors import FormatError
from agentrec.signatures.statement import DigestStatement, parse


def digests_line(text: str) -> str:
    """What a statement of digests is of."""
    try:
        statement = parse(text)
    except FormatError:
        return "a statement that cannot be read"
    if not isinstance(statement, DigestStatement):
        return "a statement that does not belong here"
    return f"{statement.stop:,} events" + (", the end" if statement.end else "")
