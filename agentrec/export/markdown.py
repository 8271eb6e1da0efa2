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
    shown = mask_text("\n".join(lines)).split("\n")
    longest = max((len(run) for run in re.findall(r"`+", "\n".join(shown))), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield f"{fence}{language}"
    yield from ("".join(c if c.isprintable() else "·" for c in row) for row in shown)
    yield fence
    yield ""
    yield "</details>"
    yield ""


def escaped(value: object) -> str:
    """One line of escaped text."""
    line = mask_text(" ".join(str(value).split()))
    line = line if len(line) <= _MAX_TEXT_CHARS else line[: _MAX_TEXT_CHARS - 1] + "…"
    line = "".join(c if c.isprintable() else "·" for c in line)
    return _SPECIAL.sub(r"\\\1", html.escape(line, quote=False))
