"""The settings of ``[fleet]`` in the user's file: which remote, which server, and whether secrets are masked.

A project's file cannot set them: it comes with somebody's repository, and would say where recordings go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.config import NoHomeError, config_file, parse_toml, read_plain
from agentrec.errors import UsageError
from agentrec.fleet.bucket.remote import scheme_of
from agentrec.fleet.query.server_address import check_server, check_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULTS: dict[str, object] = {"remote": "", "redact": False, "server": "", "table": ""}
_MAX_FILE_BYTES = 1 << 20
_CHECKS: dict[str, Callable[[str], object]] = {
    "remote": scheme_of,
    "server": check_server,
    "table": check_table,
}


class FleetSettings(NamedTuple):
    """``remote`` is a URL, or empty. ``redact``: push masked copies. ``server`` is the URL of a ClickHouse
    that has the index in ``table``, or empty.
    """

    remote: str = ""
    redact: bool = False
    server: str = ""
    table: str = ""


def fleet_settings(env: Mapping[str, str]) -> FleetSettings:
    """What the user has set. Raises UsageError for a broken file."""
    try:
        path = config_file(env)
        raw = read_plain(path, _MAX_FILE_BYTES)
    except (NoHomeError, OSError):
        return FleetSettings()
    try:
        table = parse_toml(raw).get("fleet", {})
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: fleet must be a table")
    for key, value in table.items():
        check_fleet_setting(path, key, value, is_project=False)
    return FleetSettings(**table)


def check_fleet_setting(path: str, name: str, value: object, *, is_project: bool) -> None:
    """Raises UsageError if the file ``path`` may not have this setting."""
    if name not in DEFAULTS:
        raise UsageError(f"{path}: unknown setting fleet.{name}", f"use {', '.join(DEFAULTS)}")
    if is_project:
        raise UsageError(
            f"{path}: fleet.{name} cannot be set here", "set it without --project, for yourself"
        )
    wanted = type(DEFAULTS[name])
    if not isinstance(value, wanted):
        what = "true or false" if wanted is bool else "a string"
        raise UsageError(f"{path}: fleet.{name} must be {what}")
    if value and (check := _CHECKS.get(name)):
        check(str(value))
