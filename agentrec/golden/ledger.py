"""What a run took, what playing it again took, and what that saved. Prices are dated list prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import amount, table
from agentrec.recording.events.decode import decode
from agentrec.report import pricing
from agentrec.report.event_text import dollars
from agentrec.report.summary import TRACKS, Summary
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording


class Spent(NamedTuple):
    """Tokens, dollars (None if a price is not known) and seconds."""

    tokens: int
    cost_usd: float | None
    seconds: float

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        return self._asdict()


class Ledger(NamedTuple):
    """The golden run and this one."""

    original: Spent
    now: Spent

    @property
    def saved(self) -> Spent:
        """The difference; negative if this run took more."""
        costs = self.original.cost_usd, self.now.cost_usd
        cost = None if costs[0] is None or costs[1] is None else costs[0] - costs[1]
        return Spent(
            self.original.tokens - self.now.tokens, cost, self.original.seconds - self.now.seconds
        )

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        rows = {"original": self.original, "this_run": self.now, "saved": self.saved}
        return {name: it.as_data() for name, it in rows.items()} | {"prices_as_of": pricing.as_of()}

    def lines(self) -> list[str]:
        """As a table."""
        rows = [("", "tokens", "cost", "seconds")]
        for name, it in (
            ("original", self.original),
            ("this run", self.now),
            ("saved", self.saved),
        ):
            rows.append((name, f"{it.tokens:,}", _dollars(it.cost_usd), f"{it.seconds:,.1f}"))
        widths = [max(len(row[at]) for row in rows) for at in range(4)]
        table_rows = [
            f"{row[0]:<{widths[0]}}"
            + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
            for row in rows
        ]
        return [*table_rows, f"by list prices of {pricing.as_of()}"]


def spent_by(recording: Recording) -> Spent:
    """What the model calls of a recording took."""
    summary = Summary()
    for event in recording.events(tracks=TRACKS):
        summary.feed(event, decode(event))
    facts = summary.as_data()
    tokens = sum(round(amount(it) or 0) for it in table(facts["tokens"]).values())
    is_known = not facts["without_price"]
    cost = amount(facts["cost_usd"]) if is_known else None
    return Spent(tokens, cost, recording.duration / NS_PER_SECOND)


def _dollars(cost: float | None) -> str:
    if cost is None:
        return "?"
    return f"-{dollars(-cost)}" if cost < 0 else dollars(cost) or "$0"
