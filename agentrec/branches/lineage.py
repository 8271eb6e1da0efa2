"""Which recording was branched from which, across everything the library knows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.branch_plan import RELATIONS
from agentrec.branches.journal import BranchJournal, parent_of
from agentrec.config import data_home
from agentrec.errors import AgentrecError
from agentrec.library.discovery import SUFFIX
from agentrec.library.filters import ENCRYPTED, Filters
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import update
from agentrec.library.listing import list_recordings, status, title_of
from agentrec.library.locations import roots
from agentrec.recording.reader import Recording
from agentrec.times import format_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow

GONE, NOT_RUN = "gone", "not run"  # states of what has no recording
# Files and folders to look for recordings in.
_MAX_PATHS = 10_000
_MAX_NUMBER = 1 << 62


class LineageNode(NamedTuple):
    """A recording, or a placeholder for one that is gone or was not made yet, which has no ``file``.

    ``created`` is in ns of Unix time, ``what`` its title or command line, ``status`` how it ended: ok,
    exit 1, signal 9, live, torn, damaged, gone, not run. ``parent`` is that of its header, or empty.
    ``worktree`` is the directory that was made for it here, if it still exists.
    """

    id: str
    file: str
    created: int
    what: str
    status: str
    parent: JsonObject
    worktree: str
    children: list[LineageNode]

    @property
    def at(self) -> int | None:
        """Where it branches off, in ns. Only what can be a time: headers may be anybody's."""
        return self._bounded("at_ns")

    @property
    def step(self) -> int | None:
        """The step of a program that it goes on from before."""
        return self._bounded("at_step")

    def _bounded(self, name: str) -> int | None:
        value = self.parent.get(name)
        return value if type(value) is int and 0 <= value < _MAX_NUMBER else None

    def walk(self) -> Iterator[LineageNode]:
        """This node and all descendants, parents before children."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += reversed(node.children)

    def as_json(self) -> JsonObject:
        """Without the children: in a list of all nodes, ``parent.id`` names the parent."""
        return {
            "id": self.id,
            "file": self.file or None,
            "created": format_rfc3339(self.created) if self.created else None,
            "what": self.what,
            "status": self.status,
            "parent": self.parent or None,
            "worktree": self.worktree or None,
        }


def lineage_trees(
    env: Mapping[str, str],
    file: str | None = None,
    progress: Callable[[int, int, int], object] | None = None,
) -> list[LineageNode]:
    """The trees of all recordings that have branches; with ``file``, the one tree that it is in.

    Brings the library up to date first, see :func:`agentrec.library.index.update.update` for ``progress``.
    Recordings beside ``file`` are included. Raises AgentrecError.
    """
    paths = dict.fromkeys([*roots([], env), *_beside(file)])
    made = BranchJournal(env).all()
    all_trees: list[LineageNode] = []
    library = LibraryDb(data_home(env))
    try:
        more: Iterable[str] = paths
        while more:
            update(library, list(paths), progress)
            rows = list_recordings(library, Filters(list(paths)), unique=True)
            all_trees = build_trees(rows, made)
            more = [] if len(paths) > _MAX_PATHS else _parent_files(all_trees, paths)
            paths |= dict.fromkeys(more)
    finally:
        library.close()
    if file is None:
        return [tree for tree in all_trees if tree.children]
    with Recording.outside(file) as recording:
        name = str(recording.header.get("id", ""))
    return [tree for tree in all_trees if any(node.id == name for node in tree.walk())]


def branches_of_file(env: Mapping[str, str], file: str) -> list[LineageNode]:
    """The branches of the recording ``file``, by the time they branch off. Raises AgentrecError."""
    with Recording.outside(file) as recording:
        name = str(recording.header.get("id", ""))
    for tree in lineage_trees(env, file):
        for node in tree.walk():
            if node.id == name:
                return node.children
    return []


def build_trees(rows: Iterable[RecordingRow], made: Sequence[JsonObject]) -> list[LineageNode]:
    """Trees of the library's ``rows`` and of the branches the journal has (``made``), the newest first."""
    entries = {str(entry["id"]): entry for entry in made}
    nodes: dict[str, LineageNode] = {}
    for row in rows:
        if name := str(row["session"] or ""):
            nodes.setdefault(name, _node(name, row, entries.get(name)))
    for name, entry in entries.items():
        nodes.setdefault(name, _not_run(name, entry))
    for node in list(nodes.values()):
        above = str(node.parent.get("id", ""))
        if above and above not in nodes:
            nodes[above] = LineageNode(above, "", 0, "", GONE, {}, "", [])
    tops = _linked(nodes)
    for node in nodes.values():
        node.children.sort(key=lambda child: (child.at or 0, child.created))
    return sorted(tops, key=lambda node: -max(one.created for one in node.walk()))


def _linked(nodes: Mapping[str, LineageNode]) -> list[LineageNode]:
    """Put each node below its parent; returns those without one.

    A cycle, which only a forged header can make, is cut at one of its nodes.
    """
    tops: list[LineageNode] = []
    seen: dict[str, str] = {}  # from where each was reached, so that no node is looked at twice
    for start, first in nodes.items():
        node = first
        while node.id not in seen:
            seen[node.id] = start
            above = nodes.get(str(node.parent.get("id", "")))
            if above is None or seen.get(above.id) == start:
                tops.append(node)
                break
            above.children.append(node)
            node = above
    return tops


def _node(name: str, row: RecordingRow, entry: JsonObject | None) -> LineageNode:
    path = str(row["path"])
    parent = _parent(path) if row["relation"] in RELATIONS else {}
    if row["state"] == ENCRYPTED and entry:  # its own is inside
        parent = parent_of(entry)
    created = _number(row["created"])
    return LineageNode(
        name, path, created, title_of(row), status(row), parent, _worktree(entry), []
    )


def _not_run(name: str, entry: JsonObject) -> LineageNode:
    created = _number(entry.get("created"))
    return LineageNode(name, "", created, "", NOT_RUN, parent_of(entry), _worktree(entry), [])


def _number(value: object) -> int:
    return value if type(value) is int else 0


def _worktree(entry: JsonObject | None) -> str:
    path = str((entry or {}).get("worktree", ""))
    return path if path and os.path.isdir(path) else ""


def _parent(path: str) -> JsonObject:
    """The ``parent`` in a recording's header."""
    try:
        with Recording.outside(path) as recording:
            parent = recording.header.get("parent")
    except AgentrecError:
        return {}
    return parent if isinstance(parent, dict) else {}


def _parent_files(trees: Iterable[LineageNode], known: Collection[str]) -> list[str]:
    """Files of parents that the library does not know, and of theirs, where their children say they are."""
    gone = (tree for tree in trees if tree.status == GONE)
    left = [child.parent.get("file") for tree in gone for child in tree.children]
    found: dict[str, None] = {}
    while left and len(found) < _MAX_PATHS:
        path = left.pop()
        if not isinstance(path, str) or path in found or path in known:
            continue
        if path.endswith(SUFFIX) and os.path.isfile(path):
            found[path] = None
            left.append(_parent(path).get("file"))
    return sorted(found)


def _beside(file: str | None) -> list[str]:
    if file is None:
        return []
    folder = os.path.dirname(os.path.realpath(file))
    names = (name for name in os.listdir(folder) if name.endswith(SUFFIX))
    return [path for name in sorted(names) if os.path.isfile(path := os.path.join(folder, name))]
