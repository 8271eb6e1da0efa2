"""Calls of tools that only messages tell: the model asks for one, and the next call is sent its result.

That is all there is of tools in a program of which nothing but the client of a model is instrumented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import tables, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject

_MAX_OPEN = 10_000


class SaidCall(NamedTuple):
    """``key`` is unique in the trace; ``id`` may be empty."""

    key: str
    id: str
    name: str
    arguments: object


class SaidTools:
    """The calls of one trace; each is told once, and so is its result."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}  # key by id
        self._count = 0

    def called(self, answered: Iterable[JsonObject]) -> Iterator[SaidCall]:
        """The calls in what a model answered."""
        for block in _blocks(answered, "tool_call"):
            id_ = text(block.get("id"))
            if id_ in self._open:
                continue
            self._count += 1
            key = f"said-{self._count}"
            if id_ and len(self._open) < _MAX_OPEN:
                self._open[id_] = key
            yield SaidCall(key, id_, text(block.get("name")) or "tool", block.get("arguments"))

    def returned(self, sent: Iterable[JsonObject]) -> Iterator[tuple[SaidCall, object]]:
        """The results in what a model was sent, of calls that have none yet."""
        for block in _blocks(sent, "tool_result"):
            id_ = text(block.get("id"))
            if key := self._open.get(id_):
                self._open[id_] = ""  # known, and answered
                yield SaidCall(key, id_, "", None), block.get("content")


def _blocks(messages: Iterable[JsonObject], kind: str) -> Iterator[JsonObject]:
    for message in messages:
        for block in tables(message.get("content")):
            if block.get("type") == kind:
                yield block
