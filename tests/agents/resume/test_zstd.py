"""Transcripts that an agent has compressed."""

import shutil
import subprocess

import pytest

from agentrec.agents.resume.resumption import TranscriptError
from agentrec.agents.resume.zstd import read_lines
from tests.agents.resume.helpers import go_on, point, write_transcript, written
from tests.agents_env.need import missing


@pytest.fixture
def compressed(tmp_path):
    """A transcript that was there, and is compressed now; and a point in it."""
    if shutil.which("zstd") is None:
        missing("zstd is not installed: scripts/packages installs it as root")
    transcript = write_transcript(tmp_path)
    here = point(transcript)
    subprocess.run(["zstd", "-q", "--rm", str(transcript)], check=True)
    return tmp_path / f"{transcript.name}.zst", here


def test_a_compressed_transcript_is_cut_like_any_other(compressed, tmp_path):
    _, here = compressed
    found = go_on(here, tmp_path)
    assert found.method == "trimmed-transcript"
    found.prepare()
    assert [record["uuid"] for record in written(found)] == ["u0", "u1", "u2"]


def test_damage_or_a_missing_program_is_said(compressed, tmp_path, monkeypatch):
    path, here = compressed
    assert len(list(read_lines(str(path), 1 << 20))) == 6
    path.write_bytes(path.read_bytes()[:40])
    assert go_on(here, tmp_path).method == "replayed-prompts"
    monkeypatch.setattr("agentrec.agents.resume.zstd._MODULES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TranscriptError, match="install zstd"):
        list(read_lines(str(path), 1 << 20))
