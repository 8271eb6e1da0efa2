"""The files of a snapshot as rows of a list: changes first, then the tree with its folders folded.

Decisions only; the list itself is :mod:`agentrec.tui.widgets.file_list`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.diff.compare import ADDED, DELETED, MODE
from agentrec.text import one_line, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agentrec.snapshots.diff.diff import FileDiff
    from agentrec.snapshots.manifest import Contents

HEAD, CHANGE, FOLDER, FILE, LEFT_OUT = "head", "change", "folder", "file", "left_out"
SIGNS = {ADDED: "+", DELETED: "-", MODE: "m"}  # all other changes: ~


class FileRow(NamedTuple):
    """A row of the list.

    ``kind``  one of the constants above
    ``path``  empty for heads
    ``sign``  how a file changed, or whether a folder is open
    ``note``  shown on the right: lines added and removed, or how many files
    """

    kind: str
    path: str
    depth: int
    text: str
    sign: str = ""
    note: str = ""


class FileTree:
    """``contents`` with ``changes`` first, under ``title``."""

    def __init__(
        self,
        contents: Contents,
        changes: Sequence[FileDiff],
        title: str,
        unfolded: Iterable[str] = (),
    ) -> None:
        self._contents = contents
        self._changes, self._title = changes, title
        self._signs = {change.path: SIGNS.get(change.what, "~") for change in changes}
        self._folders = _by_folder(contents.files, contents.folders)
        self._counts = _counts(contents.files)
        self.open = set(unfolded)
        self.filter_text = ""  # shows only files whose path contains it
        self.rows: list[FileRow] = []
        self._build()

    def toggle(self, path: str, *, to: bool | None = None) -> None:
        """Fold or unfold a folder."""
        if to is None:
            to = path not in self.open
        (self.open.add if to else self.open.discard)(path)
        self._build()

    def filter(self, text: str) -> None:
        """Show only files whose path contains ``text``, without folders; an empty text shows all."""
        self.filter_text = text
        self._build()

    def reveal(self, path: str) -> None:
        """Unfold the folders that contain ``path``."""
        parts = path.split("/")[:-1]
        self.open.update("/".join(parts[: n + 1]) for n in range(len(parts)))
        self._build()

    def index(self, kind: str, path: str) -> int | None:
        """The index of a row."""
        matches = (n for n, row in enumerate(self.rows) if (row.kind, row.path) == (kind, path))
        return next(matches, None)

    def nearest(self, row: FileRow) -> int | None:
        """The index of the row that ``row`` of another tree corresponds to, or at least of its file."""
        index = self.index(row.kind, row.path)
        if index is None and self.has_file(row.path):
            self.reveal(row.path)
            index = self.index(FILE, row.path)
        return index

    def has_file(self, path: str) -> bool:
        """Whether the snapshot has this file."""
        return path in self._contents.files

    def changed(self, path: str) -> bool:
        return path in self._signs

    def _build(self) -> None:
        rows = [FileRow(HEAD, "", 0, self._title)]
        rows += [self._change_row(change) for change in self._changes if self._matches(change.path)]
        files = self._contents.files
        if self.filter_text:
            paths = [path for path in sorted(files) if self._matches(path)]
            text = f"{plural(len(paths), 'file')} with “{one_line(self.filter_text)}”"
            rows.append(FileRow(HEAD, "", 0, text))
            rows += [FileRow(FILE, p, 0, one_line(p), self._signs.get(p, "")) for p in paths]
            self.rows = rows
            return
        rows.append(FileRow(HEAD, "", 0, plural(len(files), "file")))
        self._descend("", 0, rows)
        left = self._contents.left
        if left:
            rows.append(FileRow(HEAD, "", 0, f"{len(left):,} left out"))
            rows += [
                FileRow(LEFT_OUT, p, 0, one_line(p), "", why) for p, why in sorted(left.items())
            ]
        self.rows = rows

    def _change_row(self, change: FileDiff) -> FileRow:
        path = change.path
        return FileRow(CHANGE, path, 0, one_line(path), self._signs[path], _amount(change))

    def _matches(self, path: str) -> bool:
        """Case counts only where the text has capitals, as in the player's search."""
        exact = self.filter_text != self.filter_text.lower()
        return self.filter_text in (path if exact else path.lower())

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
    by_folder: dict[str, tuple[list[str], list[str]]] = {}
    for number, paths in enumerate((folders, files)):
        for path in sorted(paths):
            by_folder.setdefault(path.rpartition("/")[0], ([], []))[number].append(path)
    return by_folder


def _counts(files: Mapping[str, object]) -> dict[str, int]:
    """How many files are below each folder."""
    counts: dict[str, int] = {}
    for path in files:
        folder = path.rpartition("/")[0]
        while folder:
            counts[folder] = counts.get(folder, 0) + 1
            folder = folder.rpartition("/")[0]
    return counts


def _amount(change: FileDiff) -> str:
    if change.added is None or change.removed is None:
        return "binary"
    if not change.added and not change.removed:
        return change.what
    parts = (
        f"+{change.added}" if change.added else "",
        f"-{change.removed}" if change.removed else "",
    )
    return " ".join(filter(None, parts))


def _name(path: str) -> str:
    return one_line(path.rpartition("/")[2])
