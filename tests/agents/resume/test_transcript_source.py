"""Where a transcript is read: the kept copy before the agent's own file."""

import io
import os

from tests.agents.resume.helpers import go_on, point, write_transcript, written


def copies(*contents):
    return lambda _path: [lambda content=content: io.BytesIO(content) for content in contents]


def test_the_copy_is_used_where_the_file_is_gone_or_was_rewritten(tmp_path):
    transcript = write_transcript(tmp_path)
    here, whole = point(transcript), transcript.read_bytes()
    for change in (lambda: transcript.write_bytes(b""), lambda: os.unlink(transcript)):
        change()
        found = go_on(here, tmp_path, kept=copies(b"", whole))
        found.prepare()
        assert [record["uuid"] for record in written(found)] == ["u0", "u1", "u2"]
        assert ("own transcript is gone" in str(found.notes)) is not transcript.exists()


def test_the_file_is_used_where_the_copy_has_not_the_point(tmp_path):
    transcript = write_transcript(tmp_path)
    here, whole = point(transcript), transcript.read_bytes()
    before = whole[: whole.rindex(b"\n", 0, here["offset"] - 1) + 1]
    found = go_on(here, tmp_path, kept=copies(before))
    found.prepare()
    assert [record["uuid"] for record in written(found)] == ["u0", "u1", "u2"]
    os.unlink(transcript)
    found = go_on(here, tmp_path, kept=copies(before))
    assert found.method == "replayed-prompts"
    assert "No such file" in found.notes[0]
