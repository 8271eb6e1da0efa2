"""Whether a text looks random: drawn from an alphabet rather than made of words."""

from __future__ import annotations

import re

_UUID = r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
_HEX = r"[0-9a-f]+\Z|[0-9A-F]+\Z"
# Shorter texts are not judged.
_MIN_CHARS = 20
# Of neighbors drawn from letters of both cases and digits, six in ten are of different classes;
# in identifiers three.
_MIN_CHANGES = 0.4


def is_uuid(text: str) -> bool:
    return re.match(_UUID, text) is not None


def is_hex(text: str) -> bool:
    """Digits of one number, as digests have."""
    return re.match(_HEX, text) is not None


def is_random(text: str) -> bool:
    """Letters of both cases and digits in an order that no identifier has."""
    if len(text) < _MIN_CHARS or text == text.lower() or text == text.upper():
        return False
    if not any(map(str.isdigit, text)) or len(set(text)) < 12 or is_hex(text[:24]):
        return False
    return is_jumbled(text) and not _is_of_words(text)


def _is_of_words(text: str) -> bool:
    """A name with capitals, and at most one number: XF86VidModeGetViewPortReq."""
    if len(re.findall(r"[0-9]+", text)) > 1:
        return False
    return 10 * sum(map(len, re.findall(r"[A-Z][a-z]{2,}", text))) >= 7 * len(text)


def is_jumbled(text: str) -> bool:
    """Whether neighbors are of different classes as often as in drawn texts: both cases, digits."""
    runs = re.findall(r"[A-Za-z0-9]+", text)
    pairs = sum(map(len, runs)) - len(runs)
    changes = len(re.findall(r"[a-z]+|[A-Z]+|[0-9]+", text)) - len(runs)
    return changes >= _MIN_CHANGES * max(pairs, 1)
