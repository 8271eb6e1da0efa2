"""Model calls recorded without a terminal."""

import pytest

from agentrec.errors import OutputError
from agentrec.gateway.recorded_calls import calls_of
from agentrec.recording.reader import Recording
from tests.cassettes.clients import recorded


def test_a_cassette_is_a_recording_of_the_calls(tmp_path):
    path = tmp_path / "deep/er/one.ahr"
    answers = recorded(path, "first", "second", cwd="/work")
    with Recording.open(str(path)) as recording:
        events = list(recording.events())
        assert recording.ended
        assert recording.header["title"] == "a cassette"
        assert recording.header["cwd"] == "/work"
    calls = calls_of(events)
    assert [it.answer for it in calls] == answers
    assert [it.messages[0]["content"].split()[0] for it in calls] == ["first", "second"]
    said = [it.data["text"] for it in events if it.name == ("agent", "message")]
    assert [it.split()[0] for it in said if "scenario" in it] == ["first", "second"]
    assert b"sk-ant-of-the-user" not in path.read_bytes()
    assert not any("sk-ant-of-the-user" in str(it.data) for it in events)


def test_one_that_is_not_kept_leaves_nothing(tmp_path):
    recorded(tmp_path / "one.ahr", "first", keep=False)
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_not_kept_leaves_the_one_before(tmp_path):
    recorded(tmp_path / "one.ahr", "first")
    before = (tmp_path / "one.ahr").read_bytes()
    recorded(tmp_path / "one.ahr", "second", keep=False)
    assert (tmp_path / "one.ahr").read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot create"):
        recorded(tmp_path / "file/one.ahr", "first")
