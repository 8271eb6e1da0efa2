"""What is known of a recording after reading it once."""

import json
import os
import subprocess
import sys

import pytest

from agentrec.errors import FormatError, InputError
from agentrec.library.index.digest import digest
from agentrec.library.projects import project_of
from tests.library.helpers import SECOND, USAGE, call, ended, make, shown

SCRIPT = "echo hello; printf 'gr\\303\\266\\303\\237e\\n'; echo oops >&2; exit 7"


def test_a_real_program(tmp_path):
    path = str(tmp_path / "real.ahr")
    command = [sys.executable, "-m", "agentrec", "record", "-q", "--headless", "-o", path]
    subprocess.run(
        [*command, "--title", "a run", "--", "sh", "-c", SCRIPT], cwd=tmp_path, timeout=60
    )
    found = digest(path, 0)
    facts = found.columns
    assert facts["session"].endswith(facts["session"][-4:])
    assert (facts["title"], facts["program"], facts["agent"]) == ("a run", "sh", "")
    assert json.loads(facts["command"]) == ["sh", "-c", SCRIPT]
    assert (facts["exit_code"], facts["exit_signal"], facts["state"]) == (7, None, "complete")
    assert facts["cwd"] == os.path.realpath(tmp_path)
    assert found.created > 1_700_000_000 * SECOND
    assert 0 < facts["duration"] < 60 * SECOND
    screen = "\n".join(entry.text for entry in found.entries if entry.kind == "screen")
    assert screen == "hello\ngröße\noops"


def test_a_run_of_an_agent(tmp_path):
    path = make(
        str(tmp_path / "a.ahr"),
        (0, "agent", "session", {"agent": "claude-code", "session_id": "x"}),
        (1, "agent", "turn", {"n": 1}),
        call(2, model="big", cost=0.25),
        call(3, model="big", cost=None),
        call(3, model="small", cost=0.5),
        (4, "tool", "call", {"name": "Bash", "input": "x"}, {"span": "a"}),
        (
            6,
            "tool",
            "result",
            {"is_error": True, "duration_ms": 2000, "output": "no"},
            {"span": "a"},
        ),
        (7, "mark", "moment", {"label": "here", "source": "cli"}),
        (8, "fs", "snapshot", {"id": "s1", "label": "files"}),
        shown(9, "bye"),
        ended(10, None, 9),
        parent={"id": "other", "relation": "branch"},
    )
    found = digest(path, 0)
    facts = found.columns
    assert facts["agent"] == "claude-code"
    assert (facts["turns"], facts["errors"], facts["moments"], facts["snapshots"]) == (1, 1, 1, 1)
    assert facts["tokens"] == 3 * sum(USAGE.values())
    assert (facts["cost"], facts["without_price"]) == (0.75, 1)
    assert (facts["parent"], facts["relation"]) == ("other", "branch")
    assert (facts["exit_code"], facts["exit_signal"]) == (None, 9)
    assert [(it.model, it.calls, it.cost, it.without_price) for it in found.usage] == [
        ("big", 2, 0.25, 1),
        ("small", 1, 0.5, 0),
    ]
    assert found.tools == [("Bash", 1, 1, 2000)]
    assert found.slowest == [(2000, 6 * SECOND, "Bash", "x")]


def test_what_was_asked_first_names_a_session(tmp_path):
    def said(t, role, text, **links):
        return (t, "agent", "message", {"role": role, "text": text}, links)

    path = make(
        str(tmp_path / "p.ahr"),
        said(1, "assistant", "hello"),
        said(2, "user", "look around", actor="agent-1"),  # what an agent told its helper
        said(3, "user", "mend\n  the parser", actor="user"),
        said(4, "user", "and its tests"),
    )
    assert digest(path, 0).columns["prompt"] == "mend the parser"
    assert digest(make(str(tmp_path / "n.ahr"), shown(1, "x")), 0).columns["prompt"] == ""


def test_a_second_agent_in_one_recording(tmp_path):
    path = make(
        str(tmp_path / "a.ahr"),
        (0, "agent", "session", {"agent": "codex"}),
        call(1),
        (2, "agent", "session", {"agent": "pi"}),
        call(3),
        call(4),
    )
    found = digest(path, 0)
    assert [(it.agent, it.calls) for it in found.usage] == [("codex", 1), ("pi", 2)]
    assert found.columns["agent"] == "codex"


def test_calls_are_dated_by_the_clock_on_the_wall(tmp_path):
    told = [call(at) for at in (0, 1799, 1800, 7200)]
    path = make(str(tmp_path / "a.ahr"), *told, created="2026-01-01T00:00:00.5Z")
    first = 1_767_225_600 // 1800
    assert [(it.slot - first, it.calls) for it in digest(path, 0).usage] == [(0, 2), (1, 1), (4, 1)]


def test_without_a_date_the_file_says_when(tmp_path):
    path = make(str(tmp_path / "a.ahr"), shown(1, "x"), created=None)
    assert digest(path, 5 * SECOND).created == 5 * SECOND


def test_sizes_that_cannot_be_shown(tmp_path):
    path = make(
        str(tmp_path / "a.ahr"),
        shown(1, "one\r\n"),
        (2, "term", "resize", {"cols": 60000, "rows": 60000}),
        shown(3, "two"),
        cols=60000,
        rows=60000,
    )
    assert [entry.text for entry in digest(path, 0).entries][1:] == ["one\ntwo"]


def test_without_the_engine_only_the_screen_is_missing(tmp_path):
    path = make(str(tmp_path / "a.ahr"), shown(1, "x"), (4, "mark", "note", {"text": "still here"}))
    program = """
import sys
sys.modules["pyghostty"] = None  # as where it is not installed
from agentrec.library.index.digest import digest
found = digest(sys.argv[1], 0)
print(found.columns["unseen"], [entry.kind for entry in found.entries])
"""
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
    assert done.stdout == "True ['session', 'note']\n", done.stderr


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "x.ahr").write_text("text")
    with pytest.raises(FormatError):
        digest(str(tmp_path / "x.ahr"), 0)
    with pytest.raises(InputError):
        digest(str(tmp_path / "none.ahr"), 0)


def test_projects(tmp_path):
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    main, tree = tmp_path / "main", tmp_path / "tree"
    (main / "deep" / "er").mkdir(parents=True)
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run([*git, *command], cwd=main, check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(tree)], cwd=main, check=True)
    (tree / "sub").mkdir()
    assert project_of(str(main)) == str(main)
    assert project_of(str(main / "deep" / "er")) == str(main)
    assert project_of(str(tree / "sub")) == str(main)
    assert project_of("/no/such/folder") == "/no/such/folder"
    assert project_of("") == ""
