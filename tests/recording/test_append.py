"""Moments added to finished recordings."""

import json
import os
import subprocess
import sys

import brotli
import pytest

from agentrec.errors import InputError, OutputError
from agentrec.recording.append import append_moment
from agentrec.recording.events import Event
from agentrec.recording.format import frames
from agentrec.recording.markers import list_markers
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from tests.recording.crafted import RECORDS, chunk, honest, segment
from tests.recording.helpers import HEADER, read, sample, write


def test_it_comes_behind_what_was_there_and_marks_an_earlier_time(tmp_path):
    path = write(tmp_path / "a.ahr", sample(20))
    before = (tmp_path / "a.ahr").read_bytes()
    events = read(path)[1]
    assert append_moment(path, 7_000_000, "here", "player") == "here"
    assert (tmp_path / "a.ahr").read_bytes().startswith(before)
    _, now, damage = read(path)
    assert now[:-1] == events
    assert damage == []
    added = now[-1]
    assert (added.seq, added.t) == (20, events[-1].t)
    assert added.data == {"label": "here", "source": "player", "at_ns": 7_000_000}
    with Recording.open(path) as recording:
        assert recording.ended
        assert [p.label for p in list_markers(recording)] == ["step 5 é", "here", "step 13 é"]
        assert recording.index.counts["mark/moment"] == 3
        assert recording.duration == events[-1].t


def test_the_chain_goes_on(tmp_path):
    path = write(tmp_path / "a.ahr", sample(20))
    for number in range(3):
        append_moment(path, number, "", "player")
        report = verify(path)
        assert (report.state, report.notes) == ("whole", [])
    assert report.events == 23
    assert [e.data["label"] for e in read(path)[1][-3:]] == ["mark 3", "mark 4", "mark 5"]


def test_the_size_at_the_end_stands_in_the_new_segment(tmp_path):
    path = write(tmp_path / "a.ahr", sample(12))  # its last resize is to 91 columns
    append_moment(path, 0, "x", "player")
    cut = tmp_path / "tail.ahr"
    with Recording.open(path) as recording:
        data = (tmp_path / "a.ahr").read_bytes()
        cut.write_bytes(data[recording.index.segments[-1][0] :])
    with Recording.open(path) as recording:
        assert len(recording.index.segments) == 2
    from agentrec.recording.format.frames import FRAME, SEGMENT_BODY

    assert SEGMENT_BODY.unpack_from(cut.read_bytes(), FRAME.size)[5:7] == (91, 24)


def test_an_empty_recording_takes_a_moment(tmp_path):
    path = write(tmp_path / "a.ahr", [])
    append_moment(path, 99, "only", "player")
    assert verify(path).state == "whole"
    with Recording.open(path) as recording:
        assert [(p.label, p.t) for p in list_markers(recording)] == [("only", 0)]


def test_times_outside_are_brought_inside(tmp_path):
    path = write(tmp_path / "a.ahr", [Event(0, 500, "term", "output", b"x")])
    append_moment(path, -5, "a", "player")
    append_moment(path, 10**15, "b", "player")
    with Recording.open(path) as recording:
        assert [(p.label, p.t) for p in list_markers(recording)] == [("a", 0), ("b", 500)]


def test_a_recording_cut_short_is_refused_and_left_alone(tmp_path):
    whole = write(tmp_path / "a.ahr", sample(20))
    data = (tmp_path / "a.ahr").read_bytes()
    (tmp_path / "a.ahr").write_bytes(data[:-10])
    with pytest.raises(OutputError, match="cut short") as caught:
        append_moment(whole, 0, "x", "player")
    assert "agentrec repair" in caught.value.hint
    assert (tmp_path / "a.ahr").read_bytes() == data[:-10]


def test_a_live_recording_is_refused(tmp_path):
    path = str(tmp_path / "a.ahr")
    writer = Writer(path, HEADER)
    writer.output(1, b"x")
    writer.start()
    writer.flush()
    with pytest.raises(OutputError, match="still being recorded"):
        append_moment(path, 0, "x", "player")
    writer.close()
    append_moment(path, 0, "x", "player")
    assert verify(path).state == "whole"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written(tmp_path):
    path = write(tmp_path / "a.ahr", sample(3))
    os.chmod(path, 0o400)
    with pytest.raises(OutputError, match="Permission denied"):
        append_moment(path, 0, "x", "player")


@pytest.mark.parametrize(
    "make", [lambda p: p.mkdir(), lambda p: None, lambda p: p.write_text("hi")]
)
def test_what_is_no_recording(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises((InputError, OutputError)):
        append_moment(str(tmp_path / "x"), 0, "x", "player")


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    path = write(tmp_path / "a.ahr", sample(20))
    before = (tmp_path / "a.ahr").read_bytes()
    code = f"""
import resource, signal
from agentrec.errors import OutputError
from agentrec.recording.append import append_moment
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 50}, {len(before) + 50}))
try:
    append_moment({path!r}, 0, "x", "player")
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "cannot add to" in done.stdout
    assert (tmp_path / "a.ahr").read_bytes() == before
    assert verify(path).state == "whole"


@pytest.mark.parametrize("said", ['"x"', "[]", '"abab"', "null", '"' + "ab" * 50 + '"'])
def test_a_moment_is_added_whatever_the_header_says_of_the_file(tmp_path, said):
    path = tmp_path / "a.ahr"
    head = frames.pack(frames.HEADER, f'{{"version":2,"file":{said}}}'.encode())
    body = segment() + chunk(RECORDS)
    first = len(frames.MAGIC) + len(head)
    packed = brotli.compress(json.dumps(honest(first)).encode())
    tail = frames.pack(frames.INDEX, packed, frames.COMPRESSED | frames.DERIVED)
    end = frames.END_BODY.pack(first + len(body), 2, 5, bytes(32))
    tail += frames.pack(frames.END, end, frames.DERIVED)
    path.write_bytes(frames.MAGIC + head + body + tail)
    append_moment(str(path), 0, "added", "test")
    with Recording.open(str(path)) as recording:
        assert [point.label for point in list_markers(recording)] == ["added", "here"]
