"""Chunks that are copied as a whole read like their records, one by one, would."""

import random

import pytest

from agentrec.recording.format import batch
from agentrec.recording.format.moved_chunk import MIN_BYTES, MovedChunk
from agentrec.recording.format.segment_decoder import Columns
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save_records

SECOND = 1_000_000_000
KINDS = (batch.OUTPUT, batch.INPUT, batch.STDOUT, batch.STDOUT_SHOWN, batch.STDERR, 77)


def made(path, kinds=KINDS, count=3000, unit=1):
    """A recording of random bytes, in chunks of about 256 KB."""
    chance = random.Random(7)
    t, records = 0, []
    for _ in range(count):
        t += chance.choice((0, 1, 999, 70_000, 3_000_000, 5 * SECOND)) * unit
        records.append((t, chance.choice(kinds), chance.randbytes(chance.choice((0, 1, 80, 4000)))))
    save_records(str(path), {"id": "a"}, enumerate(records))
    return records


def content(path):
    with Recording.open(str(path)) as recording:
        records = [record for _, records in recording.batches() for record in records]
        assert not recording.damage
        index, _ = recording._rebuild()
        return records, recording.index, index, recording.duration


@pytest.mark.parametrize("kinds", [KINDS, (batch.OUTPUT,)], ids=["mixed", "output"])
@pytest.mark.parametrize("shift", [0, 17 * SECOND, 5])
def test_it_reads_as_its_records_would(tmp_path, kinds, shift):
    records = made(tmp_path / "a.ahr", kinds)
    moved = [(t + shift, kind, data) for t, kind, data in records]
    with Recording.open(str(tmp_path / "a.ahr")) as recording:
        chunks = list(recording.chunks())
        blocks = [(chunk.seq, MovedChunk(chunk, shift)) for chunk in chunks]
        assert sum(len(chunk.raw) >= MIN_BYTES for chunk in chunks) > 5
        save_records(str(tmp_path / "b.ahr"), {"id": "a"}, blocks)
    save_records(str(tmp_path / "c.ahr"), {"id": "a"}, enumerate(moved))
    found, index, rebuilt, duration = content(tmp_path / "b.ahr")
    expected, *_, wanted = content(tmp_path / "c.ahr")
    assert found == expected == moved
    assert duration == wanted
    for name in ("counts", "bytes", "segments", "raw"):
        assert getattr(index, name) == getattr(rebuilt, name), name


def test_between_records_of_other_times(tmp_path):
    """What begins before the last one is put in order, as records are."""
    records = made(tmp_path / "a.ahr", (batch.OUTPUT,))
    late = records[-1][0] + SECOND
    with Recording.open(str(tmp_path / "a.ahr")) as recording:
        blocks = [(1 + chunk.seq, MovedChunk(chunk, 0)) for chunk in recording.chunks()]
        items = [(0, (late, batch.OUTPUT, b"first")), *blocks]
        save_records(str(tmp_path / "b.ahr"), {"id": "a"}, items)
    found, *_ = content(tmp_path / "b.ahr")
    assert [data for _, _, data in found] == [b"first", *(data for _, _, data in records)]
    assert {t for t, _, _ in found} == {late}


def test_a_batch_whose_first_record_comes_later(tmp_path):
    """No writer makes one: the time of its first record is not that of the batch."""
    raw = batch.encode([(0, batch.OUTPUT, b"x" * MIN_BYTES), (7, batch.OUTPUT, b"y")], 0, 0)
    at = raw.index(b"\x00\x07")  # the gaps before the two
    seq, kinds, times, bounds = batch.columns(odd := raw[:at] + b"\x05" + raw[at + 1 :])
    assert not batch.begins_at_once(odd)
    assert batch.begins_at_once(raw)
    chunk = MovedChunk(Columns(seq, kinds, times, bounds, odd), 100)
    save_records(str(tmp_path / "a.ahr"), {"id": "a"}, [(0, chunk)])
    found, *_ = content(tmp_path / "a.ahr")
    assert [(t, data[:1]) for t, _, data in found] == [(105, b"x"), (112, b"y")]
