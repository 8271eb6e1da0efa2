"""A plan in words: rows for programs, lines for people."""

from agentrec.branches.plan_text import WORD_COLUMNS, plan_lines, plan_rows
from tests.branches.helpers import fill, git, stub_agent
from tests.snapshots.helpers import taker


def test_rows_say_what_will_happen(bench):
    fill(bench.work, {".gitignore": "build/\n", "build/x": ""})
    git(bench.work, "init", "-q")
    git(bench.work, "commit", "-qm", "x", "--allow-empty")
    bench.takes.store.close()
    bench.takes = taker(bench.work, bench.place)
    bench.event(500, "sys", "process", {"argv": ["never-heard-of"], "cwd": "/"})
    bench.step(1000, {"a": "1"})
    bench.event(3000, "mark", "note", {"text": "later"})
    agent = stub_agent(bench.place, bench.env)
    plan = bench.plan("0:02", agent=agent, message="one\n  two", headless=True)
    rows = plan_rows(plan)
    texts = dict(rows)
    assert [word for word, _ in rows] == [
        *("from", "files", "git", "method", "message", "runs", "recorded"),
        *("missing", "not there", "note"),
    ]
    assert texts["from"] == f"{bench.file} at s1, 1.0 s (step)"
    assert texts["files"] == f"2 in {plan.worktree}"
    assert texts["method"] == "none: a new conversation: nothing had been said yet"
    assert texts["message"] == "one\n  two"
    assert texts["missing"] == "never-heard-of"
    assert texts["not there"] == "build/ (left out of snapshots by rule)"
    assert texts["note"] == "taking s1, 1.0 s before 0:02"


def test_lines_of_a_text_stand_below_each_other(bench):
    bench.step(1000, {"a": "1"})
    agent = stub_agent(bench.place, bench.env)
    plan = bench.plan(agent=agent, message="one\n  two")
    lines = plan_lines(plan)
    first = lines.index("message    one")
    assert lines[first + 1] == "             two"
    assert {line[WORD_COLUMNS] for line in lines} == {" "}
    assert all(len(word) <= WORD_COLUMNS for word, _ in plan_rows(plan))
