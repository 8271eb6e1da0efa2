"""Recordings one after the other."""

import os

from agentrec.cuts.cut_file import join
from agentrec.recording.markers import list_markers
from agentrec.recording.reader import Recording
from agentrec.snapshots.lookup import recorded_snapshots
from tests.cuts.recordings import S, read, shown, write


def part(path, name, **header):
    return write(
        path,
        shown(1, f"{name} "),
        (2, "tool", "call", {"name": "Bash"}, {"span": "t1"}),
        (3, "tool", "result", {"is_error": False}, {"span": "t1"}),
        (4, "fs", "snapshot", {"id": "s1", "label": name, "commit": name}),
        (5, "fs", "snapshot", {"id": "s2", "parent": "s1", "commit": name}),
        (6, "term", "exit", {"code": 0, "signal": None}),
        id=name,
        **header,
    )


def test_names_that_both_have_stay_apart(tmp_path):
    parts = [part(tmp_path / "a.ahr", "a"), part(tmp_path / "b.ahr", "b", title="the second")]
    new = join(parts, str(tmp_path / "new.ahr"), os.environ)
    assert new.duration == 12 * S
    with Recording.open(new.path) as recording:
        kept = recorded_snapshots(recording)
        marks = [(mark.t, mark.label) for mark in list_markers(recording) if mark.kind == "moment"]
    assert [(one.id, one.commit, one.t) for one in kept] == [
        *(("s1", "a", 4 * S), ("s2", "a", 5 * S)),
        *(("s3", "b", 10 * S), ("s4", "b", 11 * S)),
    ]
    assert kept[3].record.data["parent"] == "s3"
    assert marks == [(6 * S, "exit 0"), (6 * S, "the second")]
    header, events = read(new.path, "tool/call", "tool/result", "term/exit")
    assert [event.span for event in events[:4]] == ["t1", "t1", "2~t1", "2~t1"]
    assert [event.t for event in events[4:]] == [12 * S]
    assert header["parent"]["joined"] == header["parent"]["of"] == ["a", "b"]


def test_terminals_of_different_sizes(tmp_path):
    one = write(tmp_path / "a.ahr", shown(1, "wide"), cols=30, rows=4)
    two = write(tmp_path / "b.ahr", shown(1, "narrow"), cols=10, rows=3)
    join([one, two, one], str(tmp_path / "new.ahr"), os.environ)
    header, events = read(tmp_path / "new.ahr", "term/resize")
    assert (header["cols"], header["rows"]) == (30, 4)
    assert [(event.t, event.data) for event in events] == [
        (1 * S, {"cols": 10, "rows": 3}),
        (2 * S, {"cols": 30, "rows": 4}),
    ]
