"""What is in a snapshot: the defaults of ``defaults.toml``, the user's and the project's settings."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.config import PROJECT_FILE, NoHomeError, config_file, read_plain
from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZES = ("small", "largest", "most-bytes")
_NUMBERS = ("most-files", "interval", "share")
_LISTS = ("out", "keep")


class SnapshotRules(NamedTuple):
    """Sizes in bytes, ``interval`` in seconds; see ``defaults.toml`` for what each means."""

    enabled: bool
    out: tuple[str, ...]
    keep: tuple[str, ...]
    small: int
    largest: int
    most_files: int
    most_bytes: int
    interval: float
    share: float


def load_rules(env: Mapping[str, str], workspace: str) -> SnapshotRules:
    """The rules that apply in ``workspace``. Raises UsageError for a broken file."""
    table = tomllib.loads(files(__package__).joinpath("defaults.toml").read_text())["snapshots"]
    rules = _merge({}, table, "defaults.toml")
    try:
        path = config_file(env)
        rules = _merge(rules, _read(path), path)
    except NoHomeError:
        pass
    # A project's file comes with somebody's repository: it may have less kept, never more.
    project = os.path.join(workspace, PROJECT_FILE)
    ours = _read(project)
    extra = [item for item in _merge({}, ours, project).get("out", []) if not item.startswith("!")]
    rules["out"] = [*rules["out"], *extra]
    values: dict[str, Any] = {
        name.replace("-", "_"): tuple(value) if isinstance(value, list) else value
        for name, value in rules.items()
    }
    return SnapshotRules(**values)


def _read(path: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(read_plain(path, 1 << 20).decode()).get("snapshots", {})
    except OSError:
        return {}
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: snapshots must be a table")
    return table


def _merge(base: dict[str, Any], more: dict[str, Any], path: str) -> dict[str, Any]:
    merged = dict(base)
    for name, value in more.items():
        where = f"{path}: snapshots.{name}"
        if name in _LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise UsageError(f"{where} must be a list of patterns")
            merged[name] = [*merged.get(name, []), *value]
        elif name in _SIZES:
            merged[name] = parse_size(value, where)
        elif name in _NUMBERS:
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise UsageError(f"{where} must be a number")
            merged[name] = value
        elif name == "enabled" and isinstance(value, bool):
            merged[name] = value
        else:
            raise UsageError(f"{where} cannot be set like this", "see `docs/snapshots.md`")
    return merged


def parse_size(value: object, where: str) -> int:
    """Bytes of ``1048576`` or ``"50 MB"``. Raises UsageError, which begins with ``where``."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kKmMgGtT]?[bB]?)\s*", str(value))
    unit = found[2].upper() if found else "?"
    unit = unit + "B" if unit in ("K", "M", "G", "T") else unit
    if found is None or not isinstance(value, str) or unit not in _UNITS:
        raise UsageError(f"{where} must be a size such as 50 MB, not {value!r}")
    return round(float(found[1]) * _UNITS[unit])
