"""What is in a snapshot: the defaults in ``defaults.toml``, and the user's and the project's settings."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple, cast

from agentrec.config import PROJECT_FILE, NoHomeError, config_file, parse_toml, read_plain
from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

_UNIT_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_MAX_SETTINGS_BYTES = 1 << 20
_SIZES = ("small", "largest", "most-bytes")
_NUMBERS = ("most-files", "interval", "share", "watch-from", "watch-share", "full-scan")
_LISTS = ("out", "keep", "file-systems")


class SnapshotRules(NamedTuple):
    """Sizes in bytes, ``interval`` and ``full_scan`` in seconds; ``defaults.toml`` says what each means."""

    enabled: bool
    out: tuple[str, ...]
    keep: tuple[str, ...]
    small: int
    largest: int
    most_files: int
    most_bytes: int
    interval: float
    share: float
    watch_from: int
    watch_share: float
    full_scan: float
    file_systems: tuple[str, ...]


def load_rules(env: Mapping[str, str], workspace: str) -> SnapshotRules:
    """The rules that apply in ``workspace``. Raises UsageError for invalid settings."""
    settings = _merge({}, default_settings(), "defaults.toml")
    try:
        path = config_file(env)
        settings = _merge(settings, _read(path), path)
    except NoHomeError:
        pass
    # A project's file comes with somebody's repository: it may leave out more, never less.
    path = os.path.join(workspace, PROJECT_FILE)
    more_out = [item for item in _out(_merge({}, _read(path), path)) if not item.startswith("!")]
    settings["out"] = [*_out(settings), *more_out]
    values = {
        name.replace("-", "_"): tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
    }
    return SnapshotRules(**values)  # type: ignore[arg-type]  # _merge has checked them


def default_settings() -> JsonObject:
    """The settings of ``defaults.toml`` as they are written there."""
    table: JsonObject = tomllib.loads(files(__package__).joinpath("defaults.toml").read_text())
    return cast("JsonObject", table["snapshots"])


def check_setting(path: str, name: str, value: object, *, is_project: bool) -> None:
    """Raises UsageError if the file ``path``, of a project or of the user, may not have this setting."""
    if is_project and name != "out":
        raise UsageError(f"{path}: snapshots.{name} cannot be set here", "use one of out")
    _merge({}, {name: value}, path)


def _out(settings: JsonObject) -> list[str]:
    return cast("list[str]", settings.get("out", []))


def _read(path: str) -> JsonObject:
    try:
        table = parse_toml(read_plain(path, _MAX_SETTINGS_BYTES)).get("snapshots", {})
    except OSError:
        return {}
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: snapshots must be a table")
    return table


def _merge(base: JsonObject, more: JsonObject, path: str) -> JsonObject:
    """``base`` with the settings that the file ``path`` has. Raises UsageError for an invalid one."""
    merged = dict(base)
    for name, value in more.items():
        where = f"{path}: snapshots.{name}"
        if name in _LISTS:
            merged[name] = [*cast("list[str]", merged.get(name, [])), *pattern_list(value, where)]
        elif name in _SIZES:
            merged[name] = parse_size(value, where)
        elif name in _NUMBERS:
            merged[name] = _number(value, where)
        elif name == "enabled" and isinstance(value, bool):
            merged[name] = value
        else:
            raise UsageError(f"{where} is not a valid setting", "see `docs/snapshots.md`")
    return merged


def pattern_list(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where} must be a list of patterns")
    return value


def _number(value: object, where: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise UsageError(f"{where} must be a number")
    return value


def parse_size(value: object, where: str) -> int:
    """The bytes of ``1048576`` or ``"50 MB"``. Raises UsageError that begins with ``where``."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kKmMgGtT]?[bB]?)\s*", str(value))
    unit = match[2].upper() if match else "?"
    unit = unit + "B" if unit in ("K", "M", "G", "T") else unit
    if match is None or not isinstance(value, str) or unit not in _UNIT_BYTES:
        raise UsageError(f"{where} must be a size such as 50 MB, not {value!r}")
    return round(float(match[1]) * _UNIT_BYTES[unit])
