"""Lineage: which recording branched from which, as nodes and edges."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from agentrec.branches.journal import BranchJournal
from agentrec.branches.lineage import LineageNode, build_trees
from agentrec.library.listing import list_recordings
from agentrec.times import NS_PER_SECOND, format_rfc3339
from agentrec.web.catalog import id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow
    from agentrec.web.request import ApiRequest

    _Rows = dict[str, RecordingRow]

_PARENT_FIELDS = ("snapshot", "message", "method", "fidelity", "worktree", "branch")


def whole_lineage(request: ApiRequest) -> JsonObject:
    """All trees that have branches."""
    rows, trees = _forest(request)
    return _graph(rows, [tree for tree in trees if tree.children], None)


def lineage_of(request: ApiRequest) -> JsonObject:
    """The tree that the recording in the path is in."""
    row = request.row
    rows, trees = _forest(request)
    own = row["session"]
    return _graph(rows, [tree for tree in trees if _has(tree, own)], row)


def children(request: ApiRequest, row: RecordingRow) -> list[JsonObject]:
    """The branches of a recording, for its timeline."""
    own = row["session"]
    # The timeline does not wait for all others to be read.
    _, trees = _forest(request, wait=False)
    return [
        {"id": child.id, "ts": _at(child), "relation": _relation(child), "state": child.status}
        for tree in trees
        for node in tree.walk()
        if node.id == own
        for child in node.children
    ]


def _forest(request: ApiRequest, *, wait: bool = True) -> tuple[_Rows, list[LineageNode]]:
    catalog = request.service.catalog
    with catalog.fresh(wait=wait) as library:
        rows = list_recordings(library, catalog.filters(), unique=True)
    trees = build_trees(rows, BranchJournal(request.service.env).all())
    return {row["session"]: row for row in rows if row["session"]}, trees


def _has(tree: LineageNode, name: str) -> bool:
    return any(node.id == name for node in tree.walk())


def _graph(rows: _Rows, trees: Iterable[LineageNode], own: RecordingRow | None) -> JsonObject:
    nodes = [node for tree in trees for node in tree.walk()]
    data = [_node(node, rows.get(node.id)) for node in nodes]
    if own and not nodes:  # it has no id of its own
        data = [_row_node(own)]
    return {
        "self": id_of(own) if own else None,
        "nodes": data,
        "edges": [edge for node in nodes for edge in _edges(node, rows)],
    }


def _node(node: LineageNode, row: RecordingRow | None) -> JsonObject:
    if row:
        return _row_node(row)
    return {
        "id": node.id,
        "here": False,
        "title": node.what,
        "agent": "",
        "command": "",
        "created": format_rfc3339(node.created) if node.created else None,
        "duration": None,
        "state": node.status,  # gone or not run
        "failed": False,
    }


def _row_node(row: RecordingRow) -> JsonObject:
    return {
        "id": id_of(row),
        "here": True,
        "title": row["title"] or row["prompt"],
        "agent": row["agent"] or row["program"],
        "command": _command(row["command"]),
        "created": format_rfc3339(row["created"]),
        "duration": None if row["encrypted"] else row["duration"] / NS_PER_SECOND,
        "state": row["state"],
        "failed": bool(row["failed"]),
        "exit_code": row["exit_code"],
        "errors": row["errors"],
        "cost_usd": row["cost"],
    }


def _command(text: str) -> str:
    try:
        return shlex.join(map(str, json.loads(text)))
    except (ValueError, TypeError):  # it was too long to be stored whole
        return text


def _edges(node: LineageNode, rows: _Rows) -> Iterator[JsonObject]:
    for child in node.children:
        fields = {name: child.parent.get(name) for name in _PARENT_FIELDS}
        texts = {name: value if isinstance(value, str) else None for name, value in fields.items()}
        ids = [id_of(rows[end.id]) if end.id in rows else end.id for end in (node, child)]
        yield {
            "parent": ids[0],
            "child": ids[1],
            "relation": _relation(child),
            "at": _at(child),
            "step": child.step,
            **texts,
        }


def _relation(child: LineageNode) -> str:
    return str(child.parent.get("relation", ""))


def _at(child: LineageNode) -> float | None:
    return None if child.at is None else child.at / NS_PER_SECOND
