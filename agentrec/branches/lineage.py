"""Which recording was branched from which, across everything the library knows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.branches.branch_plan import RELATION
from agentrec.branches.journal import BranchJournal
from agentrec.config import data_home
from agentrec.errors import AgentrecError
from agentrec.library.discovery import ENDING
from agentrec.library.filters import Filters
from agentrec.library.index.store import Store
from agentrec.library.index.update import update
from agentrec.library.listing import recordings, status, what
from agentrec.library.locations import roots
from agentrec.recording.reader import Recording
from agentrec.times import format_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

GONE, NOT_RUN = "gone", "not run"  # states of what has no recording
_MAX_PATHS = 10_000  # files and folders that are looked at


class LineageNode(NamedTuple):
    """A recording, or what stands for one that is gone or was not made yet.

    ``file`` is empty then. ``created`` in ns of Unix time, ``what`` its title or command line, ``status``
    how it ended: ok, exit 1, signal 9, live, torn, damaged, gone, not run. ``parent`` is that of its
    header, or empty. ``worktree`` is the directory that was made for it here, if that is still there.
    """

    id: str
    file: str
    created: int
    what: str
    status: str
    parent: dict[str, Any]
    worktree: str
    children: list[LineageNode]

    def walk(self) -> Iterator[LineageNode]:
        """This one and all that came from it, parents before children."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)

    def as_json(self) -> dict[str, Any]:
        """Without the children: in the list of all nodes ``parent.id`` names the one above."""
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
    """The lineage of all recordings that have one; with ``file`` the one tree that it is in.

    Brings the library up to date first, see :func:`agentrec.library.index.update.update` for ``progress``.
    Recordings beside ``file`` count, too. Raises AgentrecError.
    """
    places = [*roots([], env), *_beside(file)]
    made = BranchJournal(env).all()
    found: list[LineageNode] = []
    library = Store(data_home(env))
    try:
        more = places
        while more and len(places) < _MAX_PATHS:
            update(library, places, progress)
            found = build_trees(recordings(library, Filters(places), once=True), made)
            more = [path for path in _named(found) if path not in places]
            places += more
    finally:
        library.close()
    if file is None:
        return [tree for tree in found if tree.children]
    with Recording.open(file) as recording:
        name = str(recording.header.get("id", ""))
    return [tree for tree in found if any(node.id == name for node in tree.walk())]


def branches_of_file(env: Mapping[str, str], file: str) -> list[LineageNode]:
    """The branches of the recording ``file``, in order of where they begin. Raises AgentrecError."""
    with Recording.open(file) as recording:
        name = str(recording.header.get("id", ""))
    for tree in lineage_trees(env, file):
        for node in tree.walk():
            if node.id == name:
                return node.children
    return []


def build_trees(
    rows: Iterable[dict[str, Any]], made: Sequence[dict[str, Any]]
) -> list[LineageNode]:
    """Trees of the library's ``rows`` and of what the journal says was ``made``, the newest first."""
    here = {str(entry["id"]): entry for entry in made}
    nodes: dict[str, LineageNode] = {}
    for row in rows:
        if row["session"]:
            nodes.setdefault(row["session"], _node(row, here.get(row["session"])))
    for name, entry in here.items():
        nodes.setdefault(name, _not_run(name, entry))
    for node in list(nodes.values()):
        above = str(node.parent.get("id", ""))
        if above and above not in nodes:
            nodes[above] = LineageNode(above, "", 0, "", GONE, {}, "", [])
    tops = [node for node in nodes.values() if not _hang(node, nodes)]
    for node in nodes.values():
        node.children.sort(key=lambda child: (_at(child), child.created))
    return sorted(tops, key=lambda node: -max(one.created for one in node.walk()))


def _hang(node: LineageNode, nodes: Mapping[str, LineageNode]) -> bool:
    """Put ``node`` below its parent; not where that would make a ring, which only a forged header can."""
    above = str(node.parent.get("id", ""))
    if not above:
        return False
    if any(one.id == above for one in node.walk()):
        return False
    nodes[above].children.append(node)
    return True


def _at(node: LineageNode) -> int:
    at = node.parent.get("at_ns")
    return at if type(at) is int else 0


def _node(row: dict[str, Any], entry: dict[str, Any] | None) -> LineageNode:
    parent = _parent(row["path"]) if row["relation"] == RELATION else {}
    return LineageNode(
        row["session"],
        row["path"],
        row["created"],
        what(row),
        status(row),
        parent,
        _worktree(entry),
        [],
    )


def _not_run(name: str, entry: dict[str, Any]) -> LineageNode:
    created = entry.get("created")
    when = created if type(created) is int else 0
    return LineageNode(name, "", when, "", NOT_RUN, dict(entry["parent"]), _worktree(entry), [])


def _worktree(entry: dict[str, Any] | None) -> str:
    path = str((entry or {}).get("worktree", ""))
    return path if path and os.path.isdir(path) else ""


def _parent(path: str) -> dict[str, Any]:
    """What a recording's header says of the one it was branched from."""
    try:
        with Recording.open(path) as recording:
            parent = recording.header.get("parent")
    except AgentrecError:
        return {}
    return parent if isinstance(parent, dict) else {}


def _named(found: Iterable[LineageNode]) -> list[str]:
    """Files of parents that the library does not know, where their children say they were."""
    said = {
        str(child.parent.get("file", ""))
        for tree in found
        if tree.status == GONE
        for child in tree.children
    }
    return sorted(path for path in said if path.endswith(ENDING) and os.path.isfile(path))


def _beside(file: str | None) -> list[str]:
    if file is None:
        return []
    folder = os.path.dirname(os.path.realpath(file))
    names = (name for name in os.listdir(folder) if name.endswith(ENDING))
    return [path for name in sorted(names) if os.path.isfile(path := os.path.join(folder, name))]
