"""Which calls an agent's transcript tells, too: an answer counts once.

On the start path of `record --model-calls`: imports are light here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# How long a call waits for a transcript to tell it.
TOLD_DELAY_SECONDS = 2.0
# Counts of usage that never overlap, and what a call is recognized by if its ids differ.
_COUNTS = ("input", "output", "cache_read", "cache_write")


class CallMatch:
    """Holds calls back until it is known who tells them.

    With a transcript, calls that it does not tell are added alone: those that are known to be beside the
    conversation after a while, others at the end. Without one, a call's whole story is added after a while.
    """

    def __init__(self, *, has_transcript: bool) -> None:
        self.has_transcript = has_transcript
        # When each came, and its line.
        self.waiting: list[tuple[float, Any]] = []
        # Calls that a transcript told and that none of ours was yet: id and counts.
        self._told: list[tuple[object, list[object]]] = []
        self._matched = False

    def told(self, id_: object, usage: object) -> None:
        """A transcript told a call."""
        counts = [usage.get(name) for name in _COUNTS] if isinstance(usage, dict) else []
        self._told.append((id_, counts))

    def add(self, line: Any, now: float) -> None:
        """The gateway saw a call."""
        self.waiting.append((now, line))

    def settle(self, now: float) -> list[Any]:
        """Return the lines of events that are to be added now."""
        self._match()
        lines: list[Any] = []
        kept = []
        for came, line in self.waiting:
            if now - came < TOLD_DELAY_SECONDS:
                kept.append((came, line))
            elif not self.has_transcript:
                lines += line["story"]
            elif line["call"]["side"]:
                lines += line["alone"]
            else:
                kept.append((came, line))
        self.waiting = kept
        return lines

    def settle_all(self) -> list[Any]:
        """The recording ends: return all that nobody told."""
        self._match()
        which = "alone" if self.has_transcript and self._matched else "story"
        waiting, self.waiting = self.waiting, []
        return [event for _, line in waiting for event in line[which]]

    def _match(self) -> None:
        """Leave out what was told: by its id, else by its counts or their sums, else in order."""
        for is_same in (_same_id, _same_counts, _same_sums, _next_without_id):
            self.waiting = [it for it in self.waiting if not self._take(it[1]["call"], is_same)]

    def _take(self, call: Any, is_same: Callable[[Any, object, list[object]], bool]) -> bool:
        for index, (id_, counts) in enumerate(self._told):
            if is_same(call, id_, counts):
                del self._told[index]
                self._matched = True
                return True
        return False


def _same_id(call: Any, id_: object, _counts: list[object]) -> bool:
    return bool(call["id"]) and call["id"] == id_


def _same_counts(call: Any, _id: object, counts: list[object]) -> bool:
    return call["usage"] is not None and call["usage"][: len(_COUNTS)] == counts


def _same_sums(call: Any, _id: object, counts: list[object]) -> bool:
    """Some agents count what was cached as input."""
    return call["usage"] is not None and _sums(call["usage"][: len(_COUNTS)]) == _sums(counts)


def _sums(counts: list[Any]) -> tuple[int, int] | None:
    """Tokens in and out."""
    if len(counts) < len(_COUNTS):
        return None
    known = [count or 0 for count in counts]
    return known[0] + known[2] + known[3], known[1]


def _next_without_id(call: Any, id_: object, _counts: list[object]) -> bool:
    """Some agents estimate tokens, and write no ids. An id with blanks is one that we made, of a file."""
    return (not isinstance(id_, str) or " " in id_) and not call["side"]
