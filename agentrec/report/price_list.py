"""A list of prices, and the names that models have in it.

Providers, gateways and agents add to a name where the model is served, by whom, a date, a context size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TypedDict, cast

from agentrec.config import parse_toml, read_plain
from agentrec.errors import UsageError

_FILE_LIMIT_BYTES = 1 << 20
_KINDS = frozenset({"input", "output", "cache_read", "cache_write", "cache_write_1h"})
_KEYS = _KINDS | {"above", "long"}

# A path before the name, a resource name of AWS with slashes, or a region of Bedrock.
_PREFIX = re.compile(r"^(?:[\w.:-]+/)*(?:[a-z]+(?:-[a-z]+)*\.)?(?:anthropic\.)?")
_REGION = re.compile(
    r"(?:^|[/:])(?!global\.)[a-z]+(?:-[a-z]+)*\.anthropic\.|/locations/(?!global/)"
)
_SUFFIX = re.compile(
    r"(?:-\d{8}|-\d{4}-\d{2}-\d{2}|@\d{8}|\[\w+\]|-latest|-preview(?:-[\d-]+)?|-v\d(?::\d)?"
    r"|:(?:beta|thinking|nitro|floor|extended))+$"
)
# OpenRouter's spelling: claude-4.6-opus, claude-sonnet-4.5.
_VERSION_FIRST = re.compile(r"^claude-(\d(?:[.-]\d)?)-(opus|sonnet|haiku|fable)$")


class Price(TypedDict, total=False):
    """US dollars per million tokens of each kind; for prompts of more than ``above`` tokens, ``long``."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    cache_write_1h: float
    above: int
    long: Price


@dataclass(frozen=True, slots=True)
class PriceList:
    """A price file. A model's key is its name, or ``NAME:VARIANT``."""

    as_of: str
    models: dict[str, Price]
    aliases: dict[str, str] = field(default_factory=dict)
    web_search: dict[str, float] = field(default_factory=dict)
    region: float = 0.0
    without_region: frozenset[str] = frozenset()

    def with_own(self, own: PriceList) -> PriceList:
        """Return this list with the models, aliases and searches of the user's own over it."""
        return replace(
            self,
            models=self.models | own.models,
            aliases=self.aliases | own.aliases,
            web_search=self.web_search | own.web_search,
        )

    def name_of(self, model: str, variant: str = "") -> str | None:
        """Return the key of a model, None if it has no price."""
        suffix = f":{variant}" if variant else ""
        for name in _spellings(model):
            key = self.aliases.get(name, name) + suffix
            if key in self.models:
                return key
        return None

    def surcharge(self, model: str, name: str) -> float:
        """Return what part of the price comes on top for where ``model``, in the list ``name``, is served."""
        if name.partition(":")[0] in self.without_region or not _REGION.search(model):
            return 0.0
        return self.region

    def search_price(self, name: str) -> float:
        """Return dollars for a web search by the model."""
        prices = (price for start, price in self.web_search.items() if name.startswith(start))
        return next(prices, 0.0)


def _spellings(model: str) -> list[str]:
    """Return names that a model may have in a list, the exact one first."""
    bare = _PREFIX.sub("", model)
    short = _SUFFIX.sub("", bare)
    first = _VERSION_FIRST.sub(r"claude-\2-\1", short)
    dashed = first.replace(".", "-") if first.startswith("claude-") else first
    return [model, bare, short, first, dashed]


def read_prices(path: str) -> PriceList:
    """Read a price file. Raises UsageError, which says what is wrong in it."""
    try:
        data = parse_toml(read_plain(path, _FILE_LIMIT_BYTES))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    models = _table(path, data, "models")
    for name, price in models.items():
        _check(path, name, price)
    surcharges = _table(path, data, "surcharges")
    return PriceList(
        str(data.get("as_of", "")),
        cast("dict[str, Price]", models),
        {name: str(model) for name, model in _table(path, data, "aliases").items()},
        {
            start: _number(path, f"web_search.{start}", price)
            for start, price in _table(path, data, "web_search").items()
        },
        _number(path, "surcharges.region", surcharges.get("region", 0.0)),
        frozenset(cast("list[str]", surcharges.get("without_region", []))),
    )


def _table(path: str, data: dict[str, object], name: str) -> dict[str, object]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        raise UsageError(f"{path}: {name} must be a table")
    return found


def _check(path: str, name: str, price: object) -> None:
    if not isinstance(price, dict):
        raise UsageError(f"{path}: {name}: a price must be a table, such as {{ input = 1.0 }}")
    if unknown := price.keys() - _KEYS:
        raise UsageError(
            f"{path}: {name}: unknown key {min(unknown)!r}", f"use {', '.join(sorted(_KEYS))}"
        )
    if ("above" in price) != ("long" in price):
        raise UsageError(f"{path}: {name}: 'above' and 'long' need each other")
    for kind in (_KINDS | {"above"}) & price.keys():
        _number(path, f"{name}.{kind}", price[kind])
    if "long" in price:
        _check(path, f"{name}.long", price["long"])


def _number(path: str, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise UsageError(f"{path}: {name}: invalid price {value!r}: use dollars, such as 2.5")
    return value
