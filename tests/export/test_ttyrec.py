import struct

import pytest

from agentrec.errors import FormatError
from tests.export.helpers import read, short

NO_SIZE = "ttyrec files have no terminal size: assuming 80x24"


def frame(sec: int, usec: int, data: bytes) -> bytes:
    return struct.pack("<III", sec, usec, len(data)) + data


def test_frames_become_output_from_time_zero() -> None:
    file = frame(1000, 900_000, b"a\xff") + frame(1001, 100_000, b"") + frame(1003, 0, b"c")
    header, events, notes = read("ttyrec", file)
    assert header == {"cols": 80, "rows": 24, "created": "1970-01-01T00:16:40.900000000Z"}
    assert short(events) == [
        (0, "output", b"a\xff"),
        (200_000_000, "output", b""),
        (2_100_000_000, "output", b"c"),
    ]
    assert [event.seq for event in events] == [0, 1, 2]
    assert notes == [NO_SIZE]


def test_the_size_a_recorder_asked_for_in_the_first_frame_is_taken() -> None:
    header, _, notes = read("ttyrec", frame(1, 0, b"\x1b%G\x1b[8;50;132t") + frame(2, 0, b"x"))
    assert (header["cols"], header["rows"], notes) == (132, 50, [])


def test_a_clock_set_back_costs_its_own_interval() -> None:
    _, events, notes = read("ttyrec", frame(9, 0, b"a") + frame(5, 0, b"b") + frame(6, 0, b"c"))
    assert [event.t for event in events] == [0, 0, 1_000_000_000]
    assert "the clock was set back" in notes[1]


def test_every_torn_tail_reads_as_a_prefix() -> None:
    first, second = frame(1, 0, b"first"), frame(2, 0, b"second")
    for cut in range(len(first) + 1, len(first + second)):
        _, events, notes = read("ttyrec", (first + second)[:cut])
        assert [event.data for event in events] == [b"first"]
        assert notes[1] == f"torn at byte {len(first)}: the last frame is cut off and was left out"


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "no whole frame"),
        (b"short", "no whole frame"),
        (frame(1, 1_000_000, b"x"), "not a ttyrec frame at byte 0"),
        (
            frame(1, 0, b"x") + struct.pack("<III", 1, 0, 0xFFFFFFFF),
            "not a ttyrec frame at byte 13",
        ),
    ],
)
def test_what_is_no_ttyrec_is_refused(file: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read("ttyrec", file)
