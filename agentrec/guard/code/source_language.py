"""The languages that the guard reads, from ``languages.toml``."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class SourceLanguage(NamedTuple):
    """Kinds of nodes in the syntax trees of a language; see ``languages.toml``."""

    name: str
    functions: frozenset[str]
    lists: frozenset[str]
    loose: frozenset[str]
    receivers: frozenset[str]
    branches: frozenset[str]
    operators: frozenset[str]
    nests: frozenset[str]


def language_of(path: str) -> SourceLanguage | None:
    """The language of a file, by its suffix."""
    return _by_suffix().get(os.path.splitext(path)[1].lower())


@cache
def language_names() -> tuple[str, ...]:
    """All of them."""
    return tuple(_tables())


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    raw = tomllib.loads(files(__package__).joinpath("languages.toml").read_text())
    return {name: {**raw.get(table.get("like", ""), {}), **table} for name, table in raw.items()}


@cache
def _by_suffix() -> dict[str, SourceLanguage]:
    return {
        suffix: _language(name, table)
        for name, table in _tables().items()
        for suffix in table["suffixes"]
    }


def _language(name: str, table: dict[str, list[str]]) -> SourceLanguage:
    kinds = {key: frozenset(table.get(key, ())) for key in table if key not in ("suffixes", "like")}
    none: frozenset[str] = frozenset()
    return SourceLanguage(
        name,
        kinds["functions"],
        kinds.get("lists", none),
        kinds.get("loose", none),
        kinds.get("receivers", none),
        kinds["branches"],
        kinds["operators"],
        kinds["nests"],
    )
