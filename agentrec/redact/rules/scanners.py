"""Where rules may match: names, options of programs, prefixes and addresses, found quickly in long texts.

A search for one character, or a few that are rare, is many times as fast as one for many words. So each
search begins with what is rare in text: the separator after a prefix, the dash of an option.
"""

from __future__ import annotations

import re
from functools import partial

from agentrec.redact.rules.assignments import NAMES
from agentrec.redact.rules.command_secrets import OPTIONS, PROGRAMS
from agentrec.redact.rules.issuers import PREFIXES, Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_NAMES = tuple(dict.fromkeys(NAMES.split()))
_SEPARATORS = "_-."
_OTHERS = [prefix for prefix in PREFIXES if not prefix.text.endswith(tuple(_SEPARATORS))]
_LOWER = [prefix for prefix in _OTHERS if not prefix.text[0].isupper()]
# Texts for which it is not worth it to compile anything: command lines.
_SHORT_CHARS = 1000
# Texts that are worth taking apart.
_MIN_REDUCED = 8192
_NUMBERS = dict.fromkeys(map(ord, "0123456789"), "0")
# Prefixes of so many characters are rare in other text.
_TELLING = 5
_MAX_GROWING_CHARS = 400
# Characters after a prefix, at least.
_MIN_BODY = 8
_TEXTS = frozenset(prefix.text for prefix in PREFIXES)
_LENGTHS = sorted({len(text) for text in _TEXTS})
# Characters of a command line before an option.
_MAX_COMMAND_CHARS = 400

_scanners: dict[str, re.Pattern[str]] = {}


class Traces:
    """What a text has of what rules look for: rules without a trace need not be tried.

    Most of a long text is repetition. Its different words are a small part of it, also because of
    numbers, which count as one here.
    """

    def __init__(self, text: str) -> None:
        words = text
        if len(text) > _MIN_REDUCED:
            words = "\n".join(set(text.translate(_NUMBERS).split()))
        numbers = words is not text
        self.lowered = words.lower()
        self._words, self._numbers = words, numbers
        self.names = any(map(self.lowered.__contains__, _NAMES))
        self.urls = "://" in words

    def anchors(self, anchors: tuple[str, ...]) -> set[str]:
        """Those of ``anchors`` that the text may have."""
        if not self._numbers:
            return {anchor for anchor in anchors if anchor in self.lowered}
        return {anchor for anchor in anchors if anchor.translate(_NUMBERS) in self.lowered}

    def prefixes(self) -> bool:
        """Whether a token may begin with its issuer's prefix."""
        if not self._numbers:
            return True
        return any(
            _scanner(f"0{key}", part).search(self._words) for key, part in _prefix_parts(_NUMBERS)
        )


def name_starts(lowered: str) -> list[int]:
    """Where the name of a secret may begin, or the part of it that says so, in a lower-case text."""
    return sorted({at for name in _NAMES for at in _places(name, lowered)})


def program_starts(text: str) -> list[int]:
    """Where a program is called with an option that may have a password."""
    short = len(text) < _SHORT_CHARS and "option" not in _scanners
    if short and not any(map(text.__contains__, PROGRAMS)):
        return []
    starts: dict[int, None] = {}
    program = _scanner("program", lambda: rf"(?<![\w-]){_trie([f'{name} ' for name in PROGRAMS])}")
    for option in _scanner("option", lambda: OPTIONS).finditer(text):
        least = max(text.rfind("\n", 0, option.start()) + 1, option.start() - _MAX_COMMAND_CHARS)
        found = program.finditer(text, least, option.start() + 1)
        starts.update(dict.fromkeys(match.start() for match in found))
    return sorted(starts)


def url_starts(text: str) -> list[int]:
    """Where an address goes on after its scheme."""
    return list(_places("://", text))


def prefix_starts(text: str) -> list[int]:
    """Where a token may begin with its issuer's prefix."""
    if len(text) < _SHORT_CHARS and "upper" not in _scanners:
        return sorted({at for prefix in PREFIXES for at in _places(prefix.text, text)})
    starts: dict[int, None] = {}
    for key, part in _prefix_parts({}):
        for match in _scanner(key, part).finditer(text):
            separated = key in _SEPARATORS
            found = _beginnings(text, match.end()) if separated else (match.start(),)
            starts.update(dict.fromkeys(found))
    return sorted(starts)


def growing_prefix_starts(text: str) -> list[int]:
    """The same near the end of a text, where a token may be growing, and is short still."""
    least = max(0, len(text) - _MAX_GROWING_CHARS)
    starts = {text.rfind(prefix.text, least) for prefix in PREFIXES}
    return sorted(starts - {-1})


def short_prefix_starts(text: str) -> list[int]:
    """The same for tokens of any length."""
    return sorted({at for prefix in PREFIXES for at in _places(prefix.text, text)})


def prepare() -> None:
    """Compile what long texts are searched with, for short ones also. Does nothing the second time."""
    if "option" in _scanners:
        return
    prefix_starts("x" * _SHORT_CHARS)
    program_starts("x" * _SHORT_CHARS)


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _prefix_parts(numbers: dict[int, str]) -> Iterator[tuple[str, Callable[[], str]]]:
    """Patterns that together find every prefix, in a text whose digits were replaced by ``numbers``."""
    for separator in _SEPARATORS:
        yield separator, partial(_ending_with, separator, numbers)
    yield "upper", partial(_with_upper, numbers)
    for prefix in _LOWER:
        yield prefix.text, partial(_with_lower, prefix, numbers)


def _with_upper(numbers: dict[int, str]) -> str:
    return _trie([prefix.text.translate(numbers) for prefix in _OTHERS if prefix.text[0].isupper()])


def _with_lower(prefix: Prefix, numbers: dict[int, str]) -> str:
    return f"{re.escape(prefix.text.translate(numbers))}{_body(prefix)}"


def _ending_with(separator: str, numbers: dict[int, str]) -> str:
    groups: dict[str, list[str]] = {}
    for prefix in PREFIXES:
        if prefix.text.endswith(separator):
            text = prefix.text.translate(numbers)
            groups.setdefault(text[-2], []).append(f"(?<={re.escape(text)}){_body(prefix)}")
    sign = re.escape(separator)
    known = _decision(sorted(groups), sign, groups)
    return f"{sign}(?=[A-Za-z0-9_./+%-]{{{_MIN_BODY}}})(?:{known})"


def _decision(lasts: list[str], sign: str, groups: dict[str, list[str]]) -> str:
    """A pattern that goes by the character before the separator, halving what is left to try."""
    if len(lasts) == 1:
        return f"(?<={re.escape(lasts[0])}{sign})(?:{'|'.join(dict.fromkeys(groups[lasts[0]]))})"
    halves = lasts[: len(lasts) // 2], lasts[len(lasts) // 2 :]
    parts = [
        f"(?<=[{re.escape(''.join(half))}]{sign}){_decision(half, sign, groups)}" for half in halves
    ]
    return f"(?:{'|'.join(parts)})"


def _body(prefix: Prefix) -> str:
    """What must follow a short prefix, with which many a name ends."""
    return f"(?={prefix.body})" if len(prefix.text) < _TELLING else ""


def _beginnings(text: str, stop: int) -> list[int]:
    """Where prefixes that end at ``stop`` begin."""
    starts = [stop - length for length in _LENGTHS if length <= stop]
    return [start for start in starts if text[start:stop] in _TEXTS]


def _scanner(kind: str, pattern: Callable[[], str]) -> re.Pattern[str]:
    scanner = _scanners.get(kind)
    if scanner is None:
        scanner = _scanners[kind] = re.compile(pattern(), re.DOTALL)
    return scanner


def _trie(words: Iterable[str]) -> str:
    """A pattern for the shortest of ``words`` that fits, with common beginnings tried once."""
    if "" in words:
        return ""
    groups: dict[str, set[str]] = {}
    for word in words:
        groups.setdefault(word[0], set()).add(word[1:])
    parts = [re.escape(first) + _trie(rests) for first, rests in sorted(groups.items())]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
