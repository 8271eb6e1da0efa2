"""Outputs of tools that were too large for a transcript: Claude Code keeps them in files beside it."""

from __future__ import annotations

import os
import re

from agentrec.config import open_plain

FOLDER = "tool-results"
PREFIX = "<persisted-output>"
_PATH = re.compile(r"saved to: (/[^\n]+)")
# More of a file is not read.
FILE_LIMIT_BYTES = 16 << 20


def full_output(output: str, transcript: str) -> str:
    """Return what the file holds that ``output`` names, or ``output`` unchanged.

    Only files that Claude Code itself keeps beside ``transcript`` are read: anybody can write such a text.
    """
    found = _PATH.search(output) if output.startswith(PREFIX) else None
    if found is None:
        return output
    path = os.path.realpath(found[1].strip())
    folder = os.path.dirname(path)
    project = os.path.dirname(os.path.realpath(transcript))
    if os.path.basename(folder) != FOLDER or os.path.dirname(os.path.dirname(folder)) != project:
        return output
    try:
        with open_plain(path) as file:
            return file.read(FILE_LIMIT_BYTES).decode(errors="replace")
    except OSError:
        return output
