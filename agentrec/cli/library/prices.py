"""Show list prices of models, in US dollars per million tokens.

agentrec prices                        all
agentrec prices claude-opus-5-5        those of some, under any name an agent uses
agentrec prices --check prices.toml    check a price file

Your own prices come first: prices.toml beside your config.toml, in the format of agentrec's own file.
Calls are priced when they are recorded.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.errors import ExitCode
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.report.price_list import PriceList

_KINDS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="*", metavar="MODEL", help="a model's name")
    parser.add_argument("--check", metavar="FILE", help="check a price file and stop")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from agentrec.report import pricing
    from agentrec.report.price_list import read_prices

    if args.check:
        checked = read_prices(args.check)
        print(f"{printable(args.check)}: {plural(len(checked.models), 'price')}, no errors")
        return ExitCode.OK
    prices = read_prices(str(pricing.PRICES_FILE))
    own = pricing.user_file()
    if own and os.path.exists(own):
        prices = prices.with_own(read_prices(own))
    names = {model: prices.name_of(model) for model in args.models or prices.models}
    if args.json:
        rows = {model: prices.models[name] if name else None for model, name in names.items()}
        print_json({"as_of": prices.as_of, "own_file": own, "models": rows})
    else:
        print("\n".join(printable(line) for line in _lines(prices, names)))
    return ExitCode.OK if all(names.values()) else ExitCode.NO


def _lines(prices: PriceList, names: dict[str, str | None]) -> list[str]:
    width = max(len(model) for model in ("model", *names))
    lines = [f"{'model':<{width}}" + "".join(f"{kind:>15}" for kind in _KINDS)]
    for model, name in names.items():
        if name is None:
            lines.append(f"{model:<{width}}  no known price")
            continue
        factor = 1 + prices.surcharge(model, name)
        price = prices.models[name]
        figures = (price.get(kind) for kind in _KINDS)
        cells = (
            f"{factor * value:g}" if isinstance(value, int | float) else "" for value in figures
        )
        lines.append(f"{model:<{width}}" + "".join(f"{cell:>15}" for cell in cells))
    return [*lines, f"dollars per million tokens, list prices of {prices.as_of}"]
