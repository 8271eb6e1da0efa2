"""What is in a snapshot: entries with their true modes, empty directories, and what was left out.

Git trees know neither empty directories nor modes besides 644 and 755; a manifest beside the tree does.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.snapshots.model import FILE, FOLDER, LINK, PERMISSIONS, Entry, SnapshotError
from agentrec.snapshots.node import entries_of, folders_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.snapshots.node import Node
    from agentrec.snapshots.rules import Rules

VERSION = 1
_DEFAULTS = {"file": 0o644, "program": 0o755, "folder": 0o755}


class Contents(NamedTuple):
    """Paths are relative to the workspace, with slashes; bytes that are no UTF-8 are surrogates.

    ``files``    files and symlinks
    ``folders``  directories and their permissions
    ``left``     what was there and is not kept: path -> why
    ``rules``    the patterns that decided: lists ``out`` and ``keep``, and the text ``excludes``
    """

    files: dict[str, Entry]
    folders: dict[str, int]
    left: dict[str, str]
    rules: dict[str, Any]


def contents_of(root: Node, rules: Rules, excludes: bytes) -> Contents:
    """The contents of a scanned tree."""
    left = {path + name: why for path, node in root.walk() for name, why in node.left.items()}
    return Contents(
        entries_of(root),
        folders_of(root),
        left,
        {
            "out": list(rules.out),
            "keep": list(rules.keep),
            "excludes": excludes.decode(errors="surrogateescape"),
        },
    )


def manifest(root: Node, contents: Contents) -> bytes:
    """What the git tree of ``root`` does not say, as JSON. Equal trees have equal manifests."""
    usual = {
        "file": _usual(e.mode for e in contents.files.values() if e.mode & 0o170100 == FILE),
        "program": _usual(
            e.mode for e in contents.files.values() if e.mode & 0o170100 == FILE | 0o100
        ),
        "folder": _usual(contents.folders.values()),
    }
    usual = {name: mode or _DEFAULTS[name] for name, mode in usual.items()}
    modes = {
        path: f"{entry.mode & PERMISSIONS:o}"
        for path, entry in contents.files.items()
        if not entry.is_link and entry.mode & PERMISSIONS != usual[_class(entry.mode)]
    }
    modes |= {path: f"{m:o}" for path, m in contents.folders.items() if m != usual["folder"]}
    body = {
        "version": VERSION,
        "usual": {name: f"{mode:o}" for name, mode in usual.items()},
        "modes": modes,
        "empty": [path[:-1] for path, node in root.walk() if path and not node.tree],
        "left": contents.left,
        "rules": contents.rules,
    }
    body["empty"].sort()  # type: ignore[attr-defined]
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def read_contents(listing: bytes, raw_manifest: bytes) -> Contents:
    """The contents of a stored tree, from ``git ls-tree -r -t -z`` and the manifest's blob."""
    try:
        told = json.loads(raw_manifest)
        usual = {name: int(mode, 8) for name, mode in told["usual"].items()}
        modes = {path: int(mode, 8) for path, mode in told["modes"].items()}
        left = {path: str(why) for path, why in told["left"].items()}
        empty, rules = list(told["empty"]), dict(told["rules"])
    except (ValueError, KeyError, TypeError, IndexError):
        raise SnapshotError("the snapshot's manifest is broken") from None
    files: dict[str, Entry] = {}
    folders: dict[str, int] = {}
    for line in listing.split(b"\0")[:-1]:
        about, _, raw = line.partition(b"\t")
        git_mode, _, sha = about.decode().split(" ")
        path = raw.decode(errors="surrogateescape")
        mode = int(git_mode, 8)
        if mode == FOLDER:
            folders[path] = modes.get(path, usual["folder"])
        elif mode == LINK:
            files[path] = Entry(LINK | 0o777, sha)
        else:
            files[path] = Entry(FILE | modes.get(path, usual[_class(mode)]), sha)
    for path in empty:
        folders[path] = modes.get(path, usual["folder"])
    return Contents(files, folders, left, rules)


def _usual(modes: Iterable[int]) -> int:
    counted = Counter(modes).most_common()
    if not counted:
        return 0
    most = counted[0][1]
    return min(mode for mode, count in counted if count == most) & PERMISSIONS


def _class(mode: int) -> str:
    return "program" if mode & 0o100 else "file"
