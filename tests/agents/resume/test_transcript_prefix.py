"""A transcript up to the point, wherever that is by now."""

import os

import pytest

from tests.agents.resume.helpers import (
    claude_record,
    go_on,
    lines,
    point,
    write_transcript,
    written,
)


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


def test_a_transcript_that_has_grown_is_cut_at_the_same_place(transcript, tmp_path):
    here = point(transcript)
    with transcript.open("ab") as file:
        file.write(lines(claude_record(4)) + b'{"type": "user", "uuid": "u5", "half')
    found = go_on(here, tmp_path)
    found.prepare()
    assert [record["uuid"] for record in written(found)] == ["u0", "u1", "u2"]


def test_a_transcript_that_was_written_anew_is_cut_where_the_record_is_now(transcript, tmp_path):
    here = point(transcript)
    transcript.write_bytes(transcript.read_bytes().split(b"\n", 1)[1])
    found = go_on(here, tmp_path)
    found.prepare()
    assert [record["uuid"] for record in written(found)] == ["u0", "u1", "u2"]


@pytest.mark.parametrize("content", [b"", lines(claude_record(0)), b"\xff\xfe\n\n{]\n"])
def test_a_transcript_without_the_point_leaves_the_users_words(content, transcript, tmp_path):
    here = point(transcript)
    transcript.write_bytes(content)
    found = go_on(here, tmp_path)
    assert found.method == "replayed-prompts"
    assert found.files == []
    assert "does not contain" in found.notes[0]
    assert "1. Do it." in found.argv[-1]


def test_only_a_file_of_the_user_is_a_transcript(transcript, tmp_path):
    here = point(transcript)
    os.mkfifo(tmp_path / "pipe")  # which would wait for a writer
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path, "", "a\0b"):
        found = go_on(here | {"transcript": str(path)}, tmp_path)
        assert found.method == "replayed-prompts"
        assert found.notes[0]
