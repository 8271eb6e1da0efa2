"""One rule of a user or a project, and the secrets it finds in a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.gitignore import IgnoreLevel, parse_patterns
from agentrec.redact.rules.secret_rule import SecretMatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.redact.own.bounded_pattern import BoundedPattern

# Around a match, where a keyword of its line is looked for.
_NEAR_CHARS = 500
_VALUE = r"""["']?(?P<v>[^\s"'<>,;]{1,1000})"""


class AllowList(NamedTuple):
    """What is not a secret: these texts, what fits these patterns, and all in files with these paths."""

    texts: frozenset[str] = frozenset()
    patterns: tuple[BoundedPattern, ...] = ()
    paths: RulePaths | None = None

    def has(self, secret: str, path: str) -> bool:
        """Whether ``secret``, in the file ``path``, is none."""
        return (
            secret in self.texts
            or any(pattern.fits(secret) for pattern in self.patterns)
            or (self.paths is not None and self.paths.match(path))
        )


class RulePaths:
    """Patterns as in .gitignore, for paths below a directory or anywhere."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._level = IgnoreLevel(None, b"", parse_patterns("\n".join(lines).encode()))

    def match(self, path: str) -> bool:
        """Whether they mean the file ``path``, or a directory it is in. Never, if it has no name."""
        parts = path.encode("utf-8", "surrogateescape").strip(b"/").split(b"/")
        return any(
            self._level.verdict(b"/".join(parts[first:stop]), is_folder=stop < len(parts))
            for first in range(len(parts))
            for stop in range(first + 1, len(parts) + 1)
            if path
        )


class OwnRule(NamedTuple):
    """A rule finds what ``pattern`` matches in lines with one of ``keywords``, if it has any; without a
    pattern, the value that is assigned to a keyword. Only in files with these ``paths``, if it has any."""

    name: str
    pattern: BoundedPattern | None
    keywords: tuple[str, ...]
    min_chars: int
    max_chars: int
    allow: AllowList
    paths: RulePaths | None

    def find(self, text: str, lowered: str, path: str) -> Iterator[SecretMatch]:
        """The secrets in ``text``; ``lowered`` is the same in lower case, and as long."""
        if self.keywords and not any(keyword in lowered for keyword in self.keywords):
            return
        for start, stop in self._spans(text, lowered):
            if self._applies(text[start:stop], path):
                yield SecretMatch(start, stop, self.name)

    def names(self, name: str, value: str, path: str) -> bool:
        """Whether ``value`` is a secret because it is that of ``name``: a keyword, or one at its end."""
        lowered = name.lower()
        is_named = self.pattern is None and any(
            lowered == keyword or lowered.endswith(("_" + keyword, "-" + keyword))
            for keyword in self.keywords
        )
        return is_named and self._applies(value, path)

    def growing(self, text: str, end: str = "") -> Iterator[SecretMatch]:
        """Values of keywords that may not be complete yet; ``end``: what must follow in a pattern."""
        if self.pattern is None and not self.paths:
            for match in _value_of(self.keywords, end).finditer(text):
                yield SecretMatch(match.start("v"), match.end("v"), self.name)

    def _applies(self, secret: str, path: str) -> bool:
        return (
            self.min_chars <= len(secret) <= self.max_chars
            and (self.paths is None or self.paths.match(path))
            and not self.allow.has(secret, path)
        )

    def _spans(self, text: str, lowered: str) -> Iterator[tuple[int, int]]:
        if self.pattern is None:
            for match in _value_of(self.keywords, "").finditer(text):
                yield match.span("v")
            return
        for start, stop in self.pattern.spans(text):
            if not self.keywords or self._has_keyword(lowered, start, stop):
                yield start, stop

    def _has_keyword(self, lowered: str, start: int, stop: int) -> bool:
        before = lowered[max(0, start - _NEAR_CHARS) : start].rpartition("\n")[2]
        after = lowered[start : stop + _NEAR_CHARS]
        line = before + after[: stop - start] + after[stop - start :].partition("\n")[0]
        return any(keyword in line for keyword in self.keywords)


def _value_of(keywords: tuple[str, ...], end: str) -> re.Pattern[str]:
    """``badge: 4711``, ``MY_BADGE="4711"``, ``--badge 4711``."""
    names = "|".join(map(re.escape, keywords))
    given = rf"""(?:(?<=-)(?:{names})[ \t]{{1,8}}|(?:{names})["']?[ \t]{{0,8}}[:=]>?[ \t]{{0,8}})"""
    return re.compile(rf"(?i)(?<![A-Za-z0-9]){given}{_VALUE}{end}")  # `re` caches it
