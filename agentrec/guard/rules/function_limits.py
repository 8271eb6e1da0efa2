"""Functions that are too long, too complex, too deep, or have too many parameters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from agentrec.guard.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agentrec.guard.code.function_facts import FunctionFacts
    from agentrec.guard.guard_settings import GuardSettings

_WORSE_SHARE = (
    0.1  # of a limit; what was beyond it and has become that much worse is a finding again
)


class _Limit(NamedTuple):
    rule: str
    setting: str
    measure: Callable[[FunctionFacts], int]
    text: str


_LIMITS = (
    _Limit("function-length", "function-lines", lambda it: it.length, "is {} lines long"),
    _Limit("complexity", "complexity", lambda it: it.complexity, "has {} paths"),
    _Limit("parameters", "parameters", lambda it: it.parameters, "has {} parameters"),
    _Limit("nesting", "nesting", lambda it: it.nesting, "has blocks {} levels deep"),
)


def function_limits(
    path: str,
    before: Sequence[FunctionFacts],
    after: Sequence[FunctionFacts],
    settings: GuardSettings,
) -> Iterator[Finding]:
    """Findings about the functions of a file that were not so ``before``."""
    known = dict(_named(before))
    for symbol, facts in _named(after):
        for limit in _LIMITS:
            most = settings.limits[limit.setting]
            value = limit.measure(facts)
            old = limit.measure(known[symbol]) if symbol in known else 0
            if value > most and (old <= most or value - old >= _WORSE_SHARE * most):
                text = f"{symbol} {limit.text.format(value)} (limit: {most})"
                place = Place(path, facts.line, facts.end_line)
                yield Finding(limit.rule, settings.level(limit.rule), place, text, symbol)


def _named(functions: Sequence[FunctionFacts]) -> Iterator[tuple[str, FunctionFacts]]:
    """Functions with a name each that is unique in their file: the second ``f`` is ``f#2``."""
    counts: Counter[str] = Counter()
    for facts in functions:
        counts[facts.name] += 1
        number = counts[facts.name]
        yield (facts.name if number == 1 else f"{facts.name}#{number}"), facts
