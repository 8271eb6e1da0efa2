"""Which step of one run is which step of another.

Steps with equal keys are the same step, in order. The equal start and end are cut off first; in between, keys
that are unique in both runs are anchors, and what is left between two anchors is matched by ``difflib`` if it
is small. So thousands of steps take a fraction of a second.
"""

from __future__ import annotations

from bisect import bisect_left
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

# Of two stretches: beyond this product of lengths, nothing inside is matched.
_MAX_CELLS = 200_000

Pair = tuple[int | None, int | None]


def align(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Pair]:
    """Pairs of indexes in order; None where a step has no equal one. Each index is in one pair."""
    pairs: list[Pair] = []
    i = j = 0
    for x, y in (*matches(a, b), (len(a), len(b))):
        pairs += [(n, None) for n in range(i, x)]
        pairs += [(None, n) for n in range(j, y)]
        if x < len(a) and y < len(b):
            pairs.append((x, y))
        i, j = x + 1, y + 1
    return pairs


def matches(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Indexes of equal steps, ascending on both sides."""
    names: dict[Hashable, int] = {}
    x, y = ([names.setdefault(key, len(names)) for key in side] for side in (a, b))
    found: list[tuple[int, int]] = []
    waiting = [(0, len(x), 0, len(y))]
    while waiting:
        area = waiting.pop()
        start, area, end = _trimmed(x, y, area)
        found += start + end
        anchors = _anchors(x, y, area)
        if anchors:
            found += anchors
            waiting += _between(anchors, area)
        else:
            found += _small(x, y, area)
    return sorted(found)


Area = tuple[int, int, int, int]  # from and to in one run, from and to in the other


def _trimmed(
    x: list[int], y: list[int], area: Area
) -> tuple[list[tuple[int, int]], Area, list[tuple[int, int]]]:
    """What is equal at the start, what is left, and what is equal at the end."""
    i, i_end, j, j_end = area
    start: list[tuple[int, int]] = []
    end: list[tuple[int, int]] = []
    while i < i_end and j < j_end and x[i] == y[j]:
        start.append((i, j))
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and x[i_end - 1] == y[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
        end.append((i_end, j_end))
    return start, (i, i_end, j, j_end), end


def _anchors(x: list[int], y: list[int], area: Area) -> list[tuple[int, int]]:
    """The longest ascending list of keys that each side has once."""
    i, i_end, j, j_end = area
    there = _unique(y, j, j_end)
    here = _unique(x, i, i_end)
    pairs = sorted((at, there[key]) for key, at in here.items() if key in there)
    return _ascending(pairs)


def _unique(keys: list[int], start: int, end: int) -> dict[int, int]:
    """Where each key is that occurs once."""
    places: dict[int, int] = {}
    twice = set()
    for at in range(start, end):
        key = keys[at]
        if key in places:
            twice.add(key)
        places[key] = at
    return {key: at for key, at in places.items() if key not in twice}


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of ``pairs`` that ascends on the right, too."""
    ends: list[int] = []  # the smallest right end of a list of each length
    last: list[int] = []  # and which pair that is
    before: list[int] = []
    for n, (_, right) in enumerate(pairs):
        length = bisect_left(ends, right)
        ends[length:] = [right, *ends[length + 1 :]]
        last[length:] = [n, *last[length + 1 :]]
        before.append(last[length - 1] if length else -1)
    chosen = []
    n = last[-1] if last else -1
    while n >= 0:
        chosen.append(pairs[n])
        n = before[n]
    return chosen[::-1]


def _between(anchors: list[tuple[int, int]], area: Area) -> Iterator[Area]:
    i, i_end, j, j_end = area
    for x, y in (*anchors, (i_end, j_end)):
        if i < x and j < y:
            yield i, x, j, y
        i, j = x + 1, y + 1


def _small(x: list[int], y: list[int], area: Area) -> Iterator[tuple[int, int]]:
    i, i_end, j, j_end = area
    if (i_end - i) * (j_end - j) > _MAX_CELLS:
        return
    matcher = SequenceMatcher(None, x[i:i_end], y[j:j_end], autojunk=False)
    for block in matcher.get_matching_blocks():
        yield from ((i + block.a + n, j + block.b + n) for n in range(block.size))
