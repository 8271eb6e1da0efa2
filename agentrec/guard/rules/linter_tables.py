"""Linter settings in files that hold other things, too."""

from __future__ import annotations

import configparser
import json

from agentrec.config import parse_toml
from agentrec.json_values import table

_PYTHON = (
    *("ruff", "mypy", "pylint", "flake8", "black", "isort", "bandit", "coverage", "pyright"),
    *("importlinter", "vulture"),
)
_NODE = (
    *("eslintConfig", "eslintIgnore", "prettier", "stylelint", "xo", "standard", "jest", "c8"),
    *("nyc", "husky", "lint-staged"),
)


def changed_tables(name: str, before: str, after: str) -> list[str]:
    """The tools whose settings differ in a file of this name."""
    read = {
        "pyproject.toml": _pyproject,
        "package.json": _package,
        "setup.cfg": _setup,
        "Cargo.toml": _cargo,
    }.get(name)
    if read is None:
        return []
    old, new = read(before), read(after)
    if old is None or new is None:
        return []  # half-written; the next look sees it whole
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def _pyproject(text: str) -> dict[str, object] | None:
    try:
        tools = table(parse_toml(text.encode()).get("tool"))
    except ValueError:
        return None
    return {tool: tools[tool] for tool in _PYTHON if tool in tools}


def _cargo(text: str) -> dict[str, object] | None:
    try:
        return {"lints": parse_toml(text.encode()).get("lints")}
    except ValueError:
        return None


def _package(text: str) -> dict[str, object] | None:
    try:
        document = table(json.loads(text or "{}"))
    except (ValueError, RecursionError):
        return None
    return {key: document[key] for key in _NODE if key in document}


def _setup(text: str) -> dict[str, object] | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return {
        section: dict(parser[section])
        for section in parser.sections()
        if section.partition(":")[0].partition("-")[0] in _PYTHON
    }
