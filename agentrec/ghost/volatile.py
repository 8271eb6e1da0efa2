"""Requests without what may differ between two equal runs. The rules are in ``volatile.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gateway.part_store import canonical, hash_of
from agentrec.json_values import JsonObject, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.gateway.call_mask import CallMask

_RULES = Path(__file__).with_suffix(".toml")
STAR = "*"
# Stands for the working directory.
DIRECTORY = "/[cwd]"
FOLDER_NAME = "-[cwd]"


class VolatileRule(NamedTuple):
    """A member of the body that is left out, or a part of texts; and why."""

    api: str
    path: tuple[str, ...]
    pattern: re.Pattern[str] | None
    why: str

    def __str__(self) -> str:
        what = self.pattern.pattern if self.pattern else ".".join(self.path)
        return f"{what}: {self.why}"


@cache
def rules() -> tuple[VolatileRule, ...]:
    """Every rule, in the order of the file."""
    data = tomllib.loads(_RULES.read_text(encoding="utf-8"))
    drops = (
        VolatileRule(text(it.get("api")), tuple(it["path"].split(".")), None, it["why"])
        for it in data["drop"]
    )
    texts = (VolatileRule("", (), re.compile(it["pattern"]), it["why"]) for it in data["text"])
    return (*drops, *texts)


@cache
def volatile_files() -> dict[str, str]:
    """Names of files that an agent writes for itself, and why they may differ."""
    data = tomllib.loads(_RULES.read_text(encoding="utf-8"))
    return {it["name"]: it["why"] for it in data["file"]}


class Normalizer:
    """Makes requests of one run comparable. It ran in ``directory``, or ``inside`` that.

    A request repeats its history: what was seen before is remembered.
    """

    def __init__(self, directory: str, mask: CallMask, inside: str = "") -> None:
        self._mask = mask
        self._replaced = directory_names(directory, inside)
        self._known: dict[str, object] = {}

    def forget(self) -> None:
        """The mask knows more keys now."""
        self._known.clear()

    def body(self, api: str, body: JsonObject) -> object:
        """Return a request's body, masked, without what may differ."""
        value: object = {
            name: [*map(self._part, it)] if isinstance(it, list) else self._part(it)
            for name, it in body.items()
        }
        for rule in rules():
            if rule.path and rule.api in ("", api):
                value = _without(value, rule.path)
        return value

    def _part(self, value: object) -> object:
        name = hash_of(canonical(value))
        if name not in self._known:
            self._known[name] = self._texts(self._mask.value(value))
        return self._known[name]

    def _texts(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            kept = ((name, it) for name, it in value.items() if name != "cache_control")
            return {name: self._texts(it) for name, it in kept}
        if isinstance(value, list):
            return [self._texts(it) for it in value]
        return value

    def text(self, value: str) -> str:
        """Return a text without what may differ."""
        for directory, to in self._replaced:
            value = directory.sub(to, value)
        for rule in rules():
            if rule.pattern:
                value = rule.pattern.sub(_starred, value)
        return value


def directory_names(directory: str, inside: str = "") -> list[tuple[re.Pattern[str], str]]:
    """What finds the names of a directory and of the one ``inside``, and what stands for them."""
    stands_for = [DIRECTORY, DIRECTORY[1:], FOLDER_NAME, FOLDER_NAME]
    # A folder name may go on with that of a directory below.
    around = [("", r"(?![\w-])"), (r"(?<![\w./-])", r"(?![\w-])"), ("", r"(?!\w)"), ("", r"(?!\w)")]
    patterns = [
        re.compile(before + re.escape(name) + after)
        for name, (before, after) in zip(plain_names(directory, inside), around, strict=False)
    ]
    return list(zip(patterns, stands_for, strict=False))


def plain_names(directory: str, inside: str = "") -> list[str]:
    """How a directory and the one ``inside`` are named in texts: the directory, the same relative to the
    root (opencode outside of a repository), then folder names.

    Agents make folder names of theirs, with a dash for each character that is not a letter or digit.
    """
    if directory in ("", "/"):
        return []
    folders = [f"{directory}/{inside}", directory] if inside else [directory]
    # A single word may mean anything.
    relative = directory[1:] if "/" in directory[1:] else directory
    return [directory, relative, *(re.sub(r"[^A-Za-z0-9]", "-", it) for it in folders)]


def _starred(found: re.Match[str]) -> str:
    if not found.re.groups:
        return STAR
    start, stop = (at - found.start() for at in found.span(1))
    return found[0][:start] + STAR + found[0][stop:]


def _without(value: object, path: Iterable[str]) -> object:
    """A copy of ``value`` without the member at ``path``."""
    first, *rest = path
    name = first.removesuffix("[]")
    if not isinstance(value, dict) or name not in value:
        return value
    if not rest and name == first:
        return {key: it for key, it in value.items() if key != name}
    inner = value[name]
    if name != first:
        entries = inner if isinstance(inner, list) else []
        return value | {name: [_without(it, rest) for it in entries]} if rest else value
    return value | {name: _without(inner, rest)}
