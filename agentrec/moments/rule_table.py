"""The rules of milestones, read from ``rules.toml`` beside this file, which describes its fields."""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from typing import NamedTuple

# Its number counts up whenever the same recording gives other moments.
PRODUCER = "agentrec.moments/3"

PASSED, FAILED, OK, NONE, WAITING = "passed", "failed", "ok", "none", "waiting"


class LineRule(NamedTuple):
    """What a line of output means; see rules.toml for the fields."""

    name: str
    kind: str
    words: tuple[str, ...]
    pattern: str
    after: str
    label: str
    status: str
    summed: bool


class CommandRule(NamedTuple):
    """The kind of a command line, and the labels for success and failure."""

    kind: str
    pattern: str
    done: str
    failed: str


class RuleTable(NamedTuple):
    """All rules. Every line that a rule may match has one of ``words``; ``by_word`` numbers the rules."""

    lines: tuple[LineRule, ...]
    commands: dict[str, CommandRule]
    words: re.Pattern[str]
    by_word: dict[str, frozenset[int]]
    summed: frozenset[str]

    def candidates(self, lower: str) -> list[LineRule]:
        """The rules that a line in lower case may match, in their order."""
        if not self.words.search(lower):  # nearly every line
            return []
        found = [self.by_word[word] for word in self.by_word if word in lower]
        return [self.lines[number] for number in sorted(set[int]().union(*found))]


@cache
def rule_table() -> RuleTable:
    """The rules, read once."""
    with open(os.path.join(os.path.dirname(__file__), "rules.toml"), "rb") as file:
        table = tomllib.load(file)
    lines = tuple(
        LineRule(
            entry["name"],
            entry["kind"],
            tuple(entry["words"]),
            "|".join(entry["pattern"]),  # `re` compiles it when it is needed, and caches it
            entry.get("after", ""),
            entry.get("label", ""),
            entry.get("status", ""),
            entry.get("summed", False),
        )
        for entry in table["line"]
    )
    commands = {
        entry["kind"]: CommandRule(
            entry["kind"],
            # At the start of a word of its own: `my-make`, `x.git commit` and `makefile` are others.
            rf"(?:^|[\s;&|(`\"'/])(?:{'|'.join(entry['words'])})(?![\w.-])",
            entry["done"],
            entry["failed"],
        )
        for entry in table["command"]
    }
    words = sorted({word for line in lines for word in line.words})
    by_word = {
        word: frozenset(index for index, line in enumerate(lines) if word in line.words)
        for word in words
    }
    pattern = re.compile("|".join(map(re.escape, words)))
    summed = frozenset(line.name for line in lines if line.summed)
    return RuleTable(lines, commands, pattern, by_word, summed)


def command_kind(text: str) -> str:
    """What kind of milestone a command line is about; empty for none."""
    commands = rule_table().commands.values()
    kinds = (rule.kind for rule in commands if re.search(rule.pattern, text))
    return next(kinds, "")
