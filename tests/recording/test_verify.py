"""What verify says of whole and of altered files."""

from agentrec.recording.format import frames
from agentrec.recording.verify import verify
from tests.recording.crafted import RECORDS, chunk, honest, segment, whole
from tests.recording.helpers import cut_out, frame_list, read, sample, write


def test_an_index_that_names_other_segments_is_an_alteration(tmp_path):
    path = tmp_path / "a.ahr"
    body = segment() + chunk(RECORDS)
    path.write_bytes(whole(body, lambda first: honest(first) | {"segments": []}))
    report = verify(str(path))
    assert report.state == "altered"
    assert "the index does not match the segments before it" in report.notes


def test_a_lost_segment_shows_as_a_gap_and_as_altered(three_segments):
    starts = [f.offset for f in frame_list(three_segments) if f.kind == frames.SEGMENT]
    cut_out(three_segments, starts[1], starts[2])
    _, events, _ = read(three_segments)
    assert [e.seq for e in events] == [0, 1, 2, 3, 8, 9, 10, 11]
    report = verify(three_segments)
    assert (report.state, report.lost) == ("altered", 4)


def test_swapped_segments_are_altered(three_segments):
    a, b, c, end = [
        f.offset for f in frame_list(three_segments) if f.kind in (frames.SEGMENT, frames.INDEX)
    ]
    with open(three_segments, "rb") as file:
        data = file.read()
    with open(three_segments, "wb") as file:
        file.write(data[:a] + data[b:c] + data[a:b] + data[c:])
    assert verify(three_segments).state == "altered"
    assert end


def test_the_chain_value_names_the_contents(tmp_path):
    one = verify(write(tmp_path / "1.ahr", sample(12))).chain
    two = verify(write(tmp_path / "2.ahr", sample(12)[:-1])).chain
    assert one != two
    assert verify(str(tmp_path / "1.ahr")).chain == one
