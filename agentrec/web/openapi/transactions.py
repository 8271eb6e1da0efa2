"""Operations on transactions. What changes files or branches is only planned, unless it is confirmed."""

from __future__ import annotations

from agentrec.transactions.transaction_log import ABORTED, COMMITTED, OPEN
from agentrec.web.openapi.parts import (
    FLAG,
    TEXT,
    Operation,
    Operations,
    Schema,
    body_object,
    in_path,
    one_of,
    operation,
    query,
    ref,
)
from agentrec.web.openapi.recording import SESSION

ANY = "any"
_TRANSACTION = in_path("tx", "the id of a transaction")
_WORDS = {**TEXT, "pattern": "^[^\\u0000]*$"}
_SAVEPOINT = {**TEXT, "minLength": 1, "maxLength": 1000}
_PATH = {**TEXT, "minLength": 1, "maxLength": 4096}
# As `agentrec tx begin --name` takes it.
_NAME = {**TEXT, "maxLength": 61, "pattern": "^([A-Za-z0-9][A-Za-z0-9_-]*)?$", "default": ""}
_CONFIRM = {**FLAG, "default": False}


def _change(name: str, summary: str, members: dict[str, Schema]) -> Operation:
    return operation(
        name,
        f"{summary}; returns only the plan unless `confirm` is true",
        ref("TransactionChange"),
        parameters=(_TRANSACTION,),
        body=body_object({**members, "confirm": _CONFIRM}),
        problems=("409", "410"),
    )


TRANSACTIONS: Operations = {
    ("get", "/transactions"): operation(
        "transactions",
        "Transactions of this machine, as in `agentrec tx status --json`",
        ref("TransactionList"),
        parameters=(
            query(
                "state", {**one_of(OPEN, COMMITTED, ABORTED, ANY), "default": OPEN}, "only these"
            ),
        ),
    ),
    ("get", "/transactions/{tx}"): operation(
        "transaction",
        "A transaction and its savepoints",
        ref("Transaction"),
        parameters=(_TRANSACTION,),
    ),
    ("get", "/transactions/{tx}/diff"): operation(
        "transactionDiff",
        "Differences between two savepoints: by default from the beginning to the last one",
        ref("Diff"),
        parameters=(
            _TRANSACTION,
            query("from", {**_SAVEPOINT, "default": "0"}, "number or name of a savepoint"),
            query("to", _SAVEPOINT, "the later one"),
            query("path", _PATH, "only this file or folder"),
        ),
        problems=("410",),
    ),
    ("post", "/sessions/{id}/transactions"): operation(
        "beginTransaction",
        "Begin a transaction in the repository that this was recorded in; returns only the plan unless "
        "`confirm` is true",
        ref("TransactionChange"),
        parameters=(SESSION,),
        body=body_object({"name": _NAME, "confirm": _CONFIRM}),
        problems=("409",),
    ),
    ("post", "/transactions/{tx}/savepoints"): operation(
        "addSavepoint",
        "Keep the files of a transaction as they are now",
        ref("Savepoint"),
        parameters=(_TRANSACTION,),
        body=body_object({"name": {**_WORDS, "maxLength": 1000, "default": ""}}),
        status="201",
        problems=("409",),
    ),
    ("post", "/transactions/{tx}/rollback"): _change(
        "rollBack",
        "Go back to a savepoint or, without `to`, to the beginning; with `undo`, undo the last rollback",
        {"to": _SAVEPOINT, "undo": {**FLAG, "default": False}},
    ),
    ("post", "/transactions/{tx}/commit"): _change(
        "commitTransaction",
        "Merge a transaction into its base branch and end it; a 409 has both sides of conflicts",
        {"message": {**_WORDS, "maxLength": 8000, "default": ""}},
    ),
    ("post", "/transactions/{tx}/abort"): _change(
        "abortTransaction", "End a transaction without merging it", {}
    ),
}
# As for branches: 201 for what was made, 200 for a plan.
TRANSACTIONS["post", "/sessions/{id}/transactions"]["responses"]["201"] = {
    "description": "The transaction has begun",
    "content": {"application/json": {"schema": ref("TransactionChange")}},
}
