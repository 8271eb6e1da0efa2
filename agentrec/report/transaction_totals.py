"""What a run did in transactions, from the marks that they set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentrec.json_values import text
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

MAX_TRANSACTIONS = 100
MAX_NAME_CHARS = 200
OPEN = "open"
_ENDS = ("committed", "aborted")


@dataclass(slots=True)
class TransactionTotals:
    """One transaction. ``state`` is open, committed or aborted: how it was at the end of the recording."""

    id: str
    name: str
    base: str
    state: str = OPEN
    savepoints: int = 0
    rollbacks: int = 0
    conflicts: int = 0

    def add(self, action: str) -> None:
        """One more thing that was done."""
        self.savepoints += action == "savepoint"
        self.rollbacks += action == "rolled back"
        self.conflicts += action == "conflict"
        if action in _ENDS:
            self.state = action

    def as_data(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__slots__}


class TransactionList:
    """The transactions of a run, in order of their first marks."""

    def __init__(self) -> None:
        self._totals: dict[str, TransactionTotals] = {}

    def feed(self, about: Mapping[str, object]) -> None:
        """The ``transaction`` of a mark."""
        key, name, base = (text(about.get(it))[:MAX_NAME_CHARS] for it in ("id", "name", "base"))
        if key and (key in self._totals or len(self._totals) < MAX_TRANSACTIONS):
            one = self._totals.setdefault(key, TransactionTotals(key, name, base))
            one.add(text(about.get("action")))

    def as_data(self) -> list[JsonObject]:
        return [one.as_data() for one in self._totals.values()]


def transaction_row(data: Mapping[str, object]) -> tuple[str, str]:
    """``fix``, ``2 savepoints, 1 rollback, committed into trunk``: an item of ``as_data`` in words."""
    counts = {one: data[f"{one}s"] for one in ("savepoint", "rollback", "conflict")}
    parts = [
        plural(count, one) for one, count in counts.items() if isinstance(count, int) and count
    ]
    state, base = data["state"], data["base"]
    how = f"committed into {base}" if state == "committed" else f"{state}, on {base}"
    return str(data["name"] or data["id"]), ", ".join([*parts, how])
