"""Digests do not depend on how records are stored, and on everything else."""

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrec.recording.format import batch
from agentrec.recording.format.segment_decoder import Columns
from agentrec.signatures.record_digest import RecordDigest

RECORDS = st.lists(
    st.tuples(st.integers(0, 2**62), st.integers(0, 255), st.binary(max_size=40)),
    min_size=1,
    max_size=30,
)


def digest(*groups):
    found = RecordDigest()
    for group in groups:
        found.add(group)
    return found.hexdigest()


@given(RECORDS, st.integers(0, 30), st.integers(0, 30))
def test_chunks_make_no_difference(records, one, two):
    low, high = sorted((one, two))
    whole = digest(records)
    assert digest(records[:low], records[low:high], records[high:]) == whole
    records = sorted(records)
    _, kinds, times, bounds = batch.columns(raw := batch.encode(records, 0, records[0][0]))
    found = RecordDigest()
    chunk = Columns(0, kinds, times, bounds, raw)
    for start, stop in ((0, low), (low, high), (high, len(records))):
        found.add_columns(chunk, min(start, len(records)), min(stop, len(records)))
    assert found.hexdigest() == digest(records)


@pytest.mark.parametrize(
    "other",
    [
        [(1, 0, b"ab"), (2, 0, b"c")],
        [(1, 0, b"a"), (2, 0, b"bd")],
        [(1, 0, b"a"), (3, 0, b"bc")],
        [(1, 1, b"a"), (2, 0, b"bc")],
        [(2, 0, b"a"), (2, 0, b"bc")],
        [(1, 0, b"a"), (2, 0, b"bc"), (2, 0, b"")],
        [(2, 0, b"bc"), (1, 0, b"a")],
        [(1, 0, b"abc")],
        [],
    ],
)
def test_anything_else_does(other):
    assert digest(other) != digest([(1, 0, b"a"), (2, 0, b"bc")])


def test_it_is_what_the_docs_say():
    sha, pack = hashlib.sha256, struct.pack
    kinds, times = bytes([0, 3]), pack("<QQ", 1, 2)
    lengths, payloads = pack("<II", 1, 2), b"abc"
    parts = [sha(column).digest() for column in (kinds, times, lengths, payloads)]
    assert digest([(1, 0, b"a"), (2, 3, b"bc")]) == sha(b"".join(parts)).hexdigest()


def test_large_payloads_count_as_small_ones_do():
    large = [(1, 0, bytes(9000)), (2, 0, bytes(5000))]
    assert digest(large) == digest(large[:1], large[1:])
    assert digest(large) != digest([(1, 0, bytes(9001)), (2, 0, bytes(4999))])
