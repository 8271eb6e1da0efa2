"""Help that fits the width of the terminal."""

from __future__ import annotations

import argparse
import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_GAP = re.compile(r" {2,}")  # between columns

_MARGIN_COLUMNS = 2  # that argparse leaves free


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions as they are, except those that do not fit."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        columns = width + _MARGIN_COLUMNS
        lines = (part for line in text.splitlines() for part in fitted(line, columns))
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def fitted(line: str, width: int) -> Iterator[str]:
    """``line`` in lines of at most ``width`` columns, if its words are no longer.

    What an example does comes below it.
    """
    if len(line) <= width:
        yield line
        return
    start = len(line) - len(line.lstrip())
    example, about = _split(line[start:])
    indent = " " * start
    yield from _wrapped(indent + example, width, f"{indent}  ")
    if about:
        yield from _wrapped(f"{indent}    {about}", width, f"{indent}    ")


def _split(line: str) -> tuple[str, str]:
    """The last column of a line, which says what an example does, and what is before it."""
    *before, last = _GAP.split(line.rstrip())
    return (line[: line.rindex(last)].rstrip(), last) if before else (last, "")


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
