"""Which recording branched from which: the trees of the branches room as nodes and edges."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from agentrec.branches.journal import BranchJournal
from agentrec.branches.lineage import LineageNode, build_trees
from agentrec.library.listing import recordings
from agentrec.times import NS_PER_SECOND, format_rfc3339
from agentrec.web.catalog import id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.web.request import Asked

_TOLD = ("snapshot", "message", "method", "fidelity", "worktree", "branch")


def whole_lineage(asked: Asked) -> dict[str, Any]:
    """All trees that have branches."""
    rows, trees = _forest(asked)
    return _told(rows, [tree for tree in trees if tree.children], None)


def lineage_of(asked: Asked) -> dict[str, Any]:
    """The tree that the recording in the path is in."""
    row = asked.row
    rows, trees = _forest(asked)
    own = str(row["session"])
    return _told(rows, [tree for tree in trees if _has(tree, own)], row)


def children(asked: Asked, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The branches of a recording, for its timeline."""
    own = str(row["session"])
    _, trees = _forest(asked)
    return [
        {"id": child.id, "ts": _at(child), "relation": _relation(child), "state": child.status}
        for tree in trees
        for node in tree.walk()
        if node.id == own
        for child in node.children
    ]


def _forest(asked: Asked) -> tuple[dict[str, dict[str, Any]], list[LineageNode]]:
    catalog = asked.service.catalog
    with catalog.fresh() as store:
        rows = recordings(store, catalog.filters(), once=True)
    trees = build_trees(rows, BranchJournal(asked.service.env).all())
    return {row["session"]: row for row in rows if row["session"]}, trees


def _has(tree: LineageNode, name: str) -> bool:
    return any(node.id == name for node in tree.walk())


def _told(
    rows: dict[str, dict[str, Any]], trees: Iterable[LineageNode], own: dict[str, Any] | None
) -> dict[str, Any]:
    nodes = [node for tree in trees for node in tree.walk()]
    told = [_node(node, rows.get(node.id)) for node in nodes]
    if own and not nodes:  # it has no id of its own
        told = [_of_row(own)]
    return {
        "self": id_of(own) if own else None,
        "nodes": told,
        "edges": [edge for node in nodes for edge in _edges(node, rows)],
    }


def _node(node: LineageNode, row: dict[str, Any] | None) -> dict[str, Any]:
    if row:
        return _of_row(row)
    return {
        "id": node.id,
        "here": False,
        "title": node.what,
        "agent": "",
        "command": "",
        "created": format_rfc3339(node.created) if node.created else None,
        "duration": None,
        "state": node.status,  # gone, or not run
        "failed": False,
    }


def _of_row(row: dict[str, Any]) -> dict[str, Any]:
    ended = row["state"] != "live"
    return {
        "id": id_of(row),
        "here": True,
        "title": row["title"] or row["prompt"],
        "agent": row["agent"] or row["program"],
        "command": _command(row["command"]),
        "created": format_rfc3339(row["created"]),
        "duration": row["duration"] / NS_PER_SECOND,
        "state": row["state"],
        "failed": ended and row["exit_code"] != 0,
        "exit_code": row["exit_code"],
        "errors": row["errors"],
        "cost_usd": row["cost"],
    }


def _command(text: str) -> str:
    try:
        return shlex.join(map(str, json.loads(text)))
    except (ValueError, TypeError):  # it was too long to be kept whole
        return text


def _edges(node: LineageNode, rows: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for child in node.children:
        told = {name: child.parent.get(name) for name in _TOLD}
        texts = {name: value if isinstance(value, str) else None for name, value in told.items()}
        ids = [id_of(rows[it.id]) if it.id in rows else it.id for it in (node, child)]
        yield {
            "parent": ids[0],
            "child": ids[1],
            "relation": _relation(child),
            "at": _at(child),
            **texts,
        }


def _relation(child: LineageNode) -> str:
    return str(child.parent.get("relation", ""))


def _at(child: LineageNode) -> float | None:
    at = child.parent.get("at_ns")
    return at / NS_PER_SECOND if type(at) is int else None
