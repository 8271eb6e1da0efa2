"""Reading a recording while it grows: how much of it is rendered."""

import pytest

from agentrec.companions.moments import FLOOD_TAIL_BYTES
from agentrec.companions.moments.moment_reader import MomentReader
from agentrec.recording.writer import BURST_BYTES, Writer
from tests.recording.helpers import HEADER

LINE = b"compiling one of many files of a large project, without anything to say\r\n"


@pytest.fixture
def burst(tmp_path):
    """A writer with one stored chunk: a milestone at its start, and one near its end."""
    writer = Writer(str(tmp_path / "out.ahr"), HEADER)
    writer.output(0, b"1 passed in 0.12s\r\n")
    for number in range(BURST_BYTES // len(LINE) + 2):
        writer.output(number, LINE)
    writer.output(number, b"2 passed in 0.34s\r\n")
    for _ in range(10):
        writer.output(number, LINE)
    writer.start()
    writer.flush()
    yield writer
    writer.close(compact=False)


def found(writer, *, exact):
    added = []
    reader = MomentReader(writer, lambda track, kind, data, **_: added.append((kind, data)))
    reader.read(lambda: False, FLOOD_TAIL_BYTES, exact=exact)
    reader.finish()
    labels = [data["label"] for kind, data in added if kind == "moment"]
    skipped = sum(data["bytes"] for kind, data in added if kind == "dropped")
    return labels, skipped


def test_a_chunk_at_the_end_is_rendered_as_a_whole(burst):
    labels, skipped = found(burst, exact=False)
    assert labels == ["tests passed: 1 passed (pytest)", "tests passed: 2 passed (pytest)"]
    assert skipped == 0


def test_of_a_flood_only_the_tail_is_rendered_and_the_rest_is_counted(burst):
    written = burst.written
    labels, skipped = found(burst, exact=True)
    assert labels == ["tests passed: 2 passed (pytest)"]
    assert written - FLOOD_TAIL_BYTES - len(LINE) <= skipped <= written - FLOOD_TAIL_BYTES
