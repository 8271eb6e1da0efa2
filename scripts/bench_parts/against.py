"""Compares a run with an earlier one: what has become worse by more than noise explains."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.bench_parts.figures import Row
from scripts.bench_parts.report import number

# A middle that is worse by less is noise, and by less of one that was measured once.
SHARE = 0.1
SHARE_ONCE = 0.25
# Of such a unit, more is better. Of all others, less is, unless the target says otherwise.
RATES = ("MB/s", "/s")
# These compare with a peer of the same run, so another machine has much the same.
RELATIVE_UNITS = ("x", "%")
SAME_MACHINE = ("cpu", "cores", "python")


@dataclass(frozen=True, slots=True)
class Change:
    """A row, and what it was before."""

    row: Row
    before: Row

    def __str__(self) -> str:
        row, before = self.row, self.before
        return f"{row.part}, {row.what}: {number(before.value)} -> {number(row.value)} {row.unit}"


def worse(rows: Sequence[Row], machine: dict[str, Any], earlier: Path) -> list[Change]:
    """The rows that are worse than in the run that ``earlier`` holds.

    Raises ValueError if `scripts/bench` has not written it.
    """
    try:
        said = json.loads(earlier.read_text(encoding="utf-8"))
        before = {(row.part, row.what): row for row in map(Row.from_json, said["rows"])}
        is_same = all(said["machine"].get(name) == machine[name] for name in SAME_MACHINE)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{earlier} was not written by scripts/bench: {error!r}") from error
    pairs = [Change(row, before[key]) for row in rows if (key := (row.part, row.what)) in before]
    return [
        pair
        for pair in pairs
        if (is_same or pair.row.unit in RELATIVE_UNITS) and _is_worse(pair.row, pair.before)
    ]


def _is_worse(row: Row, before: Row) -> bool:
    sign = -1 if _more_is_better(row) else 1
    loss = (row.value - before.value) * sign
    if None in (row.low, row.high, before.low, before.high):
        return loss > SHARE_ONCE * abs(before.value)
    # Both at their best and worst: do they overlap?
    best = min(row.low * sign, row.high * sign)  # type: ignore[operator]
    worst = max(before.low * sign, before.high * sign)  # type: ignore[operator]
    return loss > SHARE * abs(before.value) and best > worst


def _more_is_better(row: Row) -> bool:
    return row.target[0] == ">=" if row.target else row.unit in RATES
