"""The agent's own directory, and copies that it opens."""

import os

import pytest

from tests.agents.resume.helpers import OLD, go_on, lines, point, write_transcript, written


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


def test_a_directory_that_is_not_the_users_is_not_taken_for_the_agents_own(transcript, tmp_path):
    for folder in ("/proc/1/nowhere", "relative", "", "a\0b", str(tmp_path / "gone")):
        found = go_on(point(transcript, home={"CLAUDE_CONFIG_DIR": folder}), tmp_path)
        assert found.env == {}


def test_the_agents_own_directory_is_the_one_it_had(transcript, tmp_path):
    (tmp_path / "theirs").mkdir()
    home = {"HOME": "/home/u", "CLAUDE_CONFIG_DIR": str(tmp_path / "theirs")}
    found = go_on(point(transcript, home=home), tmp_path)
    assert found.env == {"CLAUDE_CONFIG_DIR": str(tmp_path / "theirs")}
    assert found.files[0].startswith(str(tmp_path / "theirs" / "projects"))
    env = {"HOME": "/home/u", "CLAUDE_CONFIG_DIR": str(tmp_path / "mine")}
    found = go_on(point(transcript, home=home), tmp_path, env=env)
    assert found.env == {}
    assert found.files[0].startswith(str(tmp_path / "mine" / "projects"))


@pytest.mark.parametrize(
    ("program", "head", "record"),
    [
        (
            "pi",
            {"type": "session", "id": "old", "cwd": OLD, "version": 3},
            {"type": "message", "id": "u1", "message": {"role": "user", "content": OLD}},
        ),
        (
            "qwen",
            {"uuid": "u0", "sessionId": "old", "cwd": OLD, "type": "system"},
            {"uuid": "u1", "sessionId": "old", "cwd": OLD, "type": "user", "text": OLD},
        ),
    ],
)
def test_pi_and_qwen_get_a_session_of_their_own(program, head, record, tmp_path):
    path = tmp_path / "old.jsonl"
    path.write_bytes(lines(head, record, record | {"id": "u2", "uuid": "u2"}))
    end = len(lines(head, record))
    here = {"agent": program, "argv": [program], "transcript": str(path), "cwd": OLD}
    here |= {"offset": end, "last": "u1", "role": "user"}
    found = go_on(here, tmp_path, "-x", headless=False)
    assert found.method == "trimmed-transcript"
    found.prepare()
    first, second = written(found)
    new = os.path.realpath(tmp_path / "new")
    name = "id" if program == "pi" else "sessionId"
    assert first == head | {name: first[name], "cwd": new}
    assert first[name] in found.files[0]
    changed = {} if program == "pi" else {"sessionId": first[name], "cwd": new}
    assert second == record | changed
    assert found.argv[-1] == " -x"  # an option else
