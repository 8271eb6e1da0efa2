"""Copies of agents' transcripts, masked at the same length: places in them stay."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from agentrec.errors import OutputError
from agentrec.scrub.masked_bytes import masked_lines
from agentrec.snapshots.conversations.kept_file import BLOCK_BYTES, KeptWriter, open_kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from agentrec.scrub.findings import Findings

# Beside the file; nothing else in the folder ends like this.
_PART = ".scrubbed"


def masked_conversation(path: str, findings: Findings, *, dry_run: bool) -> str:
    """A masked copy of the kept file, beside it; returns its path, or empty if there are no secrets.

    Raises OutputError.
    """
    part = path + _PART
    found = False
    try:
        with open_kept(path) as source:
            for data in _lines(source):
                masked, counts = masked_lines(data)
                findings.add("conversations", counts)
                found = found or masked != data
        if not found or dry_run:
            return ""
        _write(path, part)
    except OSError as error:
        raise OutputError(f"cannot rewrite {path}: {error.strerror or error}") from None
    return part


def _write(path: str, part: str) -> None:
    if os.path.lexists(part):
        os.unlink(part)
    writer = KeptWriter(part)
    digest = hashlib.sha256()
    try:
        with open_kept(path) as source:
            for data in _lines(source):
                masked, _ = masked_lines(data)
                for at in range(0, len(masked), BLOCK_BYTES):
                    block = masked[at : at + BLOCK_BYTES]
                    digest.update(block)
                    writer.append(block, digest.digest())
    finally:
        writer.close()
    with open(part, "rb") as file:
        os.fsync(file.fileno())


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Whole lines, of about a block together."""
    while lines := source.readlines(BLOCK_BYTES):
        yield b"".join(lines)
