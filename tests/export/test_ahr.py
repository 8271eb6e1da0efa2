import io
from pathlib import Path

import pytest

from agentrec.errors import FormatError
from agentrec.export import FORMATS
from agentrec.export.conversion import Source
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from tests.export.helpers import HEADER, events_of, read, written

EVENTS = events_of(
    (0, "term", "output", b"\xff$ "),
    (5, "term", "input", b"y"),
    (5, "term", "resize", {"cols": 1, "rows": 500}),
    (6, "term", "redacted", {"reason": "password"}),
    (7, "mark", "moment", {"label": "x", "source": "cli"}),
    (9, "term", "exit", {"code": None, "signal": 9}),
)


def test_everything_is_kept() -> None:
    data, loss = written("ahr", HEADER, EVENTS)
    assert loss.lines() == []
    assert read("ahr", data) == (HEADER, EVENTS, [])


def test_written_to_a_named_file_it_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "x.part"
    with open(path, "wb") as out:
        FORMATS["ahr"].write(HEADER, iter(EVENTS), out)
    with Recording.open(str(path)) as recording:
        assert list(recording.events()) == EVENTS
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_has_its_own_identity_after_every_conversion() -> None:
    data, _ = written("ahr", HEADER, EVENTS)
    again, _ = written("ahr", read("ahr", data)[0], EVENTS)
    ids = [Recording(io.BytesIO(file), "x").header["file"] for file in (data, again)]
    assert ids[0] != ids[1]


def test_read_from_a_pipe(tmp_path: Path) -> None:
    data, _ = written("ahr", HEADER, EVENTS)

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    session = FORMATS["ahr"].read(Source("standard input", Pipe(data)))
    assert list(session.events) == EVENTS


def test_a_torn_recording_reads_with_notes() -> None:
    events = [Event(i, i, "term", "output", b"%d" % i) for i in range(20_000)]
    data, _ = written("ahr", HEADER, events)
    _, found, notes = read("ahr", data[: len(data) // 2])
    assert found == events[: len(found)]
    assert found
    assert notes[-1] == "the recording is not complete: its end is missing"


def test_output_beyond_one_record_becomes_several_events() -> None:
    big = bytes(range(256)) * (17 << 12)  # 17 MiB
    events = events_of(
        (0, "term", "output", b"a"), (1, "term", "output", big), (2, "term", "output", b"z")
    )
    _, found, _ = read("ahr", written("ahr", HEADER, events)[0])
    assert [event.seq for event in found] == [0, 1, 2, 3]
    assert b"".join(event.data for event in found) == b"a" + big + b"z"


def test_an_impossible_resize_is_left_out_without_a_gap() -> None:
    events = events_of(
        (0, "term", "resize", {"cols": "wide", "rows": 5}), (1, "term", "output", b"x")
    )
    data, loss = written("ahr", HEADER, events)
    assert read("ahr", data)[1] == [Event(0, 1, "term", "output", b"x")]
    assert loss.lines() == ["left out: 1 term/resize event"]


def test_what_is_no_recording_is_refused() -> None:
    with pytest.raises(FormatError):
        read("ahr", b"something else")
