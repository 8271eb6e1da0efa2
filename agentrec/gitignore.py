"""Patterns as in .gitignore: which paths they match, directory by directory down a tree.

Paths are bytes relative to the workspace, without a leading slash. The meaning is git's
(gitignore(5)); a test compares it with ``git check-ignore``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MAX_PATTERNS = 10_000  # of one file


class IgnorePattern(NamedTuple):
    """One line. ``path``: it is matched against the whole path below its directory, not only the name."""

    regex: re.Pattern[bytes]
    negated: bool
    folders_only: bool
    path: bool


class IgnoreLevel:
    """The patterns of one directory; they take precedence over those of the directories ``above`` it.

    ``base`` is that directory, with a trailing slash, or empty for the root.
    """

    __slots__ = ("above", "any_name", "any_path", "base", "patterns")

    def __init__(
        self, above: IgnoreLevel | None, base: bytes, patterns: list[IgnorePattern]
    ) -> None:
        self.above, self.base, self.patterns = above, base, patterns
        # One match each is enough for the many names that no pattern matches.
        self.any_name = _any_of([p for p in patterns if not p.path])
        self.any_path = _any_of([p for p in patterns if p.path])

    def verdict(self, path: bytes, *, is_folder: bool) -> bool | None:
        """Whether ``path`` is ignored; None if no pattern matches it. The last match wins."""
        level: IgnoreLevel | None = self
        name = path[path.rfind(b"/") + 1 :]
        while level is not None:
            by_name, by_path = level.any_name, level.any_path
            rest = path[len(level.base) :]
            if (by_name and by_name.fullmatch(name)) or (by_path and by_path.fullmatch(rest)):
                for pattern in reversed(level.patterns):
                    if pattern.folders_only and not is_folder:
                        continue
                    if pattern.regex.fullmatch(rest if pattern.path else name):
                        return not pattern.negated
            level = level.above
        return None


def _any_of(patterns: list[IgnorePattern]) -> re.Pattern[bytes] | None:
    joined = b"|".join(b"(?:%s)" % p.regex.pattern for p in patterns)
    return re.compile(joined, re.DOTALL) if patterns else None


def parse_patterns(text: bytes) -> list[IgnorePattern]:
    """The patterns in a file; lines that are not valid patterns are skipped, as git does."""
    lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:_MAX_PATTERNS]
    return [pattern for line in lines if (pattern := _parse_line(line))]


def _parse_line(line: bytes) -> IgnorePattern | None:
    line = _strip(line.removesuffix(b"\r"))
    if not line or line.startswith(b"#"):
        return None
    negated = line.startswith(b"!")
    line = line[1:] if negated else line
    folders_only = line.endswith(b"/")
    line = line[:-1] if folders_only else line
    path = b"/" in line
    line = line.removeprefix(b"/")
    if not line:
        return None
    try:
        return IgnorePattern(re.compile(to_regex(line), re.DOTALL), negated, folders_only, path)
    except re.error:
        return None


def _strip(line: bytes) -> bytes:
    """Without trailing spaces, except for one after a backslash."""
    end = len(line)
    while end and line[end - 1 : end] == b" ":
        slashes = len(line[: end - 1]) - len(line[: end - 1].rstrip(b"\\"))
        if slashes % 2:
            break
        end -= 1
    return line[:end]


_TOKEN = re.compile(
    rb"(?P<lead>\A\*\*/)|(?P<tail>/\*\*\Z)|(?P<middle>/\*\*/(?:\*\*/)*)|(?P<star>\*+)|(?P<one>\?)"
    rb"|(?P<set>\[[!^]?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\])|\\(?P<escaped>.)|(?P<char>.)",
    re.DOTALL,
)
_SIMPLE = {
    "lead": rb"(?:.*/)?",
    "tail": rb"/.+",
    "middle": rb"/(?:.*/)?",
    "star": rb"[^/]*",
    "one": rb"[^/]",
}


def to_regex(pattern: bytes) -> bytes:
    """A pattern, without slashes at its ends, as a regular expression."""
    if pattern == b"**":
        return rb".+"
    out = []
    for token in _TOKEN.finditer(pattern):
        kind = str(token.lastgroup)
        if kind in _SIMPLE:
            out.append(_SIMPLE[kind])
        elif kind == "set":
            out.append(_set(token["set"]))
        else:
            out.append(re.escape(token[kind]))
    return b"".join(out)


_CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"digit": rb"0-9",
    b"lower": rb"a-z",
    b"upper": rb"A-Z",
    b"space": rb" \t\n\r\f\v",
    b"punct": rb"!-/:-@\[-`{-~",
    b"xdigit": rb"0-9A-Fa-f",
    b"blank": rb" \t",
}


def _set(text: bytes) -> bytes:
    """A set such as ``[!a-z]`` as a regular expression."""
    inside = text[1:-1]
    negated = inside[:1] in (b"!", b"^")
    inside = inside[1:] if negated else inside
    body = re.sub(rb"\[:([a-z]+):\]", lambda match: b"\0" + match[1] + b"\0", inside)
    body = re.sub(rb"\\(.)|([\[\]^&~|])", lambda match: re.escape(match[1] or match[2]), body)
    body = re.sub(rb"\0([a-z]+)\0", lambda match: _CLASSES.get(match[1], b""), body)
    return rb"(?!/)[" + (b"^" if negated else b"") + body + b"]"
