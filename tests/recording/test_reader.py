import pytest

from agentrec.errors import FormatError, InputError
from agentrec.recording.format import frames
from agentrec.recording.format.frames import Frame
from agentrec.recording.format.header import MAX_HEADER_BYTES, pack_header
from agentrec.recording.format.index import MAX_INTEGER
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from tests.recording.crafted import RECORDS, chunk, honest, segment, whole
from tests.recording.helpers import HEADER, cut_out, frame_list, read


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("none.ahr", None, "does not exist"),
        (".", None, "is a directory"),
        ("v1.ahr", b"AHRC" + bytes(60), "Agent Harbor"),
        ("text.ahr", b"hello world, I am a text", "is not an agentrec recording"),
    ],
)
def test_what_is_no_recording_is_said_in_a_line(tmp_path, name, content, line):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=line):
        Recording.open(str(path))


def test_a_later_version_is_refused_with_a_hint(tmp_path):
    body = b'{"version":4,"cols":80}'
    path = tmp_path / "later.ahr"
    path.write_bytes(frames.MAGIC.replace(b"\2", b"\4") + frames.pack(frames.HEADER, body))
    with pytest.raises(FormatError, match="version 4") as caught:
        Recording.open(str(path))
    assert caught.value.hint


def test_the_index_says_what_a_full_read_would(three_segments):
    with Recording.open(three_segments) as recording:
        trailing, duration = recording.index.as_json(), recording.duration
    end = frame_list(three_segments)[-2]
    assert end.kind == frames.INDEX
    cut_out(three_segments, end.offset, end.offset + 10_000)
    with Recording.open(three_segments) as recording:
        assert not recording.ended
        assert recording.index.as_json() == trailing
        assert recording.duration == duration


def test_seeking_reads_only_what_it_needs(three_segments):
    with Recording.open(three_segments) as recording:
        first_chunk = next(
            f for f in recording.frames() if isinstance(f, Frame) and f.kind == frames.CHUNK
        )
        assert [e.seq for e in recording.events(since=9 * 1_000_003)] == [9, 10, 11]
    with open(three_segments, "r+b") as file:  # a fault in the first segment is not even met
        file.seek(first_chunk.offset + 14)
        file.write(b"\0\0\0\0")
    with Recording.open(three_segments) as recording:
        assert [e.seq for e in recording.events(since=9 * 1_000_003)] == [9, 10, 11]
        assert recording.damage == []


def test_stored_chunks_of_a_segment_whose_start_is_lost_are_not_taken_for_the_one_before(tmp_path):
    path = str(tmp_path / "stored.ahr")
    writer = Writer(path, HEADER)
    for t in range(4):
        writer.output(t, b"%d" % t * (600 << 10))  # every one a burst: stored
        if not t:
            writer.start()
        writer.flush()
    writer.close(compact=False)
    starts = [frame for frame in frame_list(path) if frame.kind == frames.SEGMENT]
    assert len(starts) == 2
    with open(path, "r+b") as file:
        file.seek(starts[1].offset + 40)
        file.write(b"!")
    _, events, damage = read(path)
    assert [event.seq for event in events] == [0, 1]
    assert "its segment's start is lost" in [item.reason for item in damage]


@pytest.mark.parametrize("start", [{"t": 2**64 - 1}, {"seq": 2**64 - 2}, {"seq": MAX_INTEGER}])
def test_times_and_seqs_that_no_recording_reaches_are_damage(tmp_path, start):
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment(**start) + chunk(RECORDS), honest))
    _, events, damage = read(path)
    assert events == []
    assert damage


def test_gaps_that_no_recording_has_are_damage(tmp_path):
    path = tmp_path / "a.ahr"
    late = [(0, 0, b"a"), (2**63, 0, b"b")]
    path.write_bytes(whole(segment() + chunk(late), honest))
    _, events, damage = read(path)
    assert events == []
    assert "limits" in damage[0].reason


def test_an_end_that_no_recording_reaches_is_none(tmp_path):
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk(RECORDS), honest, end=(2**64 - 1, 2**64 - 1)))
    with Recording.open(str(path)) as recording:
        assert not recording.ended
        assert recording.duration == 5


def test_a_header_larger_than_any_is_damage_and_the_rest_is_read(tmp_path):
    path = tmp_path / "a.ahr"
    text = b'{"version":2,"title":"' + b"x" * MAX_HEADER_BYTES + b'"}'
    path.write_bytes(frames.MAGIC + frames.pack(frames.HEADER, text) + segment() + chunk(RECORDS))
    with Recording.open(str(path)) as recording:
        assert next(event.data for event in recording.events()) == b"one"
        assert recording.header == {}
        assert [item.reason for item in recording.damage] == ["the header is too large"]
    with pytest.raises(FormatError, match="exceeds the format's limit"):
        pack_header({"title": "x" * MAX_HEADER_BYTES}, b"A" * 8)
