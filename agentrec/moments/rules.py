"""The rules of milestones, which are data: ``rules.toml`` beside this file says how they read."""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from typing import NamedTuple

PRODUCER = "agentrec.moments/1"  # counts up whenever the same recording gives other moments

PASSED, FAILED, OK, NONE, WAITING = "passed", "failed", "ok", "none", "waiting"


class LineRule(NamedTuple):
    """What a line of output means; see rules.toml for the fields."""

    name: str
    kind: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    after: re.Pattern[str] | None
    label: str
    status: str
    summed: bool


class CommandRule(NamedTuple):
    """What a command line does, and what is said when it has ended well or not."""

    kind: str
    pattern: re.Pattern[str]
    done: str
    failed: str


class Rules(NamedTuple):
    """All of them; ``words`` finds what is in every line that a rule may match."""

    lines: tuple[LineRule, ...]
    commands: dict[str, CommandRule]
    words: re.Pattern[str]
    summed: frozenset[str]


@cache
def rules() -> Rules:
    """The rules, read once."""
    with open(os.path.join(os.path.dirname(__file__), "rules.toml"), "rb") as file:
        table = tomllib.load(file)
    lines = tuple(
        LineRule(
            it["name"],
            it["kind"],
            tuple(it["words"]),
            re.compile("|".join(it["pattern"])),
            re.compile(it["after"]) if "after" in it else None,
            it.get("label", ""),
            it.get("status", ""),
            it.get("summed", False),
        )
        for it in table["line"]
    )
    commands = {
        it["kind"]: CommandRule(
            it["kind"],
            # At the start of a word of its own: `my-make`, `x.git commit` and `makefile` are others.
            re.compile(rf"(?:^|[\s;&|(`\"'/])(?:{'|'.join(it['words'])})(?![\w.-])"),
            it["done"],
            it["failed"],
        )
        for it in table["command"]
    }
    words = sorted({re.escape(word) for line in lines for word in line.words})
    summed = frozenset(line.name for line in lines if line.summed)
    return Rules(lines, commands, re.compile("|".join(words)), summed)


def kind_of_command(text: str) -> str:
    """What kind of milestone a command line is about; empty for none."""
    found = (rule.kind for rule in rules().commands.values() if rule.pattern.search(text))
    return next(found, "")
