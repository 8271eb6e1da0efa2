"""Resuming at a point: what is cut, what carries over of the command line, what is written."""

import json
import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.agents.arguments import kept
from agentrec.agents.claude_code import project_folder
from agentrec.agents.points import point_at
from agentrec.agents.replay import LIMIT, message
from agentrec.agents.resume import CannotCutError, discard, resume
from agentrec.agents.starts import STARTS, carried
from agentrec.errors import OutputError, UsageError
from agentrec.recording.events import Event

OLD = "/work/old"
FIELDS = ["argv", "home", "cwd", "started_in", "workspace", "prompts", "result", "offset"]
FIELDS += ["last", "role", "agent", "transcript", "missed", "session_id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


def lines(*records):
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def claude_record(number, kind="user", **more):
    return {
        "type": kind,
        "uuid": f"u{number}",
        "parentUuid": f"u{number - 1}" if number else None,
        "sessionId": "old-session",
        "cwd": OLD,
        "timestamp": f"2026-01-01T00:00:0{number}.000Z",
        "message": {"role": kind, "content": f"said {number}"},
        **more,
    }


@pytest.fixture
def transcript(tmp_path):
    path = tmp_path / "old-session.jsonl"
    path.write_bytes(
        lines(
            {"type": "queue-operation", "operation": "enqueue"},
            claude_record(0),
            claude_record(1, "assistant"),
            {"type": "file-history-snapshot", "messageId": "u1"},
            claude_record(2),
            claude_record(3, "assistant"),
        )
    )
    return path


def point(transcript, last="u2", **more):
    found = transcript.read_bytes()
    end = found.index(b"\n", found.index(b'"uuid": "%b"' % last.encode())) + 1
    return {
        "agent": "claude-code",
        "argv": ["claude", "--model", "opus", "Do it."],
        "transcript": str(transcript),
        "offset": end,
        "last": last,
        "role": "tool",
        "cwd": OLD,
        "prompts": ["Do it."],
        "home": {"HOME": "/home/u"},
        **more,
    }


def go_on(found_point, tmp_path, text="And now?", *, headless=True, env=None, **more):
    env = {"HOME": str(tmp_path / "home")} if env is None else env
    cwd = str(tmp_path / "new")
    return resume(found_point, cwd, text, headless=headless, env=env, **more)


def written(found):
    (path,) = found.files
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


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
    discard(found.files)
    assert not path.parent.exists()


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
    with pytest.raises(CannotCutError, match="was changed"):
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
    assert "does not hold" in found.notes[0]
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


# --- the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "recorded", "headless", "carried_over"),
    [
        ("claude", "--model opus -p Go", True, "--model opus"),
        ("claude", "--model=opus --resume abc --fork-session Go", False, "--model=opus"),
        ("claude", "-c Go", False, ""),
        ("claude", "--continue --verbose", False, "--verbose"),
        ("claude", "--add-dir ../lib sub --permission-mode plan Go", False,
         "--add-dir /work/lib sub --permission-mode plan"),
        ("claude", "--allowedTools Bash Edit -p -- Go", True, "--allowedTools Bash Edit"),
        ("claude", "-p --output-format json --max-turns 3 Go", False, ""),
        ("claude", "-p --output-format json --max-turns 3 Go", True,
         "--output-format json --max-turns 3"),
        ("claude", "--settings ./s.json --session-id 1", False, "--settings ./s.json"),
        ("claude", "--settings=../s.json", False, "--settings=/work/s.json"),
        ("claude", "--new-option Go", False, "--new-option"),
        ("codex", "exec --json -s read-only --skip-git-repo-check Go", False, "-s read-only"),
        ("codex", "-a never --search -mgpt-5.5 Go", True, "-mgpt-5.5"),
        ("codex", "-C /work/old resume --last -c a=b", False, "-c a=b"),
        ("gemini", "-m pro -p Go", False, "-m pro"),
        ("pi", "--model m -p Go --session s.jsonl", True, "--model m"),
    ],
)  # fmt: skip
def test_options_carry_over_where_they_still_make_sense(program, recorded, headless, carried_over):
    argv = [f"/bin/{program}", *recorded.split()]
    found, notes = carried(STARTS[program], argv, OLD, headless=headless)
    assert found == carried_over.split()
    assert notes == []


def test_a_masked_value_is_left_out_and_said(transcript, tmp_path):
    argv = ["claude", "--append-system-prompt", "key ***", "--model", "opus"]
    found = go_on(point(transcript, argv=argv), tmp_path)
    assert "key ***" not in found.argv
    assert "opus" in found.argv
    assert any("--append-system-prompt is left out" in note for note in found.notes)


def test_options_without_their_value_do_no_harm():
    for words in (["--model"], ["-"], ["--"], ["", "-p"], ["--add-dir"]):
        assert isinstance(kept(words, STARTS["claude"].grammar, OLD).words(), list)


def test_claude_is_told_where_its_directory_went(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path)
    said = found.argv[found.argv.index("--append-system-prompt") + 1]
    new = os.path.realpath(tmp_path / "new")
    assert OLD in said
    assert new in said
    assert f"paths inside earlier tool inputs still name {OLD}" in found.notes
    argv = ["claude", "--append-system-prompt", "Be kind."]
    found = go_on(point(transcript, argv=argv), tmp_path)
    assert found.argv.count("--append-system-prompt") == 1
    assert found.argv[4].startswith("Be kind.\n\nThis conversation began in ")
    found = go_on(point(transcript, cwd=new), tmp_path)
    assert "--append-system-prompt" not in found.argv


def test_the_root_of_the_workspace_is_named_where_it_is_known(transcript, tmp_path):
    here = point(transcript, cwd="/work/old/sub", workspace="/work/old")
    found = resume(
        here, str(tmp_path / "new" / "sub"), "Go.", headless=True, env={"HOME": str(tmp_path)}
    )
    said = found.argv[found.argv.index("--append-system-prompt") + 1]
    assert "began in /work/old." in said
    assert f"{os.path.realpath(tmp_path / 'new')}:" in said


@pytest.mark.parametrize(
    ("old", "rule"),
    [
        ("/work/old", "Edit(//work/old/**)"),
        ("/work/my old-1", "Edit(//work/my old-1/**)"),
        ("/work/(old)", None),
        ("/work/*", None),
        ("/", None),
    ],
)
def test_claude_may_not_write_into_the_directory_of_the_run_before(old, rule, transcript, tmp_path):
    argv = ["claude", "--disallowedTools", "WebFetch", "Bash"]
    found = go_on(point(transcript, cwd=old, argv=argv), tmp_path)
    assert found.argv[1:3] == ["--disallowedTools", rule or "WebFetch"]
    assert found.argv[-11:-8] == ["WebFetch", "Bash", "--append-system-prompt"]
    inside = go_on(point(transcript, cwd=os.path.realpath(tmp_path)), tmp_path)
    assert "--disallowedTools" not in inside.argv


def test_claude_is_told_that_its_shell_stood_below_its_directory(transcript, tmp_path):
    found = go_on(point(transcript, started_in=OLD, cwd=f"{OLD}/a/b"), tmp_path)
    said = found.argv[found.argv.index("--append-system-prompt") + 1]
    assert f"began in {OLD}." in said
    assert "stood in a/b then" in said
    assert any("stood in a/b" in note for note in found.notes)


def test_more_arguments_come_after_those_of_the_recording(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path, extra=["--model", "haiku"])
    assert found.argv.index("haiku") > found.argv.index("opus")


def test_without_a_terminal_there_has_to_be_a_message(transcript, tmp_path):
    with pytest.raises(UsageError, match="needs a message"):
        go_on(point(transcript), tmp_path, " ")


# --- the user's words given again -----------------------------------------------------------------


def test_another_agent_gets_the_users_words(transcript, tmp_path):
    here = point(transcript, prompts=["Do it.", "Then that."], result="All tests pass.")
    found = go_on(here, tmp_path, agent="codex")
    assert found.method == "replayed-prompts"
    assert found.argv[:2] == ["codex", "exec"]
    assert "opus" not in found.argv  # another program's option
    said = found.argv[-1]
    assert said.index("1. Do it.") < said.index("2. Then that.") < said.index("All tests pass.")
    assert said.endswith("And now?")
    assert found.notes == ["codex cannot read the conversation of claude"]


def test_an_agent_that_nobody_knows_is_refused(transcript, tmp_path):
    with pytest.raises(UsageError, match="how to start 'nobody'"):
        go_on(point(transcript), tmp_path, agent="nobody")


def test_the_recorded_agent_may_be_named_by_its_program_or_its_actor(transcript, tmp_path):
    for agent in ("claude", "claude-code", "/usr/bin/claude"):
        found = go_on(point(transcript), tmp_path, agent=agent)
        assert found.method == "trimmed-transcript"


@pytest.mark.parametrize("program", STARTS)
@pytest.mark.parametrize("headless", [True, False])
def test_each_agent_can_be_started_with_words(program, headless, tmp_path):
    here = {"agent": program, "argv": [program], "cwd": OLD, "prompts": ["Do it."]}
    found = go_on(here, tmp_path, headless=headless)
    assert found.argv[0] == program
    assert ("And now?" in found.argv[-1]) or "type it there" in found.notes[-1]


def test_words_that_are_too_many_leave_the_first_and_the_newest():
    prompts = ["the task", *("x" * 20_000 for _ in range(10)), "the newest"]
    whole = message(prompts, "", "go")
    assert len(whole.encode()) <= LIMIT
    assert "1. the task" in whole
    assert "the newest" in whole
    assert message(["y" * LIMIT], "", "go") == "go"


# --- points ---------------------------------------------------------------------------------------


def test_a_point_knows_how_the_agent_was_started_and_what_was_said():
    told = [
        ("agent", "session", {"agent": "codex", "session_id": "s", "argv": ["codex"]}, "codex"),
        ("agent", "message", {"role": "user", "text": "one"}, "user"),
        ("agent", "conversation", {"session_id": "s", "offset": 5}, "codex"),
        ("agent", "message", {"role": "user", "text": "to a sub-agent"}, "codex"),
        ("tool", "result", {"id": "c"}, "codex"),
        ("tool", "result", {"id": "d"}, "codex/sub"),
        ("agent", "message", {"role": "user", "text": "two"}, "user"),
        ("agent", "conversation", {"session_id": "s", "offset": 9}, "codex"),
    ]
    events = [
        Event(seq, seq, track, kind, data, actor=actor)
        for seq, (track, kind, data, actor) in enumerate(told)
    ]
    assert point_at(events, 1) is None
    first = {"agent": "codex", "argv": ["codex"], "session_id": "s", "offset": 5, "seq": 2}
    assert point_at(events, 2) == first | {"prompts": ["one"], "missed": 0}
    assert point_at(events, 6) == first | {"prompts": ["one"], "missed": 1}
    last = point_at(events, 99)
    assert last is not None
    assert (last["offset"], last["prompts"]) == (9, ["one", "two"])


def test_tools_that_the_conversation_does_not_know_of_are_told(transcript, tmp_path):
    found = go_on(point(transcript, missed=2), tmp_path)
    assert any("2 tools" in note for note in found.notes)
