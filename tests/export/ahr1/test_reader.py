"""Reading Agent Harbor recordings."""

import brotli
import pytest

from agentrec.errors import FormatError
from tests.export.ahr1 import layout as v1
from tests.export.helpers import read, short

START = 1_700_000_000_123_456_789


MS = 1_000_000


def test_reads_a_file_made_by_hand_from_the_layout() -> None:
    file = v1.block(
        v1.resize(START, 100, 30),
        v1.data(START + 5 * MS, 0, b"\x1b[31mhi\xff"),
        v1.typed(START + 6 * MS, b"y\r"),
        start_ts=START,
    ) + v1.block(
        v1.mark(START + 7 * MS, 3, 9),
        v1.snapshot(START + 8 * MS, 0, 8, b"0c9d2f1e-uuid"),
        v1.resize(START + 9 * MS, 120, 40),
        start_ts=START + 7 * MS,
        offset=8,
        last=True,
    )
    header, events, notes = read("ahr1", file)
    assert header == {"cols": 100, "rows": 30, "created": "2023-11-14T22:13:20.123456789Z"}
    assert notes == []
    assert [event.seq for event in events] == [0, 1, 2, 3, 4]
    assert short(events)[:2] == [
        (5 * MS, "output", b"\x1b[31mhi\xff"),
        (6 * MS, "input", b"y\r"),
    ]
    moment, snapshot, resize = events[2:]
    assert moment.name == ("mark", "moment")
    assert moment.data["label"] == "mark 3: 9"
    assert snapshot.name == ("fs", "snapshot")
    assert snapshot.data["id"] == snapshot.data["label"] == "0c9d2f1e-uuid"
    assert snapshot.data["origin"] == {"format": "ahr1", "id": 0, "anchor_byte": 8}
    assert (resize.t, resize.data) == (9 * MS, {"cols": 120, "rows": 40})


@pytest.mark.parametrize("header_bytes", [44, 48])
def test_reads_payloads_after_44_and_after_48_header_bytes(header_bytes: int) -> None:
    blocks = [
        v1.block(
            v1.data(START + i, i * 3, b"abc"),
            start_ts=START + i,
            offset=i * 3,
            header_bytes=header_bytes,
        )
        for i in range(3)
    ]
    _, events, notes = read("ahr1", b"".join(blocks))
    assert [event.data for event in events] == [b"abc"] * 3
    assert notes == ["the file has no terminal size: assuming 80x24"]


def test_swapped_headless_size_is_turned_round() -> None:
    header, _, notes = read("ahr1", v1.block(v1.resize(START, 24, 80), v1.data(START, 0, b"x")))
    assert (header["cols"], header["rows"]) == (80, 24)
    assert notes == ["the terminal size 24x80 is swapped: assuming 80x24"]


def test_a_tall_window_is_not_taken_for_a_swapped_one() -> None:
    header, _, notes = read("ahr1", v1.block(v1.resize(START, 80, 100), v1.data(START, 0, b"x")))
    assert (header["cols"], header["rows"], notes) == (80, 100, [])


def test_wall_clock_set_back_costs_only_its_own_interval() -> None:
    stamps = [START, START + 10 * MS, START - 5_000 * MS, START - 4_990 * MS]
    records = [v1.data(ts, i, b"x") for i, ts in enumerate(stamps)]
    _, events, notes = read("ahr1", v1.block(v1.resize(START, 80, 24), *records))
    assert [event.t for event in events] == [0, 10 * MS, 10 * MS, 20 * MS]
    assert notes == ["the clock was set back while recording; that interval counts as 0"]


def test_every_torn_tail_reads_as_a_prefix() -> None:
    first = v1.block(v1.resize(START, 80, 24), v1.data(START, 0, b"one"))
    second = v1.block(*[v1.data(START + i, 3 + i, bytes([i])) for i in range(50)], offset=3)
    whole = read("ahr1", first + second)[1]
    for cut in range(len(first), len(first + second)):
        _, events, notes = read("ahr1", (first + second)[:cut])
        assert events == whole[: len(events)]
        assert events
        assert bool(notes) == (cut > len(first)), cut


def test_a_broken_block_costs_only_itself() -> None:
    blocks = [v1.block(v1.data(START + i, i, b"%d" % i), offset=i) for i in range(3)]
    broken = bytearray(blocks[1])
    broken[44:] = b"\xff" * (len(broken) - 44)
    _, events, notes = read("ahr1", blocks[0] + bytes(broken) + blocks[2])
    assert [event.data for event in events] == [b"0", b"2"]
    assert f"block at byte {len(blocks[0])} is damaged" in notes[1]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"AHR",
        b"not a recording, but longer than a header of forty-four bytes",
        v1.block(v1.data(0, 0, b"x"), version=2),
        v1.block(v1.data(0, 0, b"x"), raw=0xFFFFFFFF),
        v1.block(v1.data(0, 0, b"x"), packed=0xFFFFFFF0),
    ],
    ids=["empty", "short", "text", "version", "raw length", "packed length"],
)
def test_what_is_no_v1_file_is_refused(file: bytes) -> None:
    with pytest.raises(FormatError):
        read("ahr1", file)


def test_lengths_beyond_the_block_end_are_not_followed() -> None:
    lying = v1.record(0, START, v1.u(0, 8) + v1.u(0xFFFFFFFF, 4) + b"short")
    _, events, notes = read("ahr1", v1.block(v1.data(START, 0, b"ok"), lying))
    assert [event.data for event in events] == [b"ok"]
    assert "1 of 2 records are whole" in notes[1]


def test_a_compression_bomb_stays_within_its_claim() -> None:
    bomb = brotli.compress(bytes(1 << 28))
    head = v1.block(v1.data(START, 0, b"x"), packed=len(bomb), raw=1000)[:44]
    _, events, notes = read("ahr1", head + bomb)
    # A thousand zero bytes are empty DATA records, and the last of them is cut.
    assert all(event.data == b"" for event in events)
    assert any("damaged" in note or "torn" in note for note in notes)


def test_an_unknown_tag_ends_its_block_and_is_said() -> None:
    file = v1.block(v1.data(START, 0, b"a"), v1.record(9, START, b"??"), v1.data(START, 1, b"b"))
    _, events, notes = read("ahr1", file)
    assert [event.data for event in events] == [b"a"]
    assert "unknown tag 9" in notes[1]


def test_a_record_of_many_megabytes_is_several_events() -> None:
    text = b"x" * (5 << 19)
    file = v1.block(v1.data(START, 0, text), v1.typed(START + MS, b"y"), start_ts=START)
    _, events, _ = read("ahr1", file)
    assert [(event.seq, event.t, len(event.data)) for event in events] == [
        *((seq, 0, 1 << 20) for seq in range(2)),
        (2, 0, 1 << 19),
        (3, MS, 1),
    ]
