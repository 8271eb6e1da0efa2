"""Texts without what differs between two equal runs: directories, ids, times.

The rules are in ``same_text.toml``.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from agentrec.ghost.volatile import rules as request_rules

_RULES = Path(__file__).with_suffix(".toml")
_MAX_DEPTH = 50
HERE, HOME = ".", "~"
_LITERAL = re.compile(r"^(?:\\b)?([^\\(\[]*).*", re.DOTALL)
_DIGIT = re.compile(r"\d")


class SameTextRule(NamedTuple):
    """A part of texts that may differ, what stands for it, and why."""

    pattern: re.Pattern[str]
    to: str
    why: str
    only: str


@cache
def rules() -> tuple[SameTextRule, ...]:
    """Every rule, in the order of the file."""
    entries = tomllib.loads(_RULES.read_text(encoding="utf-8"))["text"]
    return tuple(
        SameTextRule(re.compile(it["pattern"]), it["to"], it["why"], it.get("only", ""))
        for it in entries
    )


class SameText:
    """Makes texts of one run comparable with those of another."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []

    def add_place(self, path: str, name: str) -> None:
        """From now on ``name`` stands for the directory ``path``, however agents write it."""
        path = path.rstrip("/")
        if not path or path in self._places:
            return
        self._places[path] = name
        # Agents make folder names of it, with a dash for each character that is not a letter or digit.
        self._places.setdefault(re.sub(r"[^A-Za-z0-9]", "-", path), f"-{name}")
        places = sorted(self._places.items(), key=lambda item: -len(item[0]))
        self._patterns = [(re.compile(re.escape(it) + r"(?![\w-])"), to) for it, to in places]

    def words(self, text: str) -> str:
        """What a user or a model says, or asks a tool for."""
        for pattern, to in self._patterns:
            text = pattern.sub(to, text)
        return _replaced(text, "")

    def result(self, text: str) -> str:
        """What a tool returns."""
        for literal, pattern in _request_texts():
            if literal in text:
                text = pattern.sub(_without_group, text)
        return _replaced(self.words(text), "results")

    def value(self, value: object, depth: int = 0) -> object:
        """An input of a tool: its texts as :meth:`words`; what is nested too deep is left out."""
        if depth > _MAX_DEPTH:
            return None
        if isinstance(value, str):
            return self.words(value)
        if isinstance(value, dict):
            return {str(name): self.value(it, depth + 1) for name, it in value.items()}
        if isinstance(value, list):
            return [self.value(it, depth + 1) for it in value]
        return value


@cache
def _request_texts() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What ghosts do not compare in requests, with the words that each begins with: they are found faster."""
    patterns = (rule.pattern for rule in request_rules() if rule.pattern)
    return tuple((_LITERAL.sub(r"\1", it.pattern), it) for it in patterns)


def _replaced(text: str, only: str) -> str:
    if not _DIGIT.search(text):
        return text  # every rule is about digits
    return "\n".join([_replaced_line(line, only) for line in text.split("\n")])


@lru_cache(maxsize=20_000)
def _replaced_line(line: str, only: str) -> str:
    """Runs show the same lines again and again, and most lines have no digits."""
    if _DIGIT.search(line):
        for rule in rules():
            if rule.only == only:
                line = rule.pattern.sub(rule.to, line)
    return line


def _without_group(found: re.Match[str]) -> str:
    start, stop = (at - found.start() for at in found.span(found.re.groups))
    return found[0][:start] + "*" + found[0][stop:]
