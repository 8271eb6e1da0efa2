"""The rules of milestones, which are data: ``rules.toml`` beside this file says how they read."""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from typing import NamedTuple

PRODUCER = "agentrec.moments/2"  # counts up whenever the same recording gives other moments

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
    """What a command line does, and what is said when it has ended well or not."""

    kind: str
    pattern: re.Pattern[str]
    done: str
    failed: str


class RuleTable(NamedTuple):
    """All of them. ``words`` finds what is in every line that a rule may match, ``by_word`` says which."""

    lines: tuple[LineRule, ...]
    commands: dict[str, CommandRule]
    words: re.Pattern[str]
    by_word: dict[str, frozenset[int]]
    summed: frozenset[str]

    def candidates(self, lower: str) -> list[LineRule]:
        """The rules that a line in lower case may match, in their order."""
        words = self.words.findall(lower)
        if not words:  # nearly every line
            return []
        found = set[int]().union(*(self.by_word[word] for word in set(words)))
        return [self.lines[index] for index in sorted(found)]


@cache
def rule_table() -> RuleTable:
    """The rules, read once."""
    with open(os.path.join(os.path.dirname(__file__), "rules.toml"), "rb") as file:
        table = tomllib.load(file)
    lines = tuple(
        LineRule(
            it["name"],
            it["kind"],
            tuple(it["words"]),
            "|".join(it["pattern"]),  # `re` compiles it when it is needed, and remembers
            it.get("after", ""),
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
    words = sorted({word for line in lines for word in line.words}, key=len, reverse=True)
    by_word = {
        word: frozenset(
            index for index, line in enumerate(lines) if any(each in word for each in line.words)
        )
        for word in words
    }
    # Looking ahead finds words within words, too.
    pattern = re.compile(f"(?=({'|'.join(map(re.escape, words))}))")
    summed = frozenset(line.name for line in lines if line.summed)
    return RuleTable(lines, commands, pattern, by_word, summed)


def command_kind(text: str) -> str:
    """What kind of milestone a command line is about; empty for none."""
    found = (rule.kind for rule in rule_table().commands.values() if rule.pattern.search(text))
    return next(found, "")
