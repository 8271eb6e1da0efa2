"""What model calls cost: dated list prices from ``prices.toml``, and no guesses."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_FILE = Path(__file__).with_name("prices.toml")

# What providers and agents put around a model's name: where it is served, a date, a context size.
_PREFIX = re.compile(r"^(?:[\w.-]+/)+|^(?:us|eu|apac|global)\.anthropic\.|^anthropic\.")
_SUFFIX = re.compile(
    r"(?:-\d{8}|-\d{4}-\d{2}-\d{2}|@\d{8}|\[\w+\]|-latest|-preview(?:-[\d-]+)?)+(?:-v\d(?::\d)?)?$"
)


class Usage(NamedTuple):
    """Tokens of one model call.

    The first four never overlap: ``input`` was neither read from a cache nor written to one.
    ``cache_write_1h`` is the part of ``cache_write`` that is kept for an hour, ``reasoning`` the part
    of ``output`` that was thinking.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0

    @property
    def prompt(self) -> int:
        """Everything that was sent."""
        return self.input + self.cache_read + self.cache_write

    def as_data(self) -> dict[str, int]:
        """For an event: the four counts always, the two parts where there are any."""
        data = self._asdict()
        for part in ("cache_write_1h", "reasoning"):
            if not data[part]:
                del data[part]
        return data


def cost(model: str, usage: Usage, *, variant: str = "") -> float | None:
    """US dollars of one call by list price; None when the model, or a kind of token it used, has none.

    ``variant`` names a mode with prices of its own ("fast").
    """
    price = _price(model, variant)
    if price is None:
        return None
    if usage.prompt > price.get("above", usage.prompt):
        price = price["long"]
    counts = {
        "input": usage.input,
        "output": usage.output,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write - usage.cache_write_1h,
        "cache_write_1h": usage.cache_write_1h,
    }
    used = {kind: count for kind, count in counts.items() if count}
    if not used.keys() <= price.keys():
        return None
    # Rounded to what no sum of calls can show, so that 0.1 + 0.2 stays 0.3 in a file.
    return round(sum(count * float(price[kind]) for kind, count in used.items()) / 1e6, 9)


def as_of() -> str:
    """The day these prices were looked up, as ``2026-01-31``."""
    return str(_data()["as_of"])


def _price(model: str, variant: str) -> dict[str, Any] | None:
    models: dict[str, dict[str, Any]] = _data()["models"]
    bare = _PREFIX.sub("", model)
    ending = f":{variant}" if variant else ""
    for name in (bare, _SUFFIX.sub("", bare)):
        if name + ending in models:
            return models[name + ending]
    return None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
