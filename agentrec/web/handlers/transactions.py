"""Transactions of this machine: list, status, differences; begin, savepoint, rollback, commit, abort.

Files are shown from savepoints, never from a directory. A transaction begins only where a served recording
was made, so that no client names directories.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from agentrec.capture.control.client import ask
from agentrec.errors import AgentrecError, InputError, OutputError, UsageError
from agentrec.json_values import table, text
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.text import plural
from agentrec.transactions.begin import base_branch, uncommitted
from agentrec.transactions.merge import ConflictError
from agentrec.transactions.savepoint import find_savepoint
from agentrec.transactions.transaction import Transaction, open_transactions
from agentrec.transactions.transaction_log import OPEN, TransactionLog
from agentrec.transactions.transaction_mark import (
    ABORTED,
    BEGUN,
    COMMITTED,
    CONFLICT,
    ROLLED_BACK,
    SAVEPOINT,
    mark_of,
)
from agentrec.web.handlers.changing import connect_recorder
from agentrec.web.handlers.files import diff_data
from agentrec.web.openapi.transactions import ANY
from agentrec.web.problems import ProblemError
from agentrec.web.request import JsonReply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.transactions.merge import Conflict
    from agentrec.transactions.savepoint import Savepoint
    from agentrec.web.request import ApiRequest

MAX_CONFLICTS = 50
MAX_SIDE_CHARS = 20_000
_BEGINNING = "0"
_SIDES = ("base", "transaction", "before", "merged")


def transactions(request: ApiRequest) -> JsonObject:
    state, env = request.params["state"], request.service.env
    troubles: list[AgentrecError] = []
    every = open_transactions(env, troubles)
    if state != OPEN:
        entries = [it for it in TransactionLog(env).all() if state in (ANY, it.get("state"))]
        every = [Transaction(str(entry["id"]), env, recovers=False) for entry in entries]
    listed = [one.as_json() for one in request.deadline.watch(every)]
    return {"transactions": listed, "total": len(listed), "troubles": [str(it) for it in troubles]}


def transaction(request: ApiRequest) -> JsonObject:
    return _chosen(request, recovers=False).as_json()


def diff(request: ApiRequest) -> JsonObject:
    params, savepoints = request.params, _chosen(request, recovers=False).savepoints
    if not savepoints:
        raise ProblemError(404, "the transaction has no savepoints")
    first = find_savepoint(savepoints, params["from"])
    last = find_savepoint(savepoints, params["to"]) if params["to"] else savepoints[-1]
    if first.store != last.store:
        raise ProblemError(400, "the savepoints are of different directories")
    with closing(SnapshotStore.named(last.store, request.service.env)) as store:
        sides = store.snapshot(first.snapshot), store.snapshot(last.snapshot)
        return diff_data(store, *sides, (params["path"] or "").strip("/"))


def begin(request: ApiRequest) -> JsonObject | JsonReply:
    row, body = request.row, request.body
    with _possible():
        if not row["cwd"]:
            raise UsageError("it is not known where this was recorded", "`agentrec tx begin DIR`")
        base = base_branch(row["cwd"])
        lines = [
            f"begin a transaction on {base.branch} of {base.repository}",
            "work goes on in a git worktree of its own, beside it",
        ]
        if count := uncommitted(base.repository):
            lines.append(f"{plural(count, 'uncommitted file')} will not be in it")
        if not body["confirm"]:
            return _plan(lines)
        env = {**request.service.env, "AGENTREC_SESSION": row["session"]}
        made = Transaction.begin(row["cwd"], env, body["name"])
    _mark(request, made, BEGUN)
    return JsonReply(_done(made), 201)


def add_savepoint(request: ApiRequest) -> JsonReply:
    chosen = _chosen(request)
    with _possible():
        made = chosen.savepoint(request.body["name"])
    _mark(request, chosen, SAVEPOINT, made)
    return JsonReply(made.as_json(), 201)


def roll_back(request: ApiRequest) -> JsonObject:
    body, chosen = request.body, _chosen(request)
    if body["undo"] and body["to"]:
        raise ProblemError(400, "undo and to exclude each other", "use one of them")
    to = body["to"] or _BEGINNING
    with _possible():
        if not body["confirm"]:
            return _plan(_rollback_lines(chosen, to, undo=body["undo"]))
        try:
            target = chosen.undo_rollback() if body["undo"] else chosen.rollback(to)
        except InputError as error:
            status = 409 if body["undo"] else 404  # nothing to undo; no such savepoint
            raise ProblemError(status, str(error), error.hint) from None
    _mark(request, chosen, ROLLED_BACK, target)
    return _done(chosen, savepoint=target)


def commit(request: ApiRequest) -> JsonObject:
    body, chosen = request.body, _chosen(request)
    entry = chosen.entry
    with _possible():
        _check_open(chosen)
        if not body["confirm"]:
            return _plan(
                [
                    f"commit everything that git does not ignore in {chosen.worktree}",
                    f"merge it into {entry['base']} of {entry['repository']}",
                    "remove the worktree",
                ]
            )
        try:
            ended = chosen.commit(body["message"])
        except ConflictError as error:
            _mark(request, chosen, CONFLICT)
            raise _conflict(error, str(entry["base"]), str(entry["branch"])) from None
    _mark(request, chosen, COMMITTED)
    assert ended.merge is not None
    return {**_done(chosen, troubles=ended.troubles), "merge": ended.merge._asdict()}


def abort(request: ApiRequest) -> JsonObject:
    chosen = _chosen(request)
    with _possible():
        _check_open(chosen)
        if not request.body["confirm"]:
            return _plan([f"take a savepoint, then remove {chosen.worktree}; nothing is merged"])
        ended = chosen.abort()
    _mark(request, chosen, ABORTED)
    return _done(chosen, savepoint=ended.last, troubles=ended.troubles)


def _chosen(request: ApiRequest, *, recovers: bool = True) -> Transaction:
    return Transaction(request.params["tx"], request.service.env, recovers=recovers)


def _mark(
    request: ApiRequest, one: Transaction, action: str, savepoint: Savepoint | None = None
) -> None:
    """Mark it in the recording that it was begun in, if that is running and served."""
    recording = text(table(one.entry.get("parent")).get("id"))
    if not recording:
        return
    try:
        row = request.service.catalog.row(recording)
        client = connect_recorder(request, row)
        if client is not None:
            with client:
                made = mark_of(one, action, savepoint)
                ask(client, {"op": "mark", "label": made.label, **made.details})
    except (ProblemError, InputError):
        return  # it has ended, or is not served


def _check_open(chosen: Transaction) -> None:
    if (state := chosen.entry["state"]) != OPEN:
        raise UsageError(f"transaction {chosen.id} is {state}", "begin another one")


def _rollback_lines(chosen: Transaction, to: str, *, undo: bool) -> list[str]:
    _check_open(chosen)
    if undo:
        return ["undo the last rollback"]
    target = find_savepoint(chosen.savepoints, to)
    return [
        f"go back to savepoint {target.number} {target.name}".rstrip(),
        "what was made since is removed, ignored files too; a savepoint is taken first",
    ]


def _plan(lines: list[str]) -> JsonObject:
    return {"dryRun": True, "lines": lines}


def _done(
    one: Transaction, *, savepoint: Savepoint | None = None, troubles: list[str] | None = None
) -> JsonObject:
    about = {"savepoint": savepoint.as_json()} if savepoint else {}
    return {"dryRun": False, "transaction": one.as_json(), "troubles": troubles or [], **about}


@contextmanager
def _possible() -> Iterator[None]:
    """A valid request that cannot be done now is a conflict with what there is."""
    try:
        yield
    except (UsageError, OutputError) as error:
        raise ProblemError(409, str(error), error.hint) from None


def _conflict(error: ConflictError, base: str, branch: str) -> ProblemError:
    conflicts = [_sides(one) for one in error.conflicts[:MAX_CONFLICTS]]
    more: JsonObject = {"base": base, "branch": branch, "conflicts": conflicts}
    return ProblemError(409, str(error), error.hint, more | {"total": len(error.conflicts)})


def _sides(conflict: Conflict) -> JsonObject:
    texts = conflict._asdict()
    cut = any(len(texts[name]) > MAX_SIDE_CHARS for name in _SIDES)
    return {**{name: text[:MAX_SIDE_CHARS] for name, text in texts.items()}, "truncated": cut}


HANDLERS = {
    "transactions": transactions,
    "transaction": transaction,
    "transactionDiff": diff,
    "beginTransaction": begin,
    "addSavepoint": add_savepoint,
    "rollBack": roll_back,
    "commitTransaction": commit,
    "abortTransaction": abort,
}
