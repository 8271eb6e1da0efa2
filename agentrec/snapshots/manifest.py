"""What is in a snapshot: files with their real modes, empty directories, and what was left out.

Git trees have neither empty directories nor modes other than 644 and 755; the manifest adds them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.model import (
    FILE,
    FOLDER,
    KIND,
    LINK,
    MAX_DEPTH,
    PERMISSIONS,
    FileEntry,
    SnapshotReadError,
)
from agentrec.snapshots.scan.directory_tree import entries_of, folders_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.scan.directory_tree import DirectoryNode, Totals
    from agentrec.snapshots.scan.snapshot_rules import SnapshotRules

VERSION = 1
# Parts of a path that lead elsewhere, or into a repository; no scan finds them.
_NO_NAME = re.compile(r"(?:^|/)(?:|\.|\.\.|\.git)(?:/|$)", re.IGNORECASE)


class Contents(NamedTuple):
    """Paths are relative to the workspace, with slashes; bytes that are not UTF-8 are surrogates.

    ``files``    files and symlinks
    ``folders``  directories and their permissions
    ``left``     what was there and is not in the snapshot: path -> why
    ``rules``    the patterns of that time: lists ``out`` and ``keep``, and the text ``excludes``
    ``late``     files that may have changed between the start of the command and the snapshot of the start
    """

    files: dict[str, FileEntry]
    folders: dict[str, int]
    left: dict[str, str]
    rules: JsonObject
    late: Sequence[str] = ()


def left_of(root: DirectoryNode) -> dict[str, str]:
    """What a scan saw and could not keep, and why."""
    found = root.walk(where=lambda below: below.left)
    return {path + name: why for path, node in found for name, why in node.left.items()}


def rules_record(rules: SnapshotRules, excludes: bytes) -> JsonObject:
    """The patterns of a scan, as the manifest has them."""
    text = excludes.decode(errors="surrogateescape")
    return {"out": list(rules.out), "keep": list(rules.keep), "excludes": text}


def contents_of(root: DirectoryNode, rules: JsonObject, late: Sequence[str] = ()) -> Contents:
    """The contents of a scanned tree."""
    return Contents(entries_of(root), folders_of(root), left_of(root), rules, late)


def manifest_json(root: DirectoryNode, rules: JsonObject, late: Sequence[str] = ()) -> bytes:
    """What the git tree of ``root`` cannot say, as JSON. Equal trees have equal manifests."""
    modes = root.totals.modes
    usual = {
        "file": _usual({m: n for m, n in modes.items() if m & 0o170100 == FILE}, 0o644),
        "program": _usual({m: n for m, n in modes.items() if m & 0o170100 == FILE | 0o100}, 0o755),
        "folder": _usual(root.totals.folders, 0o755),
    }
    body = {
        "version": VERSION,
        "usual": {name: f"{mode:o}" for name, mode in usual.items()},
        "modes": _exceptions(root, usual),
        "empty": _empty(root),
        "left": left_of(root),
        "rules": rules,
        **({"late": list(late)} if late else {}),
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _empty(root: DirectoryNode) -> list[str]:
    """The paths of directories with nothing to keep in them."""
    found = root.walk(where=lambda below: below.empty)
    return sorted(
        path + name
        for path, node in found
        for name, inner in node.folders.items()
        if not inner.tree
    )


def _exceptions(root: DirectoryNode, usual: dict[str, int]) -> dict[str, str]:
    """The permissions that are not the usual ones, by path."""
    expected = {FILE | usual["file"], FILE | usual["program"]}

    def is_odd(below: Totals) -> bool:
        return not below.folders.keys() <= {usual["folder"]} or any(
            mode not in expected and mode & KIND == FILE for mode in below.modes
        )

    modes = {}
    for path, node in root.walk(where=is_odd):
        for name, inner in node.folders.items():
            if inner.mode & PERMISSIONS != usual["folder"]:
                modes[path + name] = f"{inner.mode & PERMISSIONS:o}"
        if node.census.keys() <= expected:
            continue
        for name, seen in node.files.items():
            if seen.mode not in expected and seen.mode & KIND == FILE:
                modes[path + name] = f"{seen.mode & PERMISSIONS:o}"
    return modes


def read_contents(listing: bytes, raw_manifest: bytes) -> Contents:
    """The contents of a stored tree, from ``git ls-tree -r -t -z`` and its manifest. Raises SnapshotError."""
    try:
        stored = json.loads(raw_manifest)
        usual = {name: int(stored["usual"][name], 8) for name in ("file", "program", "folder")}
        modes = {path: int(mode, 8) for path, mode in stored["modes"].items()}
        left = {path: str(why) for path, why in stored["left"].items()}
        empty, rules = [str(path) for path in stored["empty"]], dict(stored["rules"])
        late = [str(path) for path in stored.get("late", [])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SnapshotReadError("the snapshot's manifest is damaged") from None
    files: dict[str, FileEntry] = {}
    folders: dict[str, int] = {}
    for line in listing.split(b"\0")[:-1]:
        about, _, raw = line.partition(b"\t")
        git_mode, _, sha = about.decode().split(" ")
        path = raw.decode(errors="surrogateescape")
        _check(path)
        mode = int(git_mode, 8)
        if mode == FOLDER:
            folders[path] = modes.get(path, usual["folder"])
        elif mode == LINK:
            files[path] = FileEntry(LINK | 0o777, sha)
        else:
            files[path] = FileEntry(FILE | modes.get(path, usual[_class(mode)]), sha)
    for path in empty:
        _check(path)
        folders[path] = modes.get(path, usual["folder"])
    return Contents(files, folders, left, rules, late)


def _check(path: str) -> None:
    if _NO_NAME.search(path):
        raise SnapshotReadError(f"a snapshot has the invalid file name {path!r}")
    if path.count("/") > MAX_DEPTH:
        raise SnapshotReadError(f"a snapshot has folders more than {MAX_DEPTH} deep")


def _usual(counted: Mapping[int, int], default: int) -> int:
    """The most frequent permissions."""
    most = max(counted.values(), default=0)
    return min((m & PERMISSIONS for m, count in counted.items() if count == most), default=default)


def _class(mode: int) -> str:
    return "program" if mode & 0o100 else "file"
