"""Figures: what a row of the table is, and the little statistics behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

__all__ = ["Row", "Spread", "median", "quantile", "ratios"]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, lowest and highest of what the rounds of a run gave."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        held = list(values)
        return cls(median(held), min(held), max(held))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``target`` is (">=" or "<=", limit), None if there is none.

    ``figures`` names what the value was made of, both sides in the same unit.
    """

    part: str
    what: str
    value: float
    unit: str
    target: tuple[str, float] | None = None
    low: float | None = None
    high: float | None = None
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether it is as good as it should be; None without a target."""
        if self.target is None:
            return None
        sign, limit = self.target
        return self.value >= limit if sign == ">=" else self.value <= limit

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Row:
        """The row that :meth:`as_json` wrote."""
        sign, _, limit = (said["target"] or "").partition(" ")
        target = (sign, float(limit)) if limit else None
        rest = {name: said[name] for name in ("part", "what", "value", "unit", "low", "high")}
        return cls(**rest, target=target, figures=said["figures"])

    def as_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "what": self.what,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "target": "{} {}".format(*self.target) if self.target else None,
            "met": self.met,
            "figures": self.figures,
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of ``values`` lie: the nearest that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Ours to theirs, round by round: both of a pair were measured within seconds of each other."""
    return Spread.of(a / b for a, b in zip(ours, theirs, strict=True))
