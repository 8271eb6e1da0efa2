"""The laws of the container: round trip, prefixes, bit flips, garbage, bounds."""

import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.errors import FormatError
from agentrec.recording.events import BYTE_KINDS, Event
from agentrec.recording.format import frames, segments
from agentrec.recording.format.batch import shown
from agentrec.recording.format.header import BOOKKEEPING
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from tests.recording.helpers import HEADER, read, sample, write

SHARED_TMP = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=8)
links = st.none() | st.text(max_size=8)
bodies = st.one_of(
    st.tuples(
        st.just("term"),
        st.sampled_from([kind for _, kind in BYTE_KINDS]),
        st.binary(max_size=300),
    ),
    st.builds(
        lambda data, stream: ("term", "output", shown(data), None, None, stream),
        st.binary(max_size=300),
        st.sampled_from(["stdout", "stderr"]),
    ),
    st.tuples(
        st.just("term"),
        st.just("resize"),
        st.fixed_dictionaries({"cols": st.integers(0, 65535), "rows": st.integers(0, 65535)}),
    ),
    st.tuples(
        names.filter(lambda name: name != "term"),
        names,
        st.dictionaries(st.text(), json_values, max_size=3),
        links,
        links,
        links,
    ),
    st.tuples(st.just("?"), st.integers(9, 255).map(str), st.binary(max_size=50)),
)
gaps = st.integers(0, 10) | st.integers(0, 2**40) | st.integers(0, 10**6).map(lambda ms: ms * 1000)


@st.composite
def event_lists(draw):
    t = 0
    events = []
    for seq, (gap, body) in enumerate(draw(st.lists(st.tuples(gaps, bodies), max_size=30))):
        t += gap
        events.append(Event(seq, t, *body))
    return events


@SHARED_TMP
@given(
    events=event_lists(),
    raw=st.sampled_from([64, 1 << 20]),
    header=st.dictionaries(names, json_values, max_size=4),
)
def test_reading_gives_what_was_written(events, raw, header, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", raw)
    header = {**HEADER, **{k: v for k, v in header.items() if k not in BOOKKEEPING}}
    path = write(tmp_path / "a.ahr", events, header, overwrite=True)

    assert read(path) == (header, events, [])
    assert verify(path).state == "whole"


@SHARED_TMP
@given(events=event_lists(), data=st.data())
def test_a_range_holds_exactly_the_events_of_its_times(events, data, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 100)
    path = write(tmp_path / "a.ahr", events, overwrite=True)
    times = st.sampled_from([0, *(event.t for event in events), *(event.t + 1 for event in events)])
    since, until = data.draw(times), data.draw(times)

    with Recording.open(path) as recording:
        assert list(recording.events(since, until)) == [e for e in events if since <= e.t <= until]


def small_file(tmp_path, monkeypatch):
    """Three segments in under a kilobyte, so that every byte and bit can be tried."""
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 4)
    events = sample(12)
    return events, write(tmp_path / "small.ahr", events)


def test_every_prefix_gives_a_prefix_and_says_so(tmp_path, monkeypatch):
    events, path = small_file(tmp_path, monkeypatch)
    whole = Path(path).read_bytes()
    cut = tmp_path / "cut.ahr"
    most = 0
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        _, got, _ = read(cut)
        assert got == events[: len(got)]
        assert len(got) >= most
        most = len(got)
        assert verify(str(cut)).state == "torn"
    assert most == len(events)


def test_every_bit_flip_is_noticed_and_costs_its_segment_at_most(tmp_path, monkeypatch):
    events, path = small_file(tmp_path, monkeypatch)
    whole = Path(path).read_bytes()
    with Recording.open(path) as recording:
        starts = [entry[0] for entry in recording.index.segments] + [recording.end[0]]
    flipped = tmp_path / "flipped.ahr"
    for place in range(len(whole)):
        for bit in range(8):
            data = bytearray(whole)
            data[place] ^= 1 << bit
            flipped.write_bytes(data)
            hit = next((n for n in range(3) if starts[n] <= place < starts[n + 1]), None)
            safe = [event for event in events if event.seq // 4 != hit]
            _, got, damage = read(flipped)
            assert set(map(repr, safe)) <= set(map(repr, got)) <= set(map(repr, events)), (
                place,
                bit,
            )
            assert verify(str(flipped)).state in ("damaged", "torn"), (place, bit)
            assert damage or place >= starts[3], (place, bit)


@SHARED_TMP
@given(garbage=st.binary(max_size=600), keep=st.integers(0, 400))
def test_garbage_never_raises_anything_but_a_format_error(garbage, keep, tmp_path):
    good = tmp_path / "good.ahr"
    if not good.exists():
        write(good, sample(12))
    path = tmp_path / "garbage.ahr"
    path.write_bytes(good.read_bytes()[:keep] + garbage)
    with suppress(FormatError):
        read(path)
        verify(str(path))


@SHARED_TMP
@given(body=st.binary(max_size=200), kind=st.integers(0, 255), flags=st.integers(0, 255))
def test_frames_with_right_checksums_and_wrong_contents_raise_nothing(body, kind, flags, tmp_path):
    good = tmp_path / "good.ahr"
    if not good.exists():
        write(good, sample(12))
    whole = good.read_bytes()
    with Recording.open(str(good)) as recording:
        start = recording.index.segments[0][0]
    path = tmp_path / "odd.ahr"
    path.write_bytes(whole[:start] + frames.pack(kind, body, flags) + whole[start:])

    _, got, _ = read(path)
    verify(str(path))
    assert got == sample(12)


@pytest.mark.parametrize("length", [frames.MAX_PAYLOAD_BYTES, 2**32 - 1])
def test_lengths_are_checked_before_anything_is_allocated(length, tmp_path):
    path = tmp_path / "liar.ahr"
    write(path, sample(4))
    head = frames.FRAME.pack(frames.SYNC, frames.CHUNK, 1, length, 0)
    path.write_bytes(path.read_bytes() + head + bytes(1000))
    tracemalloc.start()
    read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_decompression_bomb_is_stopped_at_what_its_chunk_says(tmp_path):
    import brotli

    path = tmp_path / "bomb.ahr"
    write(path, sample(4))
    whole = path.read_bytes()
    with Recording.open(str(path)) as recording:
        start = recording.index.segments[0][0]
        (segment,) = [
            f
            for f in recording.frames()
            if isinstance(f, frames.Frame) and f.kind == frames.SEGMENT
        ]
    bomb = (1000).to_bytes(4, "little") + brotli.compress(bytes(300 << 20), quality=1)
    path.write_bytes(
        whole[:start]
        + whole[start : segment.end]
        + frames.pack(frames.CHUNK, bomb, frames.COMPRESSED)
    )
    tracemalloc.start()
    _, got, damage = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got == []
    assert [item.reason for item in damage] == ["compressed data holds more than it claims"]
    assert peak < 8 << 20
