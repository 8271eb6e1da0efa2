"""The snapshots of a recording: what is shown of them."""

import os

from agentrec.tui.playback.snapshot_loader import BEFORE, SnapshotLoader
from tests.tui.workspace import Made


def test_what_a_file_holds_cannot_reach_the_terminal(tmp_path):
    nasty = "\x1b]52;c;eA==\x07 \x1b[2J red \x9b6n\n"
    made = Made(tmp_path, first={"nasty.txt": "x\n"}, second={"nasty.txt": nasty})
    shown = SnapshotLoader(made.path, os.environ)
    try:
        view = shown.at(made.times[1], BEFORE)
        pages = [shown.file(view, "nasty.txt"), shown.difference(view, "nasty.txt")]
    finally:
        shown.close()
    for page in pages:
        assert all(line.isprintable() for line in page.lines)
        assert any("^[]52;c;eA==" in line for line in page.lines)
