"""What a recording says about a transaction: a mark for each thing that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import text

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.transactions.savepoint import Savepoint
    from agentrec.transactions.transaction import Transaction

BEGUN, SAVEPOINT, ROLLED_BACK = "begun", "savepoint", "rolled back"
COMMITTED, CONFLICT, ABORTED = "committed", "conflict", "aborted"
_LABELS = {
    BEGUN: "transaction begun",
    SAVEPOINT: "savepoint",
    ROLLED_BACK: "rolled back to",
    COMMITTED: "transaction committed",
    CONFLICT: "transaction not committed: conflict",
    ABORTED: "transaction aborted",
}


class TransactionMark(NamedTuple):
    """``details`` are more fields of :class:`agentrec.recording.events.mark.MarkMoment`."""

    label: str
    details: JsonObject


def mark_of(
    transaction: Transaction, action: str, savepoint: Savepoint | None = None
) -> TransactionMark:
    """The mark for ``action``, one of the above; ``savepoint`` is what it is about."""
    entry = transaction.entry
    about: JsonObject = {name: text(entry.get(name)) for name in ("id", "name", "base")}
    about["action"] = action
    label = _LABELS[action]
    if savepoint is not None:
        label = f"{label} {savepoint.name or savepoint.number}"
        about["savepoint"] = f"{savepoint.number} {savepoint.name}".rstrip()
    status = {"status": "failed"} if action == CONFLICT else {}
    return TransactionMark(label, {**status, "transaction": about})
