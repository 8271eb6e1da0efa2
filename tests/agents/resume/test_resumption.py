"""The copies of a resumption: written whole, for the owner alone, and removed again."""

import os
import stat
from pathlib import Path

import pytest

from agentrec.agents.resume.resumption import TranscriptError, discard_copies
from agentrec.errors import OutputError
from tests.agents.resume.helpers import go_on, point, write_transcript


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


def test_a_copy_is_the_owners_alone_and_can_be_taken_back(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path)
    assert not (tmp_path / "home").exists()  # asking writes nothing
    found.prepare()
    path = Path(found.files[0])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == [path.name]
    found.discard()
    found.discard()
    discard_copies(found.files)
    assert not path.parent.exists()


def test_what_a_killed_writer_left_is_taken_back_too(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path)
    found.prepare()
    path = Path(found.files[0])
    path.with_name(f"{path.name}.0a1b2c3d.part").write_text("half")
    path.with_name("other.jsonl.0a1b2c3d.part").write_text("another's")
    discard_copies(found.files)
    assert os.listdir(path.parent) == ["other.jsonl.0a1b2c3d.part"]


def test_a_copy_never_replaces_a_file(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path)
    path = Path(found.files[0])
    path.parent.mkdir(parents=True)
    path.write_text("theirs")
    with pytest.raises(OutputError, match=r"jsonl: File exists"):
        found.prepare()
    assert path.read_text() == "theirs"
    assert os.listdir(path.parent) == [path.name]


def test_a_transcript_that_was_cut_since_leaves_no_half_copy(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path)
    transcript.write_bytes(transcript.read_bytes()[:300])
    with pytest.raises(TranscriptError, match="changed while"):
        found.prepare()
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
