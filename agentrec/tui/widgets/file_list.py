"""The list of files beside a page: one row is chosen, by keys or with the mouse."""

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

if TYPE_CHECKING:
    from textual import events

    from agentrec.tui.draw.file_tree import FileRow, FileTree
    from agentrec.tui.theme import RoleStyles

_ROLES = {"+": "added", "-": "removed", "~": "moment", "m": "moment"}


class FileList(ScrollView):
    """Rows of a :class:`FileTree`."""

    DEFAULT_CSS = """
    FileList {
        width: 44; height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1;
        scrollbar-color: $line; scrollbar-color-hover: $dimmed; scrollbar-color-active: $dimmed;
        scrollbar-background: $panel; scrollbar-background-hover: $panel;
        scrollbar-background-active: $panel;
    }
    """

    class Chosen(Message):
        """Another row is under the cursor; ``enter``: the user wants what it stands for."""

        def __init__(self, row: FileRow, *, enter: bool = False) -> None:
            super().__init__()
            self.row, self.enter = row, enter

    def __init__(self, styles: RoleStyles) -> None:
        super().__init__()
        self.can_focus = False
        self.styles_by_role = styles
        self.tree_of_files: FileTree | None = None
        self.at = 0

    @property
    def row(self) -> FileRow | None:
        rows = self.tree_of_files.rows if self.tree_of_files else []
        return rows[self.at] if self.at < len(rows) else None

    def fill(self, tree: FileTree, at: int = 0) -> None:
        """Show another tree, with the cursor on a row of it."""
        self.tree_of_files = tree
        self._resized()
        self.go(at)

    def move(self, by: int) -> None:
        self.go(self.at + by)

    def go(self, at: int) -> None:
        """Put the cursor on row ``at``, or as near as there is one."""
        rows = self.tree_of_files.rows if self.tree_of_files else []
        self.at = min(max(0, at), max(0, len(rows) - 1))
        region = Region(0, self.at, 1, 1)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)
        self.refresh()
        if self.row:
            self.post_message(self.Chosen(self.row))

    def narrow(self, text: str) -> None:
        """Show only files whose path has ``text`` in it; the row that was chosen stays it, if it can."""
        tree, row = self.tree_of_files, self.row
        if tree is None or row is None:
            return
        tree.narrow(text)
        self._resized()
        place = tree.place(row.kind, row.path)
        self.go(1 if place is None else place)

    def page(self, by: int) -> None:
        """Go up or down as many rows as are in sight."""
        self.move(by * max(1, self.size.height - 1))

    def fold(self, *, to: bool | None = None) -> bool:
        """Fold or unfold the folder under the cursor; False where there is none to fold so."""
        row, tree = self.row, self.tree_of_files
        if row is None or tree is None or row.kind != file_tree.FOLDER:
            return False
        if to is not None and (row.path in tree.open) == to:
            return False
        tree.toggle(row.path, to=to)
        self._resized()
        self.refresh()
        return True

    def out(self) -> None:
        """Go to the folder that the row under the cursor is in."""
        row, tree = self.row, self.tree_of_files
        if row and tree and row.kind in (file_tree.FILE, file_tree.FOLDER):
            place = tree.place(file_tree.FOLDER, row.path.rpartition("/")[0])
            if place is not None:
                self.go(place)

    def restyle(self, styles: RoleStyles) -> None:
        self.styles_by_role = styles
        self.refresh()

    def render_line(self, y: int) -> Strip:
        ground = Style(bgcolor=self.styles_by_role.ground)
        at = y + self.scroll_offset.y
        rows = self.tree_of_files.rows if self.tree_of_files else []
        if at >= len(rows):
            return Strip.blank(self.size.width, ground)
        return self._line(rows[at], ground, here=at == self.at)

    def _line(self, row: FileRow, ground: Style, *, here: bool) -> Strip:
        roles, width = self.styles_by_role, self.size.width
        head = row.kind == file_tree.HEAD
        indent = "  " * row.depth + ("" if head else " ")
        sign = "" if head or row.kind == file_tree.LEFT else f"{row.sign or ' '} "
        note = f" {row.note}" if row.note else ""
        room = width - 1 - cell_len(indent + sign) - cell_len(note) - 1
        text = _short(row.text, max(1, room), path="/" in row.text and not head)
        space = " " * max(0, room - cell_len(text))
        role = "strong" if here or head else "dim" if row.kind == file_tree.LEFT else "text"
        segments = [
            Segment("▌" if here else " ", ground + roles["here"]),
            Segment(indent, ground),
            Segment(sign, ground + roles[_ROLES.get(row.sign, "dim")]),
            Segment(text + space, ground + roles[role]),
            *self._note(note, ground),
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def _note(self, note: str, ground: Style) -> list[Segment]:
        """What stands at the right: lines that came and went in their colors."""
        roles = self.styles_by_role
        return [
            Segment(f" {part}", ground + roles[_ROLES.get(part[:1], "dim")])
            for part in note.split()
        ]

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        tree = self.tree_of_files
        if tree and 0 <= at < len(tree.rows):
            self.go(at)
            if not self.fold() and self.row:
                self.post_message(self.Chosen(self.row, enter=True))

    def _resized(self) -> None:
        rows = self.tree_of_files.rows if self.tree_of_files else []
        self.virtual_size = Size(1, max(1, len(rows)))


def _short(text: str, width: int, *, path: bool) -> str:
    """What there is room for: of a path its end, of other things their beginning."""
    if cell_len(text) <= width:
        return text
    if path:
        while cell_len(text) > max(1, width - 1):
            text = text[1:]
        return "…" + text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"
