"""The rules at the time of a snapshot: a restore does not delete what they left out on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.snapshots.scan.file_reader import MAX_IGNORE_FILE_BYTES
from agentrec.snapshots.scan.path_selection import OUT, Context, PathSelection

if TYPE_CHECKING:
    from agentrec.snapshots.gitstore.objects import ObjectReader
    from agentrec.snapshots.manifest import Contents


class RulesAt:
    """Whether the rules at the time of a snapshot left a path out."""

    def __init__(self, contents: Contents, objects: ObjectReader) -> None:
        rules = contents.rules
        excludes = str(rules.get("excludes", "")).encode(errors="surrogateescape")
        out, keep = _patterns(rules.get("out")), _patterns(rules.get("keep"))
        self._selection = PathSelection(out, keep, excludes)
        self._contents, self._objects = contents, objects
        start = self._selection.start(frozenset(), frozenset(), fresh=True)
        self._contexts: dict[str, Context | None] = {"": self._inside(start, "")}

    def left_out(self, path: str) -> bool:
        """Whether a file at ``path`` would have been left out, or was where the scan could not look."""
        context = self._context(path.rpartition("/")[0])
        if context is None or path in self._contents.left:
            return True
        return self._selection.file(context, path) is OUT

    def left_out_folder(self, path: str) -> bool:
        """Whether a directory would have been left out."""
        return self._context(path) is None

    def _context(self, folder: str) -> Context | None:
        """The context in a directory; None if it was left out, or could not be read."""
        if folder not in self._contexts:
            above = self._context(folder.rpartition("/")[0])
            inner = None
            if above is not None and folder not in self._contents.left:
                inner = self._selection.folder(above, folder)
            self._contexts[folder] = inner and self._inside(inner, folder + "/")
        return self._contexts[folder]

    def _inside(self, context: Context, path: str) -> Context:
        entry = self._contents.files.get(path + ".gitignore")
        if entry is None or entry.is_link:
            return context
        data, _ = self._objects.begin(entry.sha, "blob", MAX_IGNORE_FILE_BYTES)
        return self._selection.inside(context, path, data)


def _patterns(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
