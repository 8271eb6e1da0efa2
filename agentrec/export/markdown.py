"""Parts of Markdown made of recorded text: masked, cut and escaped, so that nothing in it is Markdown."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from agentrec.redact import mask_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_ROWS = 12
_MAX_TEXT_CHARS = 300
# What begins a heading, a list or another block, and the same as text.
_BLOCK, _ESCAPE = re.compile(r"^(\d*)([#+=.)-])"), r"\1\\\2"
_SPECIAL = re.compile(r"([\\`*_\[\]!|~@])")


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table; of many rows the first ones."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows[:MAX_ROWS]:
        yield f"| {' | '.join(map(escaped, row))} |"
    yield ""
    yield from more_line(len(rows))


def more_line(count: int) -> Iterator[str]:
    """How many of ``count`` rows are not shown, if any."""
    if count > MAX_ROWS:
        yield f"and {count - MAX_ROWS} more"
        yield ""


def folded(title: str, lines: Sequence[str], language: str = "text") -> Iterator[str]:
    """Lines as they are, below a title that opens them."""
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from fenced(lines, language)
    yield "</details>"
    yield ""


def fenced(lines: Sequence[str], language: str = "text") -> Iterator[str]:
    """Lines as they are, as a block of code."""
    shown = mask_text("\n".join(lines)).split("\n")
    longest = max((len(run) for run in re.findall(r"`+", "\n".join(shown))), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from ("".join(c if c.isprintable() else "·" for c in row) for row in shown)
    yield fence
    yield ""


def quoted(text: str) -> Iterator[str]:
    """Text as it is, line by line, as a quotation."""
    for line in mask_text(text).splitlines():
        bare = line.lstrip()
        indent = "&nbsp;" * (len(line.expandtabs()) - len(bare.expandtabs()))
        yield f"> {indent}{_BLOCK.sub(_ESCAPE, _escaped(bare.rstrip()))}  "
    yield ""


def escaped(value: object) -> str:
    """One line of escaped text."""
    line = mask_text(" ".join(str(value).split()))
    return _escaped(line if len(line) <= _MAX_TEXT_CHARS else line[: _MAX_TEXT_CHARS - 1] + "…")


def _escaped(line: str) -> str:
    line = "".join(c if c.isprintable() else "·" for c in line)
    return _SPECIAL.sub(r"\\\1", html.escape(line, quote=False))
