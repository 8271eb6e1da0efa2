"""How many secrets were found where, by which rule. Never the secrets themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

# In the order of reports.
PLACES = (
    "terminal",
    "stdin",
    "stdout",
    "stderr",
    "input",
    "event",
    "header",
    "snapshots",
    "conversations",
)


class Findings:
    """Counts by place and rule."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def add(self, place: str, rules: Mapping[str, int]) -> None:
        """Add what was found in one place."""
        for rule, count in rules.items():
            self.counts[place, rule] += count

    def __bool__(self) -> bool:
        return bool(self.counts)

    @property
    def total(self) -> int:
        """Secrets, each counted wherever it was found."""
        return sum(self.counts.values())

    def at(self, place: str) -> dict[str, int]:
        """The counts of one place, by rule."""
        found = {rule: count for (where, rule), count in self.counts.items() if where == place}
        return dict(sorted(found.items()))

    def rules(self) -> dict[str, int]:
        """The counts of all places, by rule."""
        found: Counter[str] = Counter()
        for (_, rule), count in self.counts.items():
            found[rule] += count
        return dict(sorted(found.items()))

    def as_json(self) -> JsonObject:
        """``{place: {rule: count}}``."""
        return {place: self.at(place) for place in PLACES if self.at(place)}

    def lines(self) -> list[str]:
        """A line for each place."""
        return [
            f"{place:<14}" + ", ".join(f"{count} {rule}" for rule, count in self.at(place).items())
            for place in PLACES
            if self.at(place)
        ]
