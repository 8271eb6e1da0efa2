"""The final files of two runs: equal, only on one side, different, with a diff.

Each run may have its own snapshot store: blobs have the same name everywhere, so names are compared and only
files that differ are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import unified_diff
from typing import TYPE_CHECKING

from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.json_values import JsonObject
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.snapshots.manifest import Contents

_MAX_DIFF_BYTES = 256 << 10  # of a file that is compared line by line
_MAX_DIFFS = 50  # files


@dataclass(slots=True)
class TreeDifference:
    """``known`` is False if the files of a side are not on this machine. ``diffs`` are unified, by path."""

    known: bool = False
    equal: int = 0
    only_left: list[str] = field(default_factory=list)
    only_right: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    diffs: dict[str, str] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether both sides are known to have the same files."""
        return self.known and not (self.only_left or self.only_right or self.differing)

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        names = ("known", "equal", "only_left", "only_right", "differing", "diffs")
        return {name: getattr(self, name) for name in names}


def compare_trees(left: ComparedRun, right: ComparedRun, env: Mapping[str, str]) -> TreeDifference:
    """How the files in the last snapshots differ."""
    a, b = left.contents(left.last, env), right.contents(right.last, env)
    if a is None or b is None:
        return TreeDifference()
    both = a.files.keys() & b.files.keys()
    differing = sorted(path for path in both if a.files[path] != b.files[path])
    only_left, only_right = (sorted(it.files.keys() - both) for it in (a, b))
    result = TreeDifference(True, len(both) - len(differing), only_left, only_right, differing)
    for path in differing[:_MAX_DIFFS]:
        old, new = _read(left.last, path, env), _read(right.last, path, env)
        result.diffs[path] = _diff(path, old, new)
    return result


def changed_paths(run: ComparedRun, env: Mapping[str, str]) -> list[str] | None:
    """The files that a run changed, from its first to its last snapshot; None if that is not known."""
    before, after = run.contents(run.first, env), run.contents(run.last, env)
    if before is None or after is None:
        return None
    return sorted(
        path for path in before.files.keys() | after.files.keys() if _differs(path, before, after)
    )


def _differs(path: str, before: Contents, after: Contents) -> bool:
    return before.files.get(path) != after.files.get(path)


def _read(
    which: RecordedSnapshot | None, path: str, env: Mapping[str, str]
) -> tuple[bytes, int] | None:
    """The beginning of a file, and its size."""
    if which is None:
        return None
    try:
        store, snapshot = which.open(env)
    except SnapshotError:
        return None
    try:
        return store.begin(snapshot, path, _MAX_DIFF_BYTES)
    except SnapshotError:
        return None
    finally:
        store.close()


def _diff(path: str, left: tuple[bytes, int] | None, right: tuple[bytes, int] | None) -> str:
    """A unified diff, or in words why there is none."""
    if left is None or right is None:
        return "cannot be read"
    (old, old_size), (new, new_size) = left, right
    if max(old_size, new_size) > _MAX_DIFF_BYTES:
        return f"{old_size:,} and {new_size:,} bytes"
    if old == new:
        return "other permissions"
    if b"\0" in old or b"\0" in new:
        return "binary"
    before, after = (data.decode(errors="replace").splitlines() for data in (old, new))
    return "\n".join(unified_diff(before, after, f"A/{path}", f"B/{path}", lineterm=""))
