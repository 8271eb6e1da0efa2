"""Resuming at a point: what is cut, and what is written where."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.agents.claude.companion import project_folder
from agentrec.agents.resume.model import TranscriptError, discard_copies
from agentrec.errors import OutputError, UsageError
from tests.agents.resumed import OLD, claude_record, go_on, lines, point, write_transcript, written

FIELDS = ["argv", "home", "cwd", "started_in", "workspace", "prompts", "result", "offset"]
FIELDS += ["last", "role", "agent", "transcript", "missed", "session_id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


# --- the copy -----------------------------------------------------------------------------------


def test_the_copy_holds_the_records_up_to_the_point_for_the_new_session(transcript, tmp_path):
    before = transcript.read_bytes()
    found = go_on(point(transcript), tmp_path)
    found.prepare()
    records = written(found)
    assert [record["uuid"] for record in records] == ["u0", "u1", "u2"]
    new = os.path.realpath(tmp_path / "new")
    assert {record["cwd"] for record in records} == {new}
    assert {record["sessionId"] for record in records} == {Path(found.files[0]).stem}
    assert [record["message"]["content"] for record in records] == ["said 0", "said 1", "said 2"]
    times = [record["timestamp"] for record in records]
    assert times == sorted(times)
    assert times[0] > "2026-01-02"
    assert transcript.read_bytes() == before
    slug = "".join(char if char.isalnum() and char.isascii() else "-" for char in new)
    assert Path(found.files[0]).parent == tmp_path / "home" / ".claude" / "projects" / slug


def test_in_a_terminal_the_message_is_the_last_record(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path, "--help", headless=False)
    found.prepare()
    last = written(found)[-1]
    assert last["message"] == {"role": "user", "content": "--help"}
    assert last["parentUuid"] == "u2"
    assert found.argv[-2] == "--resume"
    assert found.env == {"CLAUDE_CODE_RESUME_INTERRUPTED_TURN": "1"}


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
    assert "no longer contains" in found.notes[0]
    assert "1. Do it." in found.argv[-1]


def test_only_a_file_of_the_user_is_a_transcript(transcript, tmp_path):
    here = point(transcript)
    os.mkfifo(tmp_path / "pipe")  # which would wait for a writer
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path, "", "a\0b"):
        found = go_on(here | {"transcript": str(path)}, tmp_path)
        assert found.method == "replayed-prompts"
        assert found.notes[0]


def test_a_directory_that_is_not_the_users_is_not_taken_for_the_agents_own(transcript, tmp_path):
    for folder in ("/proc/1/nowhere", "relative", "", "a\0b", str(tmp_path / "gone")):
        found = go_on(point(transcript, home={"CLAUDE_CONFIG_DIR": folder}), tmp_path)
        assert found.env == {}


@given(strange=st.dictionaries(st.sampled_from(FIELDS), JSON))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_point_of_a_strange_recording_is_one_clear_line_or_a_plan(strange, transcript, tmp_path):
    for program in ("claude", "codex", "pi", "qwen", "gemini"):
        here = point(transcript, agent=program, argv=[program]) | strange
        with suppress(UsageError):  # how to start "whatever" is not known
            found = go_on(here, tmp_path)
            assert all(os.fsencode(word).find(b"\0") < 0 for word in found.argv)


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


def test_codex_gets_a_thread_of_its_own(tmp_path):
    path = tmp_path / "rollout-2026-01-01T00-00-00-old-thread.jsonl"
    meta = {"id": "old-thread", "session_id": "old-thread", "cwd": OLD, "forked_from_id": "older"}
    item = {"id": "i1", "call_id": "c1", "type": "function_call_output", "output": OLD}
    records = [
        {"type": "session_meta", "payload": meta | {"runtime_workspace_roots": [OLD, "/also"]}},
        {"type": "turn_context", "payload": {"cwd": OLD, "thread_id": "old-thread"}},
        {"type": "response_item", "payload": item},
    ]
    path.write_bytes(lines(*records))
    here = {
        "agent": "codex",
        "argv": ["codex", "-m", "gpt-5.5", "Do it."],
        "transcript": str(path),
        "offset": path.stat().st_size,
        "last": "i1",
        "role": "tool",
        "cwd": OLD,
    }
    found = go_on(here, tmp_path)
    found.prepare()
    session, context, result = written(found)
    thread = session["payload"]["id"]
    new = os.path.realpath(tmp_path / "new")
    assert thread in found.files[0]
    assert thread[14] == "7"
    assert session["payload"] == {
        "id": thread,
        "session_id": thread,
        "cwd": new,
        "forked_from_id": "older",
        "runtime_workspace_roots": [new, "/also"],
    }
    assert context["payload"] == {"cwd": OLD, "thread_id": thread}
    assert result == records[2]
    assert found.argv == [
        *("codex", "exec", "-C", new, "-m", "gpt-5.5", "--skip-git-repo-check"),
        *("resume", thread, "--", "And now?"),
    ]
    found = go_on(here, tmp_path, "", headless=False)
    assert found.argv[:5] == ["codex", "resume", "-C", new, "-m"]
    assert "--" not in found.argv
    found = go_on(here | {"started_in": "/work"}, tmp_path)
    assert found.argv[:4] == ["codex", "exec", "-C", f"{new}/old"]


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


@pytest.mark.parametrize(
    ("cwd", "folder"),
    [
        ("/a/b.c_d e", "-a-b-c-d-e"),
        ("/a/é😀", "-a----"),
        ("/" + "a" * 199, "-" + "a" * 199),
        (
            "/tmp/r/claude-long/" + "g" * 90 + "/" + "h" * 91,
            "-tmp-r-claude-long-" + "g" * 90 + "-" + "h" * 90 + "-bronz5",
        ),
        (
            "/tmp/r/claude-long/" + "g" * 90 + "/" + "h" * 92,
            "-tmp-r-claude-long-" + "g" * 90 + "-" + "h" * 90 + "-9oodgn",
        ),
    ],
)
def test_claude_names_the_folder_of_a_directory_as_seen(cwd, folder):
    assert project_folder(cwd) == folder
