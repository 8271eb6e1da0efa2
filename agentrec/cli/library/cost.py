"""Show what model calls cost, over many recordings.

agentrec cost                          by model
agentrec cost --by day --since 30d     day by day
agentrec cost --by project --agent claude

Costs are list prices; calls without a known price count in tokens only. A call counts once, also if
several recordings have it: copies, or one that was made within another.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.library.selection import add_filters, filters_of, library
from agentrec.columns import columns as columns_of
from agentrec.columns import cut, padded
from agentrec.errors import ExitCode
from agentrec.library.totals import GROUPINGS, CostRow, UnpricedModel, cost, cost_data, unpriced
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_BAR, _LEAST = 30, 4  # columns: the longest, and the shortest worth drawing
_PARTS = " ▏▎▍▌▋▊▉█"
_WIDEST = 40  # columns of a name
_HEADINGS = ("", "cost", "calls", "in", "out", "cached", "written")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_by(parser)
    add_filters(parser)
    add_json(parser)


def add_by(parser: argparse.ArgumentParser) -> None:
    """The option --by."""
    parser.add_argument(
        "--by", choices=GROUPINGS, default="model", help="what to group by (default: model)"
    )


def run(args: argparse.Namespace) -> int:
    filters = filters_of(args)
    with library(filters) as store:
        spent = cost(store, filters, args.by)
        models = unpriced(store, filters)
    print_cost(spent, args.by, models, as_json=args.json)
    return ExitCode.OK


def print_cost(
    spent: list[CostRow], by: str, models: list[UnpricedModel], *, as_json: bool
) -> None:
    """Print costs, grouped by ``by``; ``models`` are those without a price."""
    if as_json:
        print_json(cost_data(spent, by, models))
    elif spent:
        print("\n".join(cost_lines(spent, models)))
    else:
        print("no model calls in these recordings")


def cost_lines(spent: list[CostRow], models: list[UnpricedModel]) -> Iterator[str]:
    from agentrec.report import pricing
    from agentrec.report.event_text import dollars

    table = [_HEADINGS, *map(_cells, spent)]
    costs = [it.cost for it in spent if it.cost is not None]
    widths = [max(columns_of(line[at]) for line in table) for at in range(len(_HEADINGS))]
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 200
    room = min(_BAR, columns - sum(widths) - 2 * len(widths))  # left over by the figures
    bars = [0.0, *(it.cost or 0.0 for it in spent)]
    longest = max(bars)
    for (name, *figures), value in zip(table, bars, strict=True):
        cells = (f"{it:>{width}}" for it, width in zip(figures, widths[1:], strict=True))
        drawn = bar(value, longest, room) if room >= _LEAST else ""
        yield cut(f"{padded(name, widths[0])}  {'  '.join(cells)}  {drawn}".rstrip(), columns)
    total = dollars(sum(costs)) if costs else "no known prices"
    yield f"\n{total} by list prices of {pricing.as_of()}"
    if models:
        yield "not counting calls without a known price (+):"
    for model in models:
        name = printable(model.model)[:_WIDEST]
        yield f"  {name}: {plural(model.calls, 'call')}, {plural(model.tokens, 'token')}"


def _cells(it: CostRow) -> tuple[str, ...]:
    from agentrec.report.event_text import dollars

    counts = (it.calls, it.input, it.output, it.cache_read, it.cache_write)
    price = dollars(it.cost) or "?"
    return (
        cut(printable(it.name), _WIDEST),
        f"{price}+" if it.cost is not None and it.without_price else price,
        *(f"{count:,}" for count in counts),
    )


def bar(value: float, most: float, columns: int = _BAR) -> str:
    """A bar for ``value``, where ``most`` fills ``columns``, to the eighth of a column."""
    eighths = round(8 * columns * value / most) if most > 0 else 0
    return _PARTS[8] * (eighths // 8) + (_PARTS[eighths % 8] if eighths % 8 else "")
