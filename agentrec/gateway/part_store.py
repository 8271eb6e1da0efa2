"""Parts of calls that are recorded once: messages, system prompts, tools, options.

A request repeats the history of its conversation. Its event names parts by their hash, and for the messages
that an earlier request had, only that request and how many.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import NamedTuple

from agentrec.gateway.call_mask import CallMask

HASH_BYTES = 12
# A part that is longer is left out: an event has a limit.
MAX_PART_BYTES = 8 << 20
# Requests whose messages a new one is compared with.
MAX_BASES = 32


def canonical(value: object) -> str:
    """Return the one text that equal JSON has."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(text: str) -> str:
    """Return the name of a part."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).hexdigest()


class Base(NamedTuple):
    """The messages of a request."""

    span: str
    messages: list[str]


class PartStore:
    """Which parts of this recording are known, and the requests that new ones may build on."""

    def __init__(self, mask: CallMask) -> None:
        self._mask = mask
        # Hash of what was sent -> hash of it masked, which names it.
        self._names: dict[str, str] = {}
        self._known: set[str] = set()
        self._new: dict[str, object] = {}
        self._bases: list[Base] = []

    def add(self, value: object) -> str:
        """Return the name of a part; a new one waits for ``take_new``."""
        sent = hash_of(text := canonical(value))
        if sent not in self._names:
            self._names[sent] = self._add_masked(value, len(text))
        return self._names[sent]

    def _add_masked(self, value: object, length: int) -> str:
        if length > MAX_PART_BYTES:
            value = {"omitted_characters": length, "hash": hash_of(canonical(value))}
        masked = self._mask.value(value)
        name = hash_of(canonical(masked))
        if name not in self._known:
            self._known.add(name)
            self._new[name] = masked
        return name

    def take_new(self) -> dict[str, object]:
        """Return the parts that were new since the last call."""
        new, self._new = self._new, {}
        return new

    def base_for(self, messages: list[str]) -> tuple[Base | None, int]:
        """Return the request that has the most of these messages at its beginning, and how many."""
        best, most = None, 0
        for base in reversed(self._bases):
            shared = _shared(base.messages, messages)
            if shared > most:
                best, most = base, shared
        return best, most

    def remember(self, span: str, messages: list[str]) -> None:
        """Later requests may build on this one."""
        self._bases.append(Base(span, messages))
        del self._bases[:-MAX_BASES]


def _shared(one: list[str], other: list[str]) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))
