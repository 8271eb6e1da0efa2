"""Help that fits the width of the terminal."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_GAP = "    "  # between an example and what it does


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions as they are, except those that do not fit."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (part for line in text.splitlines() for part in fitted(line, width))
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def fitted(line: str, width: int) -> Iterator[str]:
    """``line`` in lines of at most ``width`` columns, if its words are no longer.

    What an example does comes below it.
    """
    if len(line) <= width:
        yield line
        return
    start = len(line) - len(line.lstrip())
    example, gap, about = line[start:].partition(_GAP)
    indent = " " * start
    yield from _wrapped(indent + example, width, f"{indent}  ")
    if gap:
        yield from _wrapped(f"{indent}    {about.strip()}", width, f"{indent}    ")


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
