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
    """Keeps the lines of descriptions as they are where they fit."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = fitted_text(text, width + _MARGIN_COLUMNS)
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def fitted_text(text: str, width: int) -> Iterator[str]:
    """The lines of ``text``; sentences that do not fit are wrapped as a paragraph, examples one by one."""
    for paragraph in text.strip("\n").split("\n\n"):
        lines = paragraph.splitlines()
        if _are_sentences(lines) and max(map(len, lines)) > width:
            yield from _wrapped(" ".join(lines), width, "")
        else:
            yield from (part for line in lines for part in fitted(line, width))
        yield ""


def _are_sentences(lines: list[str]) -> bool:
    """Whether a paragraph is neither examples nor columns."""
    return lines[0][:1].isupper() and not any(
        line[:1].isspace() or _GAP.search(line) for line in lines
    )


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
