"""Files whose checksums are right and whose contents were made to do harm."""

import json
import os
import struct

import brotli
import pytest

from agentrec.errors import FormatError
from agentrec.recording.append import append_moment
from agentrec.recording.events import Event
from agentrec.recording.format import batch, decode, frames, header
from agentrec.recording.format.codec import to_record
from agentrec.recording.format.header import dump_json, load_json
from agentrec.recording.format.index import MAX_INTEGER, MAX_MARKS
from agentrec.recording.layout import Layout, Segment
from agentrec.recording.markers import list_markers
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import repair
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from tests.recording.helpers import HEADER, read, write

RECORDS = [
    (0, batch.OUTPUT, b"one"),
    (5, batch.JSON, b'{"track":"mark","kind":"moment","data":{"label":"here"}}'),
]


def segment(number=0, seq=0, t=0):
    body = (frames.SEGMENT_MARK, b"A" * 8, number, seq, t, 80, 24, bytes(32))
    return frames.pack(frames.SEGMENT, frames.SEGMENT_BODY.pack(*body))


def chunk(records, seq=0, t=0):
    raw = batch.encode(records, seq, t)
    return frames.pack(frames.CHUNK, len(raw).to_bytes(4, "little") + raw)


def whole(body, index, end=(2, 5)):
    """A recording with ``body`` after its header; ``index`` of the offset where it begins."""
    head = frames.MAGIC + header.pack_header(HEADER, b"A" * 8)
    packed = brotli.compress(json.dumps(index(len(head))).encode())
    tail = frames.pack(frames.INDEX, packed, frames.COMPRESSED | frames.DERIVED)
    at = len(head) + len(body)
    last = frames.END_BODY.pack(at, *end, bytes(32))
    return head + body + tail + frames.pack(frames.END, last, frames.DERIVED)


def honest(first):
    return {
        "segments": [[first, 0, 0]],
        "keyframes": [],
        "marks": [[1, 5]],
        "counts": {"term/output": 1, "mark/moment": 1},
        "bytes": {"term/output": 3, "mark/moment": 56},
        "raw": 59,
        "stored": 59,
    }


def test_the_honest_index_is_taken(tmp_path):
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk(RECORDS), honest))
    with Recording.open(str(path)) as recording:
        assert recording.indexed
        assert [point.label for point in list_markers(recording)] == ["here"]


@pytest.mark.parametrize(
    "lie",
    [
        {"segments": [1]},
        {"segments": [[]]},
        {"segments": [["a", 0, 0]]},
        {"segments": [[-5, 0, 0]]},
        {"segments": [[1.5, 0, 0]]},
        {"segments": [[10**30, 0, 0]]},
        {"segments": [{"1": 1}]},
        {"segments": [[40, 0, 0], [40, 0, 0]]},
        {"segments": [[41, 0, 0], [40, 0, 0]]},
        {"segments": [[40, 9, 0], [41, 3, 0]]},
        {"keyframes": [[None, 0, 0]]},
        {"marks": [1]},
        {"marks": [["a", 0]]},
        {"marks": [[[1], 0]]},
        {"marks": [[1, 5]] * (MAX_MARKS + 1)},
        {"counts": {"term/output": "many"}},
        {"counts": {"term/output": 10**400}},
        {"bytes": {"term/output": []}},
        {"raw": -1},
        {"stored": True},
    ],
)
def test_an_index_that_makes_no_sense_is_built_anew(tmp_path, lie):
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk(RECORDS), lambda first: honest(first) | lie))
    with Recording.open(str(path)) as recording:
        assert not recording.indexed
        assert recording.index.as_json() == honest(recording.first)
        assert [point.label for point in list_markers(recording)] == ["here"]


def test_an_index_that_names_other_segments_is_an_alteration(tmp_path):
    path = tmp_path / "a.ahr"
    body = segment() + chunk(RECORDS)
    path.write_bytes(whole(body, lambda first: honest(first) | {"segments": []}))
    report = verify(str(path))
    assert report.state == "altered"
    assert "the index does not match the segments before it" in report.notes


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


def test_a_segment_decodes_to_bounded_memory(tmp_path):
    stream = brotli.Compressor(quality=1, lgwin=22)
    body = segment()
    for seq in range(12):  # 96 MiB in a few hundred bytes
        raw = batch.encode([(0, batch.OUTPUT, bytes(8 << 20))], seq, 0)
        packed = stream.process(raw) + stream.flush()
        body += frames.pack(
            frames.CHUNK, len(raw).to_bytes(4, "little") + packed, frames.COMPRESSED
        )
    path = tmp_path / "bomb.ahr"
    path.write_bytes(whole(body, honest))
    with Recording.open(str(path)) as recording:
        place = Layout(recording).segments[0]
        kept = Segment(place)
        kept.read(recording, recording.file_size)
        assert 0 < kept.bytes <= decode.MAX_SEGMENT_BYTES
        assert sum(len(records) for _, records in recording.batches()) == 7
        assert recording.damage


def test_a_resize_that_says_nonsense_is_kept_by_repair(tmp_path):
    path = tmp_path / "a.ahr"
    records = [(0, batch.RESIZE, b"\0"), (1, batch.OUTPUT, b"x")]
    path.write_bytes(whole(segment() + chunk(records), honest))
    repair(str(path), str(tmp_path / "b.ahr"))
    assert read(tmp_path / "b.ahr")[1] == read(path)[1]


def test_frames_that_claim_each_other_are_given_up_and_said(tmp_path):
    """Each broken frame says that a large part of the file is its own."""
    claim = struct.pack("<2sBBII", frames.SYNC, frames.CHUNK, 0, 500_000, 0)
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk(RECORDS) + (segment() + claim) * 20_000, honest))
    checked = 0
    with Recording.open(str(path)) as recording:
        for item in recording.frames():
            checked += isinstance(item, frames.Damage)
        assert recording.damage[-1].reason == "too much is broken to look further"
        last = recording.damage[-1]
        assert last.offset + last.length == recording.file_size
    assert checked < 500


def test_a_mark_before_a_large_claim_is_no_segment(tmp_path):
    claim = struct.pack("<2sBBII", frames.SYNC, frames.SEGMENT, 0, 100_000, 0)
    path = tmp_path / "a"
    path.write_bytes((claim + frames.SEGMENT_MARK) * 10_000 + segment())
    with path.open("rb") as file:
        size = path.stat().st_size
        assert frames.next_segment(file, 0, size) == size - len(segment())


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"a":[' + b"0," * (2 << 20) + b"0]}",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":[-1.5E+400]}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_json_beyond_any_use_is_refused(raw):
    with pytest.raises(FormatError):
        load_json(raw)


def test_what_looks_like_too_much_within_a_text_is_fine():
    value = {"csv": "1,2,3\n" * 400_000, "code": '[[{{"\\' * 1000}
    assert load_json(dump_json(value)) == value


def test_what_could_not_be_read_is_not_written():
    nested = []
    for _ in range(300):
        nested = [nested]
    for value in ({"a": nested}, {"a": [0] * (1 << 21)}, {"a": float("nan")}):
        with pytest.raises(FormatError):
            dump_json(value)


def test_a_version_of_any_length_is_one_line(tmp_path):
    path = tmp_path / "a.ahr"
    body = json.dumps({"version": "9" * 5000}).encode()
    path.write_bytes(frames.MAGIC + frames.pack(frames.HEADER, body))
    with pytest.raises(FormatError) as caught:
        Recording.open(str(path))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("kind", ["output", "input", "resize"])
def test_terminal_events_do_not_come_as_json(tmp_path, kind):
    forged = f'{{"track":"term","kind":"{kind}","data":{{}}}}'.encode()
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk([(0, batch.JSON, forged)]), honest))
    _, events, _ = read(path)
    assert [(event.track, event.data) for event in events] == [("?", forged)]
    with pytest.raises(FormatError):
        to_record(Event(0, 0, "term", kind, {}))


def test_a_file_that_took_the_name_is_left_alone(tmp_path):
    """The user moved the recording that is being made, and something else stands in its place."""
    path = tmp_path / "a.ahr"
    writer = Writer(str(path), HEADER)
    writer.start()
    writer.output(0, b"x" * (1 << 20))  # stored, so that closing it wants to compress it
    writer.flush()
    path.rename(tmp_path / "b.ahr")
    other = write(path, [Event(0, 0, "term", "output", b"other" * 20_000)], quality=0)
    before = os.stat(other)
    writer.close()
    assert writer.failure is None
    assert os.path.samestat(before, os.stat(other))
    assert read(tmp_path / "b.ahr")[1][0].data == b"x" * (1 << 20)


def test_repair_puts_times_that_run_backwards_right(tmp_path):
    path = tmp_path / "a.ahr"
    late = segment(0, 0, 10**9) + chunk([(0, 0, b"late"), (9, 0, b"r")])
    early = segment(1, 2, 0) + chunk([(0, 0, b"early")])
    path.write_bytes(whole(late + early, honest))
    repair(str(path), str(tmp_path / "b.ahr"))
    _, events, damage = read(tmp_path / "b.ahr")
    assert [(event.t, event.data) for event in events] == [
        (10**9, b"late"),
        (10**9 + 9, b"r"),
        (10**9 + 9, b"early"),
    ]
    assert not damage


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
