"""Levels and limits: the defaults in ``guard.toml``, the user's settings, and the project's."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple, cast

from agentrec.config import PROJECT_FILE, NoHomeError, config_file, parse_toml, read_plain
from agentrec.errors import UsageError
from agentrec.gitignore import IgnoreLevel, parse_patterns
from agentrec.guard.finding import LEVELS, OFF, RULES
from agentrec.snapshots.scan.snapshot_rules import pattern_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agentrec.json_values import JsonObject

_LISTS = ("ignored", "allowed", "protected", "tests")
_MAX_SETTINGS_BYTES = 1 << 20


class PathPatterns:
    """Patterns as in .gitignore, of whole paths; a path in a directory that matches does, too."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._level = IgnoreLevel(None, b"", parse_patterns("\n".join(patterns).encode()))
        self._folders: dict[str, bool | None] = {"": None}
        self.patterns = tuple(patterns)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def matches(self, path: str) -> bool:
        """Whether a file's path matches."""
        verdict = self._level.verdict(os.fsencode(path), is_folder=False)
        return bool(self._folder(path.rpartition("/")[0]) if verdict is None else verdict)

    def _folder(self, path: str) -> bool | None:
        if path not in self._folders:
            verdict = self._level.verdict(os.fsencode(path), is_folder=True)
            above = self._folder(path.rpartition("/")[0])
            self._folders[path] = above if verdict is None else verdict
        return self._folders[path]


class GuardSettings(NamedTuple):
    """See ``guard.toml`` for what each means."""

    levels: Mapping[str, str]
    limits: Mapping[str, int]
    ignored: PathPatterns
    allowed: PathPatterns
    protected: PathPatterns
    tests: PathPatterns
    baseline: str

    def level(self, rule: str) -> str:
        """The level of a rule."""
        return self.levels[rule]

    def wants(self, rules: Iterable[str]) -> bool:
        """Whether one of these rules is not off."""
        return any(self.levels[rule] != OFF for rule in rules)

    def only(self, rules: Iterable[str]) -> GuardSettings:
        """The same with all other rules off."""
        chosen = frozenset(rules)
        levels = {rule: level if rule in chosen else OFF for rule, level in self.levels.items()}
        return self._replace(levels=levels)

    def as_json(self) -> JsonObject:
        """All of it, as the settings files name it."""
        lists = {name: list(getattr(self, name).patterns) for name in _LISTS}
        levels, limits = dict(self.levels), dict(self.limits)
        return {**lists, "baseline": self.baseline, "levels": levels, "limits": limits}


def load_settings(env: Mapping[str, str], project: bytes | None) -> GuardSettings:
    """The settings that apply. ``project`` is the content of the project's file, if it has one.

    Raises UsageError for invalid settings.
    """
    merged = _table(files(__package__).joinpath("guard.toml").read_bytes(), "guard.toml")
    try:
        path = config_file(env)
        merged = _merged(merged, _table(read_plain(path, _MAX_SETTINGS_BYTES), path), path)
    except (NoHomeError, OSError):
        pass
    if project is not None:
        merged = _merged(merged, _table(project, PROJECT_FILE), PROJECT_FILE)
    return _settings(merged)


def project_file(folder: str) -> bytes | None:
    """The content of the project's settings file in ``folder``; None if there is none."""
    try:
        return read_plain(os.path.join(folder, PROJECT_FILE), _MAX_SETTINGS_BYTES)
    except OSError:
        return None


def _settings(merged: JsonObject) -> GuardSettings:
    lists = {name: PathPatterns(cast("list[str]", merged[name])) for name in _LISTS}
    return GuardSettings(
        levels=cast("dict[str, str]", merged["levels"]),
        limits=cast("dict[str, int]", merged["limits"]),
        baseline=str(merged["baseline"]),
        **lists,
    )


def _table(raw: bytes, path: str) -> JsonObject:
    try:
        table = parse_toml(raw).get("guard", {})
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: guard must be a table")
    return table


def _merged(base: JsonObject, more: JsonObject, path: str) -> JsonObject:
    merged = dict(base)
    for name, value in more.items():
        merged[name] = _one(base, name, value, f"{path}: guard.{name}")
    return merged


def _one(base: JsonObject, name: str, value: object, where: str) -> object:
    if name in _LISTS:
        return [*cast("list[str]", base[name]), *pattern_list(value, where)]
    if name in ("levels", "limits") and isinstance(value, dict):
        check = _check_level if name == "levels" else _check_limit
        known = cast("JsonObject", base[name])
        for key, one in value.items():
            if key not in known:
                raise UsageError(f"{where} has no {key}", f"use one of {', '.join(known)}")
            check(one, f"{where}.{key}")
        return {**known, **value}
    if name == "baseline" and isinstance(value, str):
        return value
    raise UsageError(f"{where} is not a valid setting", "see `docs/guard.md`")


def _check_level(value: object, where: str) -> None:
    if value not in (*LEVELS, OFF):
        raise UsageError(f"{where} must be one of {', '.join((*LEVELS, OFF))}, not {value!r}")


def _check_limit(value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"{where} must be a whole number, not {value!r}")


def check_rule(name: str) -> str:
    """``name``, if it is that of a rule. Raises UsageError."""
    if name not in RULES:
        raise UsageError(f"unknown rule {name!r}", f"use one of {', '.join(RULES)}")
    return name
