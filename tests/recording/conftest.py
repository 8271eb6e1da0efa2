"""A recording of three segments."""

import pytest

from agentrec.recording.format import segments
from tests.recording.helpers import sample, write


@pytest.fixture
def three_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 4)
    return write(tmp_path / "a.ahr", sample(12))
