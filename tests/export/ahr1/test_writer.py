"""Writing Agent Harbor recordings."""

from agentrec.recording.events import Event
from tests.export.ahr1 import layout as v1
from tests.export.helpers import HEADER, events_of, read, written

START = 1_700_000_000_123_456_789


MS = 1_000_000


def test_what_we_write_obeys_every_rule() -> None:
    header = {"cols": 120, "rows": 40, "created": "2023-11-14T22:13:20.123456789Z"}
    events = events_of(
        (0, "term", "output", b"a\xffb"),
        (MS, "term", "input", b"y"),
        (2 * MS, "term", "resize", {"cols": 80, "rows": 24}),
        (3 * MS, "mark", "moment", {"label": "tests passed", "source": "cli"}),
        (4 * MS, "fs", "snapshot", {"id": "s1", "label": "né"}),
        (5 * MS, "term", "exit", {"code": 0, "signal": None}),
    )
    file, loss = written("ahr1", header, events)
    assert v1.strict(file) == [
        (1, START, 120, 40),
        (0, START, 0, b"a\xffb"),
        (2, START + MS, b"y"),
        (1, START + 2 * MS, 80, 24),
        (3, START + 3 * MS, 0, 0),
        (4, START + 4 * MS, 0, 3, "né".encode()),
    ]
    assert loss.lines() == [
        "left out: 1 term/exit event",
        "labels of marks were left out: a v1 mark has no text",
    ]


def test_many_blocks_obey_every_rule() -> None:
    events = events_of(
        *[(i * MS, "term", "output", b"%08d" % i) for i in range(20_000)],
        (20_000 * MS, "term", "output", bytes(range(256)) * 16_384),  # 4 MiB in one event
    )
    file, _ = written("ahr1", HEADER, events)
    records = v1.strict(file)
    assert file.count(b"AHRC") > 4
    shown = b"".join(entry[3] for entry in records if entry[0] == 0)
    assert shown == b"".join(event.data for event in events)


def test_a_recording_without_events_is_one_block_with_its_size() -> None:
    file, _ = written("ahr1", {"cols": 90, "rows": 20}, [])
    assert v1.strict(file) == [(1, 0, 90, 20)]
    header, events, notes = read("ahr1", file)
    assert (header, events, notes) == ({"cols": 90, "rows": 20}, [], [])


def test_marks_and_snapshots_of_a_v1_file_come_back_as_they_were() -> None:
    file = v1.block(
        v1.resize(START, 80, 24),
        v1.mark(START, 7, 0xFFFFFFFF),
        v1.snapshot(START, (1 << 64) - 1, 0, b"x" * 0xFFFF),
    )
    header, events, _ = read("ahr1", file)
    again, loss = written("ahr1", header, events)
    assert v1.strict(again)[1:] == [
        (3, START, 7, 0xFFFFFFFF),
        (4, START, (1 << 64) - 1, 0, b"x" * 0xFFFF),
    ]
    assert loss.lines() == []


def test_long_labels_are_cut_between_characters() -> None:
    event = Event(0, 0, "fs", "snapshot", {"label": "é" * 40_000})
    label = v1.strict(written("ahr1", HEADER, [event])[0])[1][4]
    assert label == ("é" * 32_767).encode()
