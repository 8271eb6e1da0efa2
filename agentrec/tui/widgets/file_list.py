"""The list of files beside a page, with a cursor for keys and mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from agentrec.tui.draw import file_tree
from agentrec.tui.widgets.themed import Themed

if TYPE_CHECKING:
    from textual import events

    from agentrec.tui.draw.file_tree import FileRow, FileTree
    from agentrec.tui.theme import RoleStyles

_ROLES = {"+": "added", "-": "removed", "~": "moment", "m": "moment"}


class FileList(ScrollView, Themed):
    """Rows of a :class:`FileTree`, with the cursor at ``at``."""

    class RowSelected(Message):
        """The cursor is on another row."""

        def __init__(self, row: FileRow) -> None:
            super().__init__()
            self.row = row

    class RowOpened(Message):
        """The user clicked on a row."""

        def __init__(self, row: FileRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, role_styles: RoleStyles) -> None:
        super().__init__()
        self.role_styles = role_styles
        self.can_focus = False
        self.tree_of_files: FileTree | None = None
        self.at = 0

    @property
    def row(self) -> FileRow | None:
        rows = self.tree_of_files.rows if self.tree_of_files else []
        return rows[self.at] if self.at < len(rows) else None

    def fill(self, tree: FileTree, at: int = 0) -> None:
        """Show another tree, with the cursor on the row ``at``."""
        self.tree_of_files = tree
        self._update_size()
        self.go(at)

    def move(self, by: int) -> None:
        self.go(self.at + by)

    def go(self, at: int) -> None:
        """Move the cursor to the row ``at``, or the nearest."""
        rows = self.tree_of_files.rows if self.tree_of_files else []
        self.at = min(max(0, at), max(0, len(rows) - 1))
        region = Region(0, self.at, 1, 1)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)
        self.refresh()
        if self.row:
            self.post_message(self.RowSelected(self.row))

    def filter(self, text: str) -> None:
        """Show only files whose path contains ``text``; the cursor stays on its row if possible."""
        tree, row = self.tree_of_files, self.row
        if tree is None or row is None:
            return
        tree.filter(text)
        self._update_size()
        index = tree.index(row.kind, row.path)
        self.go(1 if index is None else index)

    def page(self, by: int) -> None:
        """Move by as many rows as are visible."""
        self.move(by * max(1, self.size.height - 1))

    def fold(self, *, to: bool | None = None) -> bool:
        """Fold or unfold the folder under the cursor; False if there is none, or it is ``to`` already."""
        row, tree = self.row, self.tree_of_files
        if row is None or tree is None or row.kind != file_tree.FOLDER:
            return False
        if to is not None and (row.path in tree.open) == to:
            return False
        tree.toggle(row.path, to=to)
        self._update_size()
        self.refresh()
        return True

    def go_to_parent(self) -> None:
        """Move to the folder that contains the row under the cursor."""
        row, tree = self.row, self.tree_of_files
        if row and tree and row.kind in (file_tree.FILE, file_tree.FOLDER):
            index = tree.index(file_tree.FOLDER, row.path.rpartition("/")[0])
            if index is not None:
                self.go(index)

    def render_line(self, y: int) -> Strip:
        ground = Style(bgcolor=self.role_styles.ground)
        at = y + self.scroll_offset.y
        rows = self.tree_of_files.rows if self.tree_of_files else []
        if at >= len(rows):
            return Strip.blank(self.size.width, ground)
        return self._line(rows[at], ground, here=at == self.at)

    def _line(self, row: FileRow, ground: Style, *, here: bool) -> Strip:
        styles, width = self.role_styles, self.size.width
        head = row.kind == file_tree.HEAD
        indent = "  " * row.depth + ("" if head else " ")
        sign = "" if head or row.kind == file_tree.LEFT_OUT else f"{row.sign or ' '} "
        note = f" {row.note}" if row.note else ""
        room = width - 1 - cell_len(indent + sign) - cell_len(note) - 1
        text = _short(row.text, max(1, room), path="/" in row.text and not head)
        space = " " * max(0, room - cell_len(text))
        role = "strong" if here or head else "dim" if row.kind == file_tree.LEFT_OUT else "text"
        segments = [
            Segment("▌" if here else " ", ground + styles["here"]),
            Segment(indent, ground),
            Segment(sign, ground + styles[_ROLES.get(row.sign, "dim")]),
            Segment(text + space, ground + styles[role]),
            *self._note(note, ground),
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def _note(self, note: str, ground: Style) -> list[Segment]:
        """The right side: lines added and removed, in their colors."""
        styles = self.role_styles
        return [
            Segment(f" {part}", ground + styles[_ROLES.get(part[:1], "dim")])
            for part in note.split()
        ]

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        tree = self.tree_of_files
        if tree and 0 <= at < len(tree.rows):
            self.go(at)
            if not self.fold() and self.row:
                self.post_message(self.RowOpened(self.row))

    def _update_size(self) -> None:
        rows = self.tree_of_files.rows if self.tree_of_files else []
        self.virtual_size = Size(1, max(1, len(rows)))


def _short(text: str, width: int, *, path: bool) -> str:
    """As much as fits: the end of a path, the beginning of anything else."""
    if cell_len(text) <= width:
        return text
    if path:
        while cell_len(text) > max(1, width - 1):
            text = text[1:]
        return "…" + text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"
