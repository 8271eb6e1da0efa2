"""Functions that are there already."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agentrec.guard.code.function_index import FunctionAt
from agentrec.guard.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.guard.code.function_facts import FunctionFacts
    from agentrec.guard.code.function_index import FunctionIndex
    from agentrec.guard.guard_settings import GuardSettings

_RULE = "duplicate-function"


class DuplicateFunctions:
    """Finds them in an ``index`` of the project. Of functions that are equal and new, all but the first are
    findings."""

    def __init__(self, index: FunctionIndex, settings: GuardSettings) -> None:
        self._index, self._settings = index, settings
        self._added: set[FunctionAt] = set()

    def note_added(self, path: str, added: Sequence[FunctionFacts]) -> None:
        """The functions that a change has added to a file; all files first, then ``findings``."""
        self._added.update(FunctionAt(path, facts) for facts in added)

    def findings(self, path: str, added: Sequence[FunctionFacts]) -> Iterator[Finding]:
        """The duplicates among the functions that were added to a file."""
        end = 0
        for facts in added:
            original = self._original(FunctionAt(path, facts)) if facts.line > end else None
            if original is not None:
                end = facts.end_line  # functions inside it are equal, too
                yield self._finding(path, facts, original)

    def _original(self, one: FunctionAt) -> FunctionAt | None:
        if one.facts.tokens < self._settings.limits["duplicate-tokens"]:
            return None
        others = [other for other in self._index.equal_to(one.facts.shape) if other != one]
        if self._settings.tests.matches(one.path):
            others = [other for other in others if not self._settings.tests.matches(other.path)]
        known = [other for other in others if other not in self._added]
        earlier = [other for other in others if _position(other) < _position(one)]
        return min(known or earlier, key=_position, default=None)

    def _finding(self, path: str, facts: FunctionFacts, original: FunctionAt) -> Finding:
        reuse = Place(original.path, original.facts.line, original.facts.end_line)
        text = f"{facts.name} has the same code as {original.facts.name} in {reuse}"
        place = Place(path, facts.line, facts.end_line)
        return Finding(_RULE, self._settings.level(_RULE), place, text, facts.name, reuse)


def added_functions(
    before: Sequence[FunctionFacts], after: Sequence[FunctionFacts]
) -> list[FunctionFacts]:
    """The functions of a file whose shape it did not have ``before``, or not so often."""
    known = Counter(facts.shape for facts in before)
    added = []
    for facts in after:
        known[facts.shape] -= 1
        if known[facts.shape] < 0:
            added.append(facts)
    return added


def _position(one: FunctionAt) -> tuple[str, int]:
    return one.path, one.facts.line
