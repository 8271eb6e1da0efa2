"""The functions of a project by their shape, so that equal ones meet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.guard.code.function_facts import (
    MAX_SOURCE_BYTES,
    FunctionFacts,
    function_facts,
    is_generated,
)
from agentrec.guard.code.source_language import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.guard.source_tree import SourceTree

_MAX_CACHED_FILES = 20_000


class FunctionAt(NamedTuple):
    """A function and the file it is in."""

    path: str
    facts: FunctionFacts


class FunctionCache:
    """The functions of files by the files' keys: what has not changed is not read again."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, str], list[FunctionFacts]] = {}

    def of(self, tree: SourceTree, path: str) -> list[FunctionFacts]:
        """The functions of a file in ``tree``; none if it cannot be read."""
        language = language_of(path)
        if language is None:
            return []
        key = (language.name, tree.keys()[path])
        if key not in self._facts:
            if len(self._facts) >= _MAX_CACHED_FILES:
                self._facts.clear()
            try:
                state = tree.read(path)
            except (OSError, AgentrecError):
                return []
            text = state.data.decode(errors="replace")
            is_read = state.size <= MAX_SOURCE_BYTES and not is_generated(text)
            self._facts[key] = function_facts(text, language) if is_read else []
        return self._facts[key]


class FunctionIndex:
    """All functions at ``paths`` of a tree."""

    def __init__(self, cache: FunctionCache, tree: SourceTree, paths: Iterable[str]) -> None:
        self._by_shape: dict[str, list[FunctionAt]] = defaultdict(list)
        for path in paths:
            for facts in cache.of(tree, path):
                self._by_shape[facts.shape].append(FunctionAt(path, facts))

    def equal_to(self, shape: str) -> list[FunctionAt]:
        """The functions with a shape."""
        return self._by_shape.get(shape, [])
