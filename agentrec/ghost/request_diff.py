"""How a request differs from a recorded one, in a few lines."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DIFFERENCES = 4
# Of a text, around the first difference.
BEFORE_CHARS, AFTER_CHARS = 20, 60
_ABSENT = object()


def diff_lines(recorded: object, asked: object, most: int = MAX_DIFFERENCES) -> list[str]:
    """Return where they differ, and how: two lines for each of the ``most`` first, one for the rest."""
    lines: list[str] = []
    more = 0
    for path, before, now in _differences(recorded, asked, ""):
        if len(lines) >= 2 * most:
            more += 1
            continue
        before_text, now_text = _around(_shown(before), _shown(now))
        lines += [f"- {path}: {before_text}", f"+ {path}: {now_text}"]
    return [*lines, f"and {more} more"] if more else lines


def _differences(before: object, now: object, path: str) -> Iterator[tuple[str, object, object]]:
    if before == now:
        return
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*before, *now]):
            inner = f"{path}.{name}" if path else str(name)
            yield from _differences(before.get(name, _ABSENT), now.get(name, _ABSENT), inner)
    elif isinstance(before, list) and isinstance(now, list):
        for index, pair in enumerate(zip_longest(before, now, fillvalue=_ABSENT)):
            yield from _differences(*pair, f"{path}[{index}]")
    else:
        yield path, before, now


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "(absent)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _around(one: str, other: str) -> tuple[str, str]:
    """Both texts from shortly before where they differ."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    start = max(0, (min(len(one), len(other)) if same is None else same) - BEFORE_CHARS)
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int) -> str:
    shown = text[start : start + BEFORE_CHARS + AFTER_CHARS]
    begin, end = "…" if start else "", "…" if start + len(shown) < len(text) else ""
    return begin + shown.replace("\n", "\\n") + end
