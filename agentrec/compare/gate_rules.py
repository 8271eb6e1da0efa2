"""The small language of gates: ``cost>+20%``, ``tests``, ``files-outside:src/``, ``tool:Bash fails``.

    rule    = "tests" | "exit" | "files-outside:" PATHS | "tool:" NAME " fails" | figure ">" limit
    figure  = "cost" | "turns" | "tools" | "errors" | "tokens" | "duration" | "tool:" NAME
    limit   = "+" NUMBER "%" | "+" NUMBER | NUMBER "x" | NUMBER [unit]
    unit    = "s" | "m" | "h", for durations
    PATHS   = paths of files or folders, with commas between them

A limit with ``+`` or ``x`` is relative to the run that is compared with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

TESTS, EXIT, OUTSIDE, TOOL_FAILS, FIGURE = "tests", "exit", "files-outside", "tool-fails", "figure"
FIGURES = ("cost", "turns", "tools", "errors", "tokens", "duration")
_EXAMPLES = (
    "use tests, exit, files-outside:src/, tool:Bash fails, cost>+20%, turns>40 or duration>2x"
)
_LIMIT = re.compile(
    r"(?P<plus>\+)?\$?(?P<number>\d{1,12}(?:\.\d{1,6})?)(?P<unit>%|x|s|m|h)?", re.ASCII
)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Limit(NamedTuple):
    """``how`` is ``value``, ``more`` (than the baseline), ``percent`` (more) or ``times``."""

    how: str
    number: float

    @property
    def is_relative(self) -> bool:
        """Whether it needs a run to compare with."""
        return self.how != "value"

    def against(self, baseline: float) -> float:
        """The largest value that is allowed."""
        match self.how:
            case "percent":
                return baseline * (1 + self.number / 100)
            case "times":
                return baseline * self.number
            case "more":
                return baseline + self.number
        return self.number


class GateRule(NamedTuple):
    """One rule. ``text`` is how the user wrote it; ``name`` a figure or tool, ``paths`` what is allowed."""

    text: str
    kind: str
    name: str = ""
    limit: Limit | None = None
    paths: tuple[str, ...] = ()

    @property
    def is_relative(self) -> bool:
        """Whether it needs a run to compare with."""
        return self.limit is not None and self.limit.is_relative


def parse_rules(texts: Iterable[str]) -> list[GateRule]:
    """Every rule. Raises UsageError for one that is not understood."""
    return [parse_rule(text) for text in texts]


def parse_rule(text: str) -> GateRule:
    """One rule. Raises UsageError."""
    bare = text.strip()
    if bare in (TESTS, EXIT):
        return GateRule(bare, bare)
    head, colon, rest = bare.partition(":")
    if head == OUTSIDE and colon:
        return _outside(bare, rest)
    if head == "tool" and bare.endswith(" fails"):
        return GateRule(bare, TOOL_FAILS, _tool(text, rest.removesuffix(" fails")))
    figure, sign, limit = bare.partition(">")
    if not sign:
        raise UsageError(f"invalid rule {text!r}", _EXAMPLES)
    name = figure.strip()
    if name.startswith("tool:"):
        _tool(text, name.removeprefix("tool:"))
    elif name not in FIGURES:
        raise UsageError(f"unknown figure {name!r} in rule {text!r}", f"use {', '.join(FIGURES)}")
    return GateRule(bare, FIGURE, name, _limit(text, name, limit.strip()))


def _outside(text: str, rest: str) -> GateRule:
    paths = tuple(path for part in rest.split(",") if (path := part.strip().removeprefix("./")))
    if not paths:
        raise UsageError(f"missing path in rule {text!r}", "use files-outside:src/,tests/")
    return GateRule(text, OUTSIDE, paths=paths)


def _tool(text: str, name: str) -> str:
    name = name.strip()
    if not name:
        raise UsageError(f"missing tool in rule {text!r}", "use tool:Bash fails or tool:Bash>10")
    return name


def _limit(text: str, name: str, limit: str) -> Limit:
    found = _LIMIT.fullmatch(limit)
    if not found:
        raise UsageError(f"invalid limit {limit!r} in rule {text!r}", "use 40, +5, +20% or 2x")
    number, unit, plus = float(found["number"]), found["unit"] or "", bool(found["plus"])
    if (unit == "%" and not plus) or (unit == "x" and plus):
        raise UsageError(f"invalid limit {limit!r} in rule {text!r}", "use +20% or 2x")
    if unit in _SECONDS and name != "duration":
        raise UsageError(f"invalid limit {limit!r} in rule {text!r}: {name} is not a time")
    if unit == "%":
        return Limit("percent", number)
    if unit == "x":
        return Limit("times", number)
    return Limit("more" if plus else "value", number * _SECONDS.get(unit, 1.0))
