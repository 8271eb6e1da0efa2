"""What model calls cost: dated list prices from ``prices.toml`` and the user's own, and no guesses."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agentrec.config import NoHomeError, config_file
from agentrec.errors import UsageError
from agentrec.report.price_list import PriceList, read_prices

if TYPE_CHECKING:
    from agentrec.recording.events.llm import Usage

PRICES_FILE = Path(__file__).with_name("prices.toml")
_TOKENS_PER_PRICE = 1e6
# Rounded to what no sum of calls can show, so that 0.1 + 0.2 stays 0.3 in a file.
_DIGITS = 9


def cost(model: str, usage: Usage, *, variant: str = "") -> float | None:
    """Return US dollars of one call by list price; None if the model, or a kind of token it used, has none.

    ``variant`` names a mode with prices of its own ("fast").
    """
    prices = _prices()
    name = prices.name_of(model, variant)
    if name is None:
        return None
    price = prices.models[name]
    if "above" in price and usage.prompt > price["above"]:
        price = price["long"]
    counts = (
        (usage.input, price.get("input")),
        (usage.output, price.get("output")),
        (usage.cache_read, price.get("cache_read")),
        (usage.cache_write - usage.cache_write_1h, price.get("cache_write")),
        (usage.cache_write_1h, price.get("cache_write_1h")),
    )
    total = 0.0
    for count, per_million in counts:
        if not count:
            continue
        if per_million is None:
            return None
        total += count * per_million
    total *= 1 + prices.surcharge(model, name)
    searches = usage.web_searches * prices.search_price(name)
    return round(total / _TOKENS_PER_PRICE + searches, _DIGITS)


def as_of() -> str:
    """Return the day these prices were looked up, as ``2026-01-31``."""
    return _prices().as_of


def known_models() -> list[str]:
    """Return the names of all models that have a price."""
    return sorted(_prices().models)


def user_file() -> str | None:
    """Return the user's own price file, which need not exist; None without a home."""
    try:
        return os.path.join(os.path.dirname(config_file(os.environ)), "prices.toml")
    except NoHomeError:
        return None


@cache
def _prices() -> PriceList:
    """Our list with the user's own over it. A broken one is left out: `agentrec prices` says why."""
    prices = read_prices(str(PRICES_FILE))
    path = user_file()
    if path and os.path.exists(path):
        with suppress(UsageError):
            return prices.with_own(read_prices(path))
    return prices
