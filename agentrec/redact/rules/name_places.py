"""Where the names of secrets are in a text, by what stands around them.

Each rule about names costs a little at each of them, and most are words like any other. One look at what
follows tells for which it is worth it.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What may assign something to a name: a sign right after it, or later in its line if a type, an attribute
# or a remark is between; or a word like "is". It ends with a name's characters, whatever they are.
_ASSIGNED = (
    r"[A-Za-z0-9_.-]*(?:[^\sA-Za-z0-9_./)-]|\)\s?\(|/(?:[^\w.-]|(?i:value|default|content|secret))"
    r"|[ \t](?:[ \t]|(?:is|was|are|to|as|be|for|of|from|on|in|here)\b"
    r"|[^\n:=>?\"'`|\u2502\u203a\u00bb\[({,;<]{0,120}[:=>?\"'`|\u2502\u203a\u00bb\[({,;<])"
    r"|\s{1,24}[\"']?(?i:value|default|content|secret)|\s[^<>\n]{0,60}>|\s:?\s?[&A-Za-z][^\n=]{0,60}=)"
)
# Characters of names, and of a name before the part that tells what it is.
_NAME_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_MAX_NAME_CHARS = 60
_OPTION = r"[A-Za-z0-9-]*[ \t=]"
# Before a name that is set to what follows it; see command_secrets.
_SETTERS = ("set", "ENV", "config", "put", "authtoken")
_MAX_SETTER_CHARS = 120
_SET = r"[\w.-]*[ \t]"


class NamePlaces:
    """Where a text has the parts of names that promise a secret: those of ``parts``."""

    def __init__(self, text: str, lowered: str, parts: Iterable[str]) -> None:
        self._text = text
        self._places = {part: list(places(part, lowered)) for part in parts}
        self._all = sorted({at for found in self._places.values() for at in found})
        self._known: dict[tuple[str, ...], list[int]] = {}

    def starts(self, kind: str, parts: tuple[str, ...]) -> list[int]:
        """Places of names, in order: those with one of ``parts`` if "named"; those that may be "assigned"
        to, or are an "option", or are "set" by a command before them."""
        key = (kind, *parts)
        if key not in self._known:
            self._known[key] = self._found(kind, parts) if self._all else []
        return self._known[key]

    def _found(self, kind: str, parts: tuple[str, ...]) -> list[int]:
        text = self._text
        if kind == "named":
            return sorted({at for part in parts for at in self._places.get(part, ())})
        if kind == "assigned":
            may_be = re.compile(_ASSIGNED).match
            return [at for at in self._all if may_be(text, at)]
        if kind == "option":
            may_be = re.compile(_OPTION).match
            return [at for at in self._all if may_be(text, at) and _is_option(text, at)]
        may_be = re.compile(_SET).match
        return [at for at in self._all if may_be(text, at) and _is_set(text, at)]


def places(word: str, text: str, least: int = 0) -> Iterator[int]:
    """Where ``word`` is in ``text``, from ``least`` on."""
    at = text.find(word, least)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _is_option(text: str, at: int) -> bool:
    """Whether a dash stands before the name that goes on at ``at``."""
    before = text[max(0, at - _MAX_NAME_CHARS) : at]
    name = before[len(before.rstrip(_NAME_CHARS)) :]
    return "-" in name[: len(name) - len(name.lstrip("-._"))] or not before.isascii()


def _is_set(text: str, at: int) -> bool:
    before = text[max(0, at - _MAX_SETTER_CHARS) : at]
    return any(map(before.__contains__, _SETTERS))
