"""What a rule says about a place."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

ERROR, WARNING, NOTE, OFF = "error", "warning", "note", "off"
LEVELS = (ERROR, WARNING, NOTE)  # the worst first

# Every rule, and what it is about.
RULES = {
    "duplicate-function": "A function that is there already, perhaps with other names of variables",
    "function-length": "A function with too many lines",
    "complexity": "A function with too many paths through it",
    "parameters": "A function with too many parameters",
    "nesting": "A function with blocks too deep inside each other",
    "file-growth": "A large file that has grown by many lines at once",
    "secret": "A secret in a file",
    "protected-path": "A change of linter settings, CI or a lock file",
    "test-deleted": "Tests that are gone",
    "test-skipped": "Tests that no longer run",
    "assertion-removed": "Tests that check less than before",
    "outside-allowed": "A change outside the paths that are allowed",
    "binary-file": "A binary file that was added or changed",
    "huge-file": "A very large file that was added or changed",
    "suppressed": "A comment that allows a finding",
}


class Place(NamedTuple):
    """Lines of a file, from 1; line 0 is the file as a whole."""

    path: str
    line: int = 0
    end_line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Finding(NamedTuple):
    """``symbol`` is the function or other thing that it is about, ``reuse`` what is there already."""

    rule: str
    level: str
    place: Place
    text: str
    symbol: str = ""
    reuse: Place | None = None

    @property
    def fingerprint(self) -> str:
        """Stays the same when lines move."""
        key = "\0".join((self.rule, self.place.path, self.symbol or self.text))
        return blake2b(key.encode(errors="surrogateescape"), digest_size=8).hexdigest()

    def as_json(self) -> JsonObject:
        """As a JSON object, for events and ``--json``."""
        place = self.place
        data: JsonObject = {"rule": self.rule, "level": self.level, "path": place.path}
        if place.line:
            data |= {"line": place.line, "end_line": place.end_line}
        data |= {"text": self.text, "fingerprint": self.fingerprint}
        if self.symbol:
            data["symbol"] = self.symbol
        if self.reuse:
            data["reuse"] = {"path": self.reuse.path, "line": self.reuse.line}
        return data
