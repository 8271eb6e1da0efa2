"""A comparison as one HTML page, without scripts: for an artifact or a mail."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from agentrec.compare.comparison_text import difference_lines, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.compare.comparison import Comparison
    from agentrec.compare.gate import RuleVerdict

_STYLE = """\
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 1rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; }
th, td { border-bottom: 1px solid #8884; }
pre { overflow-x: auto; } .broken { color: light-dark(#c0262d, #ff7b81); }
"""


def html_page(
    comparisons: Sequence[Comparison],
    more: Sequence[Iterable[str]],
    verdicts: Sequence[RuleVerdict],
) -> str:
    """All comparisons and verdicts; ``more`` are further lines for each comparison."""
    parts = [part for it, lines in zip(comparisons, more, strict=True) for part in _one(it, lines)]
    gate = "".join(_gate(verdicts)) if verdicts else ""
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Comparison</title>\n<style>\n{_STYLE}</style>\n"
        f"<h1>Comparison</h1>\n{''.join(parts)}{gate}</html>\n"
    )


def _one(comparison: Comparison, more: Iterable[str]) -> Iterator[str]:
    runs = (comparison.left, comparison.right)
    yield f"<h2>A {escape(runs[0].name)}<br>B {escape(runs[1].name)}</h2>\n"
    yield from _table([("", "A", "B"), *rows_of(runs)])
    yield from _list([*difference_lines(comparison), *more])
    for path, diff in comparison.trees.diffs.items():
        yield f"<details><summary>{escape(path)}</summary><pre>{escape(diff)}</pre></details>\n"


def _gate(verdicts: Sequence[RuleVerdict]) -> Iterator[str]:
    yield "<h2>Gate</h2>\n<ul>\n"
    for it in verdicts:
        yield f'<li class="{"broken" if it.broken else "held"}">{escape(f"{it.name}: {it.line}")}</li>\n'
    yield "</ul>\n"


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "<table>\n"
    for name, *cells in rows:
        yield f"<tr><th>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n"
    yield "</table>\n"


def _list(lines: Iterable[str]) -> Iterator[str]:
    yield "<ul>\n"
    yield from (f"<li>{escape(line.strip())}</li>\n" for line in lines)
    yield "</ul>\n"
