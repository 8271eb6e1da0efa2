"""`agentrec events` and `agentrec summary` on a small recording of an agent."""

import json

import pytest

from agentrec.cli.main import main
from agentrec.recording.writer import Writer

SECOND = 1_000_000_000
USAGE = {"input": 4, "output": 30, "cache_read": 5639, "cache_write": 0}


@pytest.fixture
def recording(tmp_path):
    path = str(tmp_path / "run.ahr")
    writer = Writer(path, {"id": "x", "cols": 80, "rows": 24, "command": ["claude", "fix it"]})
    writer.output(1, b"\x1b[31mred\x1b[0m")
    told = [
        (1, "agent", "session", {"agent": "claude-code", "session_id": "s1", "version": "2"}, {}),
        (1, "agent", "message", {"role": "user", "text": "fix\nit"}, {"actor": "user"}),
        (2, "agent", "turn", {"n": 1}, {"actor": "claude-code"}),
        (2, "tool", "call", {"name": "Bash", "input": {"command": "make"}}, {"span": "t1"}),
        (2, "tool", "call", {"name": "Read", "input": {"file_path": "a"}}, {"span": "t2"}),
        (
            2,
            "llm",
            "call",
            {"model": "m", "usage": USAGE, "cost_usd": 0.25, "duration_ms": 900},
            {},
        ),
        (
            3,
            "tool",
            "result",
            {"is_error": True, "output": "no", "duration_ms": 1500},
            {"span": "t1"},
        ),
        (3, "tool", "result", {"is_error": False, "output": "a", "duration_ms": 2}, {"span": "t2"}),
        (4, "agent", "turn", {"n": 2}, {"actor": "claude-code/x-1"}),
        (4, "agent", "message", {"role": "user", "text": "do"}, {"actor": "claude-code"}),
        (5, "llm", "call", {"model": "new", "usage": USAGE, "cost_usd": None}, {}),
        (5, "agent", "lifecycle", {"state": "error", "text": "overloaded"}, {}),
        (6, "mark", "moment", {"label": "h\x1b[2Jere", "source": "cli"}, {}),
        (7, "term", "exit", {"code": 2, "signal": None}, {}),
    ]
    for at, track, kind, data, links in told:
        writer.event(at * SECOND, track, kind, data, **links)
    writer.close()
    return path


def lines(capsys, *args):
    code = main(["events", *args])
    return code, capsys.readouterr().out.splitlines()


def test_everything_but_the_terminals_bytes_on_a_line_each(recording, capsys):
    code, found = lines(capsys, recording)
    assert code == 0
    assert len(found) == 14
    assert found[1].split(maxsplit=2) == ["0:01.000", "agent/message", "user: fix it"]
    assert found[5].endswith("m: 4 in, 30 out, 5,639 cached, $0.2500, 900 ms")
    assert found[6].endswith("failed, 1.5 s: no")
    assert "\x1b" not in "".join(found)


@pytest.mark.parametrize(
    ("options", "seqs"),
    [
        (("--track", "tool"), [4, 5, 7, 8]),
        (("--track", "tool", "--kind", "result"), [7, 8]),
        (("--tool", "Bash"), [4, 7]),
        (("--tool", "Bash", "--tool", "Read"), [4, 5, 7, 8]),
        (("--kind", "turn"), [3, 9]),
        (("--kind", "turn", "--actor", "claude-code"), [3, 9]),
        (("--kind", "turn", "--actor", "claude-code/x-1"), [9]),
        (("--since", "6"), [13, 14]),
        (("--since", "4", "--until", "0:05", "--track", "llm"), [11]),
        (("--track", "term"), [0, 14]),
    ],
)
def test_filters(recording, capsys, options, seqs):
    code, found = lines(capsys, recording, "--json", *options)
    assert code == 0
    assert [json.loads(line)["seq"] for line in found] == seqs


def test_nothing_found_is_exit_code_1(recording, capsys):
    assert lines(capsys, recording, "--tool", "Nope") == (1, [])


def test_json_lines_are_those_of_the_text_twin(recording, capsys, tmp_path):
    _, found = lines(capsys, recording, "--json", "--track", "agent", "--kind", "session")
    assert json.loads(found[0]) == {
        "seq": 1,
        "t": SECOND,
        "track": "agent",
        "kind": "session",
        "data": {"agent": "claude-code", "session_id": "s1", "version": "2"},
    }


def test_summary_sums(recording, capsys):
    assert main(["summary", "--json", recording]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["duration"] == 7
    assert facts["turns"] == 2
    assert facts["turns_by_actor"] == {"claude-code": 1, "claude-code/x-1": 1}
    assert facts["messages"] == {"user": 1, "assistant": 0}
    assert facts["tokens"] == {kind: 2 * count for kind, count in USAGE.items()}
    assert facts["cost_usd"] == 0.25
    assert facts["without_price"] == 1
    assert facts["models"]["new"]["cost_usd"] is None
    assert facts["tools"]["Bash"] == {"calls": 1, "errors": 1, "ms": 1500}
    assert [entry["ms"] for entry in facts["slowest"]] == [1500, 900, 2]
    assert facts["slowest"][0]["text"] == "make"
    assert facts["errors"] == 2
    assert [entry["text"] for entry in facts["first_errors"]] == ["make", "overloaded"]
    assert facts["exit"] == {"code": 2, "signal": None}


def test_summary_in_words(recording, capsys):
    assert main(["summary", recording]) == 0
    said = capsys.readouterr().out
    assert "tokens     8 in, 60 out, 11,278 cached\n" in said
    assert "$0.2500 by list prices of 20" in said
    assert "1 call of new without a known price (4 in, 30 out, 5,639 cached)" in said
    assert "Bash                   1 call, 1 failed, 1.5 s" in said
    assert "exit       2\n" in said


def test_summary_counts_a_shells_commands_and_says_what_was_lost(tmp_path, capsys):
    path = str(tmp_path / "run.ahr")
    writer = Writer(path, {"id": "x", "cols": 80, "rows": 24, "command": ["bash"]})
    for text, code, took in (("make", 2, 1500.0), ("ls", 0, 3.0), ("exit", None, None)):
        data = {"text": text, "exit": code, "duration_ms": took}
        writer.event(SECOND, "sys", "command", data)
    writer.event(SECOND, "sys", "trouble", {"text": "codex: odd", "count": 3})
    writer.event(SECOND, "sys", "dropped", {"what": "processes", "count": 7})
    writer.event(SECOND, "sys", "file", {"path": "a.py"})
    writer.close()
    assert main(["summary", path]) == 0
    said = capsys.readouterr().out
    assert "commands   3, 1 failed\n" in said
    assert "trouble    codex: odd: 3 times\n" in said
    assert "trouble    not recorded: processes: 7\n" in said
    assert "errors     1\n  0:01  shell  make\n" in said
    assert "files      1 file changed\n  a.py\n" in said


def test_a_recording_without_an_agent_has_a_summary_too(tmp_path, capsys):
    path = str(tmp_path / "run.ahr")
    writer = Writer(path, {"id": "x", "cols": 80, "rows": 24, "command": ["true"]})
    writer.event(SECOND, "term", "exit", {"code": 0, "signal": None})
    writer.close()
    assert main(["summary", path]) == 0
    assert capsys.readouterr().out == "command    true\nduration   1.0 s\nexit       0\n"


@pytest.fixture
def busy(tmp_path):
    """Many processes around one command; a tool whose result was read late and not measured."""
    path = str(tmp_path / "busy.ahr")
    writer = Writer(path, {"id": "y", "cols": 80, "rows": 24})
    for number in range(5):
        writer.event(number, "sys", "process", {"pid": number, "argv": ["true"]})
    late = {"at": "2026-01-01T00:00:00Z"}
    told = [
        (4, "tool", "call", {"name": "Bash", "at_ns": SECOND} | late, {"span": "t1"}),
        (9, "tool", "result", {"output": "", "at_ns": 3 * SECOND} | late, {"span": "t1"}),
        (
            9,
            "sys",
            "command",
            {"text": "x", "exit": 0, "duration_ms": 500, "at_ns": 2 * SECOND},
            {},
        ),
    ]
    for at, track, kind, data, links in told:
        writer.event(at * SECOND, track, kind, data, **links)
    writer.close()
    return path


def test_processes_are_listed_when_they_are_asked_for(busy, capsys):
    code = main(["events", busy])
    said = capsys.readouterr()
    assert code == 0
    assert len(said.out.splitlines()) == 3
    assert "5 lines about processes, connections and signatures hidden" in said.err
    for options in (("--all",), ("--json",)):
        assert len(lines(capsys, busy, *options)[1]) == 8
    assert len(lines(capsys, busy, "--kind", "process")[1]) == 5
    assert len(lines(capsys, busy, "--track", "sys")[1]) == 6


def test_summary_takes_the_time_when_it_was_not_when_it_was_told(busy, capsys):
    assert main(["summary", "--json", busy]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [(e["what"], e["ms"], e["t"]) for e in facts["slowest"]] == [
        ("Bash", 2000, 3),
        ("shell", 500, 2.5),
    ]
    assert facts["tools"]["Bash"]["ms"] == 2000
