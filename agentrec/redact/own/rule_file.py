"""Reads ``redact.toml``: packs, rules, allow lists. What is wrong is said with file and rule."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from agentrec.config import parse_toml, read_plain
from agentrec.errors import UsageError
from agentrec.redact.own.bounded_pattern import MAX_MATCH_BYTES, BoundedPattern
from agentrec.redact.own.own_rule import AllowList, OwnRule, RulePaths
from agentrec.redact.own.rule_set import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentrec.json_values import JsonObject

_PACKS_FILE = os.path.join(os.path.dirname(__file__), "packs.toml")
_MAX_FILE_BYTES = 1 << 20
_MAX_RULES = 200
_MAX_ITEMS = 1000
_MAX_PATTERN_CHARS = 1000
# A value that is assigned to a keyword is no shorter, unless the rule says so.
_MIN_VALUE_CHARS = 4
_MIN_KEYWORD_CHARS = 2
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TOP = ("packs", "rule", "allow")
_RULE = ("name", "pattern", "keyword", "min-length", "max-length", "allow", "paths")
_ALLOW = ("texts", "patterns", "paths")


def read_rules(files: Iterable[tuple[str, bool]]) -> RuleSet:
    """The rules of those files that exist; each comes with whether it is a project's.

    A project's file comes with somebody's repository: what it allows holds for its own rules only.
    Raises UsageError.
    """
    rules: list[OwnRule] = []
    allow = AllowList()
    for path, is_project in files:
        if not os.path.lexists(path):
            continue
        own, allowed = _read(path)
        if is_project:
            own = [rule._replace(allow=_joined(rule.allow, allowed)) for rule in own]
        else:
            allow = allowed
        rules += [rule for rule in own if rule.name not in {known.name for known in rules}]
    return RuleSet(tuple(rules), allow)


def pack_names() -> list[str]:
    """The packs there are."""
    return list(_parsed(_PACKS_FILE))


def _joined(one: AllowList, other: AllowList) -> AllowList:
    paths = one.paths if other.paths is None else other.paths
    return AllowList(one.texts | other.texts, one.patterns + other.patterns, paths)


def _read(path: str) -> tuple[list[OwnRule], AllowList]:
    table = _parsed(path)
    _check_names(table, _TOP, path)
    rules = _of_packs(_texts(table.get("packs", []), f"{path}: packs"), path)
    raw = table.get("rule", [])
    if not isinstance(raw, list) or len(raw) > _MAX_RULES:
        raise UsageError(f"{path}: rules must be at most {_MAX_RULES} tables, each called [[rule]]")
    rules += [_rule(one, path, number) for number, one in enumerate(raw, 1)]
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{path}: rule {name}: the name is taken", "choose another one")
    return rules, _allow_list(table.get("allow", {}), f"{path}: allow")


def _parsed(path: str) -> JsonObject:
    try:
        raw = read_plain(path, _MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if len(raw) > _MAX_FILE_BYTES:
        raise UsageError(f"{path} is too large", "use at most 1 MB")
    try:
        table: JsonObject = parse_toml(raw)
    except ValueError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    return table


def _of_packs(names: Sequence[str], path: str) -> list[OwnRule]:
    packs = _parsed(_PACKS_FILE)
    rules: list[OwnRule] = []
    for name in dict.fromkeys(names):
        if name not in packs:
            raise UsageError(f"{path}: unknown pack {name!r}", f"use some of {', '.join(packs)}")
        pack = packs[name]
        assert isinstance(pack, list)
        rules += [_rule(one, _PACKS_FILE, number) for number, one in enumerate(pack, 1)]
    return rules


def _rule(raw: object, path: str, number: int) -> OwnRule:
    where = f"{path}: rule {number}"
    if not isinstance(raw, dict):
        raise UsageError(f"{where} must be a table", "begin it with [[rule]]")
    name = raw.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(f"{where} needs a name", "use up to 40 lowercase letters, digits, dashes")
    where = f"{path}: rule {name}"
    _check_names(raw, _RULE, where)
    keywords = tuple(text.lower() for text in _one_or_more(raw.get("keyword"), where, "keyword"))
    if any(len(keyword.strip()) < _MIN_KEYWORD_CHARS for keyword in keywords):
        raise UsageError(f"{where}: a keyword must have at least {_MIN_KEYWORD_CHARS} characters")
    pattern = raw.get("pattern")
    if pattern is None and not keywords:
        raise UsageError(f"{where} finds nothing", "give it a pattern or a keyword")
    least = 1 if pattern is not None else _MIN_VALUE_CHARS
    least = _length(raw.get("min-length", least), f"{where}: min-length")
    most = _length(raw.get("max-length", MAX_MATCH_BYTES), f"{where}: max-length")
    if least > most:
        raise UsageError(f"{where}: min-length {least} is more than max-length {most}")
    allow = raw.get("allow", [])
    return OwnRule(
        name,
        None if pattern is None else _pattern(pattern, f"{where}: pattern"),
        keywords,
        least,
        most,
        _allow_list(allow if isinstance(allow, dict) else {"texts": allow}, f"{where}: allow"),
        _paths(raw.get("paths"), f"{where}: paths"),
    )


def _allow_list(raw: object, where: str) -> AllowList:
    if not isinstance(raw, dict):
        raise UsageError(f"{where} must be a table", f"with {', '.join(_ALLOW)}")
    _check_names(raw, _ALLOW, where)
    patterns = _texts(raw.get("patterns", []), f"{where}.patterns")
    return AllowList(
        frozenset(_texts(raw.get("texts", []), f"{where}.texts")),
        tuple(_pattern(one, f"{where}.patterns") for one in patterns),
        _paths(raw.get("paths"), f"{where}.paths"),
    )


def _paths(raw: object, where: str) -> RulePaths | None:
    if raw is None:
        return None
    lines = _texts(raw, where)
    return RulePaths(lines) if lines else None


def _pattern(raw: object, where: str) -> BoundedPattern:
    if not isinstance(raw, str) or not 0 < len(raw) <= _MAX_PATTERN_CHARS:
        raise UsageError(f"{where} must be a text of at most {_MAX_PATTERN_CHARS} characters")
    try:
        return BoundedPattern(raw)
    except ValueError as error:
        raise UsageError(
            f"{where} {raw!r}: {error}", "see docs/redaction.md for the syntax"
        ) from None


def _one_or_more(raw: object, where: str, name: str) -> list[str]:
    if raw is None:
        return []
    return [raw] if isinstance(raw, str) else _texts(raw, f"{where}: {name}")


def _texts(raw: object, where: str) -> list[str]:
    is_list = isinstance(raw, list) and len(raw) <= _MAX_ITEMS
    if not isinstance(raw, list) or not is_list or not all(isinstance(one, str) for one in raw):
        raise UsageError(f"{where} must be a list of at most {_MAX_ITEMS} texts")
    return raw


def _length(raw: object, where: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= MAX_MATCH_BYTES:
        raise UsageError(f"{where} must be a number from 1 to {MAX_MATCH_BYTES}")
    return raw


def _check_names(table: JsonObject, allowed: Sequence[str], where: str) -> None:
    for name in table:
        if name not in allowed:
            raise UsageError(f"{where}: unknown name {name!r}", f"use {', '.join(allowed)}")
