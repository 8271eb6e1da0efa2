"""What the file browser says of a snapshot, and of a row that has no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.text import one_line
from agentrec.times import format_clock
from agentrec.tui.draw import file_tree
from agentrec.tui.playback.snapshot_loader import NOW

if TYPE_CHECKING:
    from agentrec.tui.draw.file_tree import FileRow
    from agentrec.tui.playback.snapshot_loader import SnapshotView
    from agentrec.tui.theme import Part


def about(view: SnapshotView) -> tuple[list[Part], list[Part]]:
    """Which snapshot it is: the parts of a status line."""
    recorded = view.recorded
    label = f" “{one_line(recorded.label)}”" if recorded.label else ""
    left: list[Part] = [
        (f"● {recorded.id}", "snapshot"),
        (label, "strong"),
        (f"  {format_clock(recorded.t, fraction=True)}", "text"),
    ]
    if missed := recorded.record.missed_text:
        left.append((f"  {one_line(missed)}", "warning"))
    if view.note:
        left.append((f"  {one_line(view.note)}", "warning"))
    return left, [(f"  {view.number} of {view.total} snapshots", "dim")]


def title(view: SnapshotView) -> str:
    """The head of its changes."""
    if not view.other:
        return "the first snapshot"
    since = "since then" if view.against == NOW else f"since {view.other}"
    count = len(view.changes)
    return f"{count:,} changed {since}" if count else f"nothing changed {since}"


def note(row: FileRow) -> str:
    """What there is to say of a folder, or of a file that was left out."""
    if row.kind == file_tree.FOLDER:
        return f"{row.text}/: {row.note} file{'' if row.note == '1' else 's'}"
    return f"{row.text} is not in the snapshot: {row.note}"
