import pytest

from agentrec.errors import FormatError
from agentrec.recording.format import batch


def test_columns_are_as_narrow_as_their_values_allow():
    records = [(n * 1000, batch.OUTPUT, b"x") for n in range(100)]
    narrow = len(batch.encode(records, 0, 0))
    wide = len(
        batch.encode([(t + (t > 0), k, p) for t, k, p in records], 0, 0)
    )  # no whole microseconds
    assert narrow == 20 + 100 * (1 + 1 + 1 + 1)
    assert wide == narrow + 100


def test_times_are_relative_to_the_segment():
    raw = batch.encode([(50, 0, b"a"), (70, 1, b"b")], seq=7, t=5)
    assert batch.decode(raw) == (7, [(5, 0, b"a"), (25, 1, b"b")])


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        batch.encode([(0, 0, b"abc")], 0, 0)[:-1],
        batch.encode([(0, 0, b"abc")], 0, 0) + b"x",
        b"\x09" + batch.encode([(0, 0, b"abc")], 0, 0)[1:],
        b"\0\1\3" + batch.encode([(0, 0, b"abc")], 0, 0)[3:],
        b"\0\1\1\0" + b"\xff" * 16,
    ],
)
def test_what_is_no_batch_is_refused(broken):
    with pytest.raises(FormatError):
        batch.decode(broken)


def test_a_batch_in_pieces_is_the_batch():
    small = [(0, batch.OUTPUT, b"x"), (7, batch.INPUT, b"yz")]
    large = [(0, batch.OUTPUT, b"x" * 9000), (1000, batch.OUTPUT, b"y" * 9000)]
    for records in (small, large):
        parts = batch.encode_parts(records, 3, 5)
        assert b"".join(parts) == batch.encode(records, 3, 5)
        assert batch.decode(b"".join(parts))[1] == [
            (t + 5, kind, data) for t, kind, data in records
        ]
    assert parts[1:] == [record[2] for record in large]  # not copied
