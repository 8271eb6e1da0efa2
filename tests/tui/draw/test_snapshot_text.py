"""What the file browser says of a snapshot."""

import pytest

from agentrec.recording.events.fs import FsSnapshot
from agentrec.snapshots.lookup import RecordedSnapshot
from agentrec.snapshots.manifest import Contents
from agentrec.tui.draw.snapshot_text import about
from agentrec.tui.playback.snapshot_loader import BEFORE, SnapshotView


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, ""),
        ({"missed": 1, "missed_paths": ["a"]}, "1 file changed before it was read: a"),
        ({"missed": 2, "missed_paths": ["a", "b"]}, "2 files changed before they were read: a, b"),
        (
            {"missed": 7, "missed_paths": list("abcdefg")},
            "7 files changed before they were read: a, b, c, d, e and 2 more",
        ),
        (
            {"late": True, "missed": 1, "missed_paths": ["a"]},
            "late, 1 file changed after the start: a",
        ),
        ({"late": True}, "late: the command had already started"),
        ({"missed": "x", "missed_paths": 3, "late": "no"}, ""),
    ],
)
def test_files_that_were_missed_are_named(data, said):
    record = FsSnapshot({"id": "s1", "label": "start", **data})
    recorded = RecordedSnapshot("s1", 0, 5, "start", record)
    contents = Contents({}, {}, {}, {})
    left, right = about(SnapshotView(recorded, 1, 3, contents, BEFORE, "", [], []))
    parts = [text.strip() for text, style in left if style == "warning"]
    assert parts == ([said] if said else [])
    assert right == [("  1 of 3 snapshots", "dim")]
