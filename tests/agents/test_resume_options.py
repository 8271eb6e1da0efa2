"""Resuming at a point: what carries over of the command line, words given again, points."""

import os

import pytest

from agentrec.agents import AGENTS
from agentrec.agents.resume.cli_options import carried_options
from agentrec.agents.resume.launch import launch_of, recorded_options
from agentrec.agents.resume.model import ResumeRequest
from agentrec.agents.resume.point import ResumePoint, point_at
from agentrec.agents.resume.prompt_replay import MESSAGE_LIMIT_BYTES, replay_message
from agentrec.agents.resume.resume import resume
from agentrec.errors import UsageError
from agentrec.recording.events import Event
from tests.agents.resumed import OLD, go_on, point, write_transcript


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


# --- the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "words", "headless", "carried_over"),
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
def test_options_carry_over_where_they_still_make_sense(program, words, headless, carried_over):
    argv = [f"/bin/{program}", *words.split()]
    recorded = ResumePoint(argv=argv, cwd=OLD)
    request = ResumeRequest(recorded, "/new", "", headless, {}, (), program)
    found, notes = recorded_options(request)
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
        assert isinstance(carried_options(words, launch_of("claude").grammar, OLD).words(), list)


def test_claude_is_told_where_its_directory_went(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path)
    said = found.argv[found.argv.index("--append-system-prompt") + 1]
    new = os.path.realpath(tmp_path / "new")
    assert OLD in said
    assert new in said
    assert f"paths in earlier tool inputs still name {OLD}" in found.notes
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
    assert "was in a/b then" in said
    assert any("was in a/b" in note for note in found.notes)


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
    assert found.notes == ["codex cannot read a conversation of claude"]


def test_an_agent_that_nobody_knows_is_refused(transcript, tmp_path):
    with pytest.raises(UsageError, match="cannot start 'nobody'"):
        go_on(point(transcript), tmp_path, agent="nobody")


def test_the_recorded_agent_may_be_named_by_its_program_or_its_actor(transcript, tmp_path):
    for agent in ("claude", "claude-code", "/usr/bin/claude"):
        found = go_on(point(transcript), tmp_path, agent=agent)
        assert found.method == "trimmed-transcript"


@pytest.mark.parametrize("program", AGENTS)
@pytest.mark.parametrize("headless", [True, False])
def test_each_agent_can_be_started_with_words(program, headless, tmp_path):
    here = {"agent": program, "argv": [program], "cwd": OLD, "prompts": ["Do it."]}
    found = go_on(here, tmp_path, headless=headless)
    assert found.argv[0] == program
    assert ("And now?" in found.argv[-1]) or "type it there" in found.notes[-1]


def test_words_that_are_too_many_leave_the_first_and_the_newest():
    prompts = ["the task", *("x" * 20_000 for _ in range(10)), "the newest"]
    whole = replay_message(prompts, "", "go")
    assert len(whole.encode()) <= MESSAGE_LIMIT_BYTES
    assert "1. the task" in whole
    assert "the newest" in whole
    assert replay_message(["y" * MESSAGE_LIMIT_BYTES], "", "go") == "go"


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
