"""Decoding in bounded memory."""

import brotli

from agentrec.recording.format import batch, frames, segment_decoder
from agentrec.recording.layout import Layout, Segment
from agentrec.recording.reader import Recording
from tests.recording.crafted import honest, segment, whole


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
        assert 0 < kept.bytes <= segment_decoder.MAX_SEGMENT_BYTES
        assert sum(len(records) for _, records in recording.batches()) == 7
        assert recording.damage
