"""Files of a snapshot as rows of a list: what changed first, then the tree, folders folded.

Decisions only; what is drawn is in files.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.diff.compare import ADDED, DELETED, MODE
from agentrec.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agentrec.snapshots.diff.diff import Counted
    from agentrec.snapshots.manifest import Contents

HEAD, CHANGE, FOLDER, FILE, LEFT = "head", "change", "folder", "file", "left"
SIGNS = {ADDED: "+", DELETED: "-", MODE: "m"}  # all other changes: ~


class FileRow(NamedTuple):
    """``kind`` is one of the above, ``path`` empty for heads. ``sign`` is how a file changed, or whether a
    folder is open; ``note`` stands at the right: lines that came and went, or how many files."""

    kind: str
    path: str
    depth: int
    text: str
    sign: str = ""
    note: str = ""


class FileTree:
    """``contents`` with ``changes`` first. ``title`` heads the changes: what they are compared with."""

    def __init__(
        self,
        contents: Contents,
        changes: Sequence[Counted],
        title: str,
        unfolded: Iterable[str] = (),
    ) -> None:
        self._contents = contents
        self._changes, self._title = changes, title
        self._signs = {change.path: SIGNS.get(change.what, "~") for change in changes}
        self._folders = _by_folder(contents.files, contents.folders)
        self._counts = _counts(contents.files)
        self.open = set(unfolded)
        self.wanted = ""  # only files whose path has this in it, see narrow
        self.rows: list[FileRow] = []
        self._build()

    def toggle(self, path: str, *, to: bool | None = None) -> None:
        """Fold or unfold a folder."""
        if to is None:
            to = path not in self.open
        (self.open.add if to else self.open.discard)(path)
        self._build()

    def narrow(self, text: str) -> None:
        """Show only files whose path has ``text`` in it, without folders; all of them for no text."""
        self.wanted = text
        self._build()

    def reveal(self, path: str) -> None:
        """Unfold what ``path`` is in."""
        parts = path.split("/")[:-1]
        self.open.update("/".join(parts[: n + 1]) for n in range(len(parts)))
        self._build()

    def place(self, kind: str, path: str) -> int | None:
        """Where a row is."""
        found = (n for n, row in enumerate(self.rows) if (row.kind, row.path) == (kind, path))
        return next(found, None)

    def kept(self, path: str) -> bool:
        """Whether the snapshot has this file."""
        return path in self._contents.files

    def changed(self, path: str) -> bool:
        return path in self._signs

    def _build(self) -> None:
        rows = [FileRow(HEAD, "", 0, self._title)]
        rows += [
            FileRow(CHANGE, one.path, 0, one_line(one.path), self._signs[one.path], _amount(one))
            for one in self._changes
            if self._is_wanted(one.path)
        ]
        files = self._contents.files
        if self.wanted:
            found = [path for path in sorted(files) if self._is_wanted(path)]
            text = f"{_files(len(found))} with “{one_line(self.wanted)}”"
            rows.append(FileRow(HEAD, "", 0, text))
            rows += [FileRow(FILE, p, 0, one_line(p), self._signs.get(p, "")) for p in found]
            self.rows = rows
            return
        rows.append(FileRow(HEAD, "", 0, _files(len(files))))
        self._descend("", 0, rows)
        left = self._contents.left
        if left:
            rows.append(FileRow(HEAD, "", 0, f"{len(left):,} not kept"))
            rows += [FileRow(LEFT, p, 0, one_line(p), "", why) for p, why in sorted(left.items())]
        self.rows = rows

    def _is_wanted(self, path: str) -> bool:
        """Capitals count only where the text has some, as in the player's search."""
        exact = self.wanted != self.wanted.lower()
        return self.wanted in (path if exact else path.lower())

    def _descend(self, folder: str, depth: int, rows: list[FileRow]) -> None:
        folders, files = self._folders.get(folder, ((), ()))
        for path in folders:
            is_open = path in self.open
            count = self._counts.get(path, 0)
            rows.append(
                FileRow(FOLDER, path, depth, _name(path), "▾" if is_open else "▸", f"{count:,}")
            )
            if is_open:
                self._descend(path, depth + 1, rows)
        rows += [FileRow(FILE, p, depth, _name(p), self._signs.get(p, "")) for p in files]


def _by_folder(
    files: Iterable[str], folders: Iterable[str]
) -> dict[str, tuple[list[str], list[str]]]:
    """``folder -> (folders in it, files in it)``, each sorted."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for number, paths in enumerate((folders, files)):
        for path in sorted(paths):
            found.setdefault(path.rpartition("/")[0], ([], []))[number].append(path)
    return found


def _counts(files: Mapping[str, object]) -> dict[str, int]:
    """How many files are below each folder."""
    found: dict[str, int] = {}
    for path in files:
        folder = path.rpartition("/")[0]
        while folder:
            found[folder] = found.get(folder, 0) + 1
            folder = folder.rpartition("/")[0]
    return found


def _amount(change: Counted) -> str:
    if change.added is None or change.removed is None:
        return "binary"
    if not change.added and not change.removed:
        return change.what
    parts = (
        f"+{change.added}" if change.added else "",
        f"-{change.removed}" if change.removed else "",
    )
    return " ".join(filter(None, parts))


def _files(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _name(path: str) -> str:
    return one_line(path.rpartition("/")[2])
