"""What model calls cost: dated list prices from ``prices.toml``, and no guesses."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

if TYPE_CHECKING:
    from agentrec.recording.events.llm import Usage

PRICES_FILE = Path(__file__).with_name("prices.toml")
_TOKENS_PER_PRICE = 1e6
# Rounded to what no sum of calls can show, so that 0.1 + 0.2 stays 0.3 in a file.
_DIGITS = 9

# What providers and agents add to a model's name: where it is served, a date, a context size.
_PREFIX = re.compile(r"^(?:[\w.-]+/)+|^(?:us|eu|apac|global)\.anthropic\.|^anthropic\.")
_SUFFIX = re.compile(
    r"(?:-\d{8}|-\d{4}-\d{2}-\d{2}|@\d{8}|\[\w+\]|-latest|-preview(?:-[\d-]+)?)+(?:-v\d(?::\d)?)?$"
)


class Price(TypedDict, total=False):
    """US dollars per million tokens of each kind; for prompts of more than ``above`` tokens, ``long``."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    cache_write_1h: float
    above: int
    long: Price


class Prices(TypedDict):
    """``prices.toml``. A model's key is its name, or ``NAME:VARIANT``."""

    as_of: object
    models: dict[str, Price]


def cost(model: str, usage: Usage, *, variant: str = "") -> float | None:
    """Return US dollars of one call by list price; None if the model, or a kind of token it used, has none.

    ``variant`` names a mode with prices of its own ("fast").
    """
    price = _price(model, variant)
    if price is None:
        return None
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
    return round(total / _TOKENS_PER_PRICE, _DIGITS)


def as_of() -> str:
    """Return the day these prices were looked up, as ``2026-01-31``."""
    return str(_prices()["as_of"])


def _price(model: str, variant: str) -> Price | None:
    models = _prices()["models"]
    bare = _PREFIX.sub("", model)
    suffix = f":{variant}" if variant else ""
    for name in (bare, _SUFFIX.sub("", bare)):
        if name + suffix in models:
            return models[name + suffix]
    return None


@cache
def _prices() -> Prices:
    return cast("Prices", tomllib.loads(PRICES_FILE.read_text(encoding="utf-8")))
