"""Markers as views over events."""

from agentrec.recording.markers import list_markers
from agentrec.recording.reader import Recording
from tests.recording.crafted import chunk, honest, segment, whole


def test_marks_that_an_index_invents_do_not_have_the_file_read_again_and_again(tmp_path):
    """Each listed segment is read up to the next one listed, so all of them come to one file."""
    body = segment() + b"".join(chunk([(0, 0, bytes(1000))], seq) for seq in range(100))
    path = tmp_path / "a.ahr"

    def lying(first):
        segments = [[first + place, place * 1000, 0] for place in range(100)]
        return honest(first) | {
            "segments": segments,
            "marks": [[n * 1000 + 999, 0] for n in range(100)],
        }

    path.write_bytes(whole(body, lying))
    with Recording.open(str(path)) as recording:
        assert recording.indexed
        read_bytes = 0
        frames_of = recording.frames

        def counting(offset=None):
            nonlocal read_bytes
            for item in frames_of(offset):
                read_bytes += len(getattr(item, "payload", b""))
                yield item

        recording.frames = counting
        assert list_markers(recording) == []
    assert read_bytes < 3 * len(body)
