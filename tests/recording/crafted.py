"""Recordings made by hand, frame by frame: right checksums, any contents."""

import json

import brotli

from agentrec.recording.format import batch, frames, header
from tests.recording.helpers import HEADER

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
