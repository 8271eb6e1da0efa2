"""Moments from events of agents, commands and lines: tables of what happened and what it becomes."""

from agentrec.moments.detector import MomentDetector
from agentrec.recording.events import Event

MS = 1_000_000


SECOND = 1000 * MS


def told(*happened, until=600):
    """Moments of events ``(seconds, track, kind, data, span)`` and lines ``(seconds, text)``."""
    teller = MomentDetector()
    for seq, it in enumerate(happened):
        t = int(it[0] * SECOND)
        teller.settle(t)
        if len(it) == 2:
            teller.line(t, it[1])
        else:
            _, track, kind, data, *span = it
            teller.event(Event(seq, t, track, kind, data, *span))
    teller.finish(until * SECOND)
    return [(m.t / SECOND, m.label, m.status) for m in sorted(teller.take())]


def call(t, command, span="t1", name="Bash"):
    return (t, "tool", "call", {"name": name, "input": {"command": command}, "id": span}, span)


def result(t, output, span="t1", is_error=False):
    return (t, "tool", "result", {"output": output, "is_error": is_error, "id": span}, span)


def state(t, name, **more):
    return (t, "agent", "lifecycle", {"state": name, **more})


def mark(t, text):
    return (t, "term", "output", b"\x1b]133;" + text + b"\x07")


def test_a_tool_call_stands_where_it_was_called_and_says_how_it_ended():
    happened = [call(1, "ls -l"), result(3, "a b"), call(4, "false", "t2")]
    happened += [result(5, "", "t2", is_error=True), call(6, "sleep", "t3")]
    assert told(*happened) == [
        (1.0, "Bash: ls -l", "ok"),
        (4.0, "Bash: false", "failed"),
        (6.0, "Bash: sleep", "unfinished"),
    ]


def test_parallel_tools_are_told_apart():
    happened = [call(1, "a", "x"), call(1, "b", "y"), result(2, "", "y", is_error=True)]
    assert told(*happened, result(3, "", "x")) == [
        (1.0, "Bash: a", "ok"),
        (1.0, "Bash: b", "failed"),
    ]


def test_what_a_tool_returned_is_told_once_though_the_screen_shows_it():
    assert told(
        call(1, "pytest -q"),
        result(3, "F.\n1 failed, 1 passed in 0.1s\n", is_error=True),
        (3.2, "  \u23bf  1 failed, 1 passed in 0.1s"),
    ) == [
        (1.0, "Bash: pytest -q", "failed"),
        (3.0, "tests failed: 1 failed, 1 passed (pytest)", "failed"),
    ]


def test_what_is_painted_anew_is_told_once_and_what_is_run_again_twice():
    tests = "3 passed in 0.12s"
    passed = "tests passed: 3 passed (pytest)"
    assert told((1, tests), (8, tests), (16, tests)) == [(1.0, passed, "passed")]
    assert [t for t, _, _ in told((1, tests), (12, tests))] == [1.0, 12.0]
    shell = [mark(1, b"C"), (1.1, tests), mark(1.2, b"D;0"), mark(1.5, b"C"), (1.6, tests)]
    assert [t for t, label, _ in told(*shell, mark(1.7, b"D;0")) if label == passed] == [1.1, 1.6]


def test_a_command_whose_output_says_nothing_is_a_milestone_by_its_end():
    assert told(call(1, "git commit -qm x"), result(2, "")) == [
        (1.0, "Bash: git commit -qm x", "ok"),
        (2.0, "committed (git commit -qm x)", "ok"),
    ]
    assert told(mark(1, b"A"), mark(2, b"C;cmdline=make\\ -s"), mark(3, b"D;2"), mark(3, b"A")) == [
        (3.0, "build failed (make -s)", "failed")
    ]


def test_a_milestone_stands_for_its_command_when_both_say_the_same():
    head = [mark(1, b"A"), mark(2, b"C;cmdline=pytest"), (2.5, "2 passed in 0.1s")]
    milestone = (2.5, "tests passed: 2 passed (pytest)", "passed")
    assert told(*head, mark(3, b"D;0")) == [milestone]
    assert told(*head, mark(3, b"D;1")) == [milestone, (3.0, "pytest (exit 1)", "failed")]


def test_what_the_user_said():
    happened = [
        (1, "agent", "message", {"role": "user", "text": "Mend\n  the area."}, None, None, "user"),
        (2, "agent", "message", {"role": "assistant", "text": "Yes."}, None, None, "claude"),
        (3, "agent", "message", {"role": "user", "text": "do it"}, None, None, "sub-1"),
    ]
    assert told(*happened) == [(1.0, "you: Mend the area.", "ok")]


def test_states_of_an_agent():
    assert told(
        state(1, "started"),
        state(2, "waiting_permission", tool="Bash"),
        state(3, "error", text="API Error: 429 rate limit"),
        state(4, "error", text="API Error: 429 rate limit"),
        state(50, "error", text="API Error: 429 rate limit"),
        state(60, "error", text="Connection error."),
        state(61, "idle"),
        state(63, "idle"),
        state(64, "finished"),
    ) == [
        (2.0, "waits for permission: Bash", "waiting"),
        (3.0, "rate limit: API Error: 429 rate limit", "failed"),
        (50.0, "rate limit: API Error: 429 rate limit", "failed"),
        (60.0, "agent error: Connection error.", "failed"),
        (61.0, "agent is done", "ok"),
        (63.0, "agent is done", "ok"),
        (64.0, "agent has ended", "ok"),
    ]


def test_an_agent_that_tells_its_terminal_that_it_waits():
    blocked = b"\x1b]7501;state=blocked:app=codex:kind=permission\x1b\\"
    working = b"\x1b]7501;state=working:app=codex\x1b\\"
    said = {"source": "terminal"}
    assert told(
        (1, "term", "output", working + b"Hello"),
        (2, "term", "output", blocked),
        (2.1, "Would you like to proceed?"),
        state(2.3, "waiting_permission", **said),
        (3, "term", "output", b"\x1b]0;title\x07" + blocked),
        (4, "term", "output", working),
        (5, "term", "output", blocked.replace(b"permission", b"question")),
    ) == [(2.0, "waits for permission", "waiting"), (5.0, "waits for an answer", "waiting")]


def test_the_screen_is_not_asked_about_an_agent_that_tells():
    asked = (5, "Do you want to proceed?")
    assert told(asked) == [(5.0, "waits for permission", "waiting")]
    assert told(state(1, "started"), asked) == []


def process(t, argv, code, seconds):
    data = {"argv": argv.split(), "exit": code, "duration_ms": seconds * 1000}
    return (t, "sys", "process", data)


def test_processes_of_agents_nobody_knows():
    assert told(
        process(9, "node jest", 1, 5),
        process(10, "npm test", 1, 8),
        process(30, "git commit -m x", 0, 1),
        process(40, "ls", 0, 1),
        process(50, "git push", None, 1),
    ) == [(10.0, "tests failed (npm test)", "failed"), (30.0, "committed (git commit -m x)", "ok")]


def test_a_process_that_was_told_better_is_not_told_again():
    assert told((9.5, "[main 1a2b3c4] x"), process(10, "git commit -m x", 0, 1)) == [
        (9.5, "committed 1a2b3c4 x", "ok")
    ]


def test_labels_are_one_line_and_short():
    [(_, label, _)] = told(call(1, "x\n" * 5000))
    assert len(label) <= 200
    assert "\n" not in label


def test_a_patch_is_labelled_by_its_files():
    patch = "*** Begin Patch\n*** Add File: a/b.py\n+x\n*** Update File: c.py\n@@\n*** End Patch"
    for given in (patch, {"input": patch}, {"command": ["apply_patch", patch]}):
        data = {"name": "apply_patch", "input": given}
        assert told((1, "tool", "call", data, "s"))[0][1] == "apply_patch: a/b.py, c.py"


def test_events_that_make_no_sense_are_harmless():
    happened = [
        (1, "tool", "call", {}, "s"),
        (1, "tool", "result", {"output": None}, "s"),
        (1, "tool", "result", {"output": 5}),
        (1, "agent", "lifecycle", {"state": "unheard-of"}),
        (1, "agent", "message", {"role": "user"}),
        (1, "sys", "process", {"argv": "x", "exit": True}),
        (1, "tool", "call", {"name": 5, "input": ["a", 1]}, "q"),
    ]
    assert [label for _, label, _ in told(*happened)] == ["tool", "tool: a 1"]
